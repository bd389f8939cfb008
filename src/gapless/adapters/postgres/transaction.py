"""The transaction of one unit: begun under the lock of its organization, and asked by its repositories."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.deadline import Deadline
from gapless.adapters.postgres.connections import scripts
from gapless.adapters.postgres.connections.locking import NOT_THERE
from gapless.adapters.postgres.connections.requests import Session
from gapless.adapters.postgres.errors import read_only
from gapless.adapters.postgres.rows import PostgresRows
from gapless.adapters.writing.openings import Kind, Opening
from gapless.kit import Model
from gapless.kit.errors import NotFound
from gapless.kit.limits import Limits
from gapless.kit.model import Validated

E = TypeVar("E", bound=Validated)


class PostgresTransaction:
    """The primitives of `Transaction`.

    Args:
        session: its connection, not taken yet.
        opening: how the unit is opened.
        limits: how long things may take.
        require_usable: raises StoreUnavailable if the store was closed, or belongs to another event loop.
    """

    def __init__(self, session: Session, opening: Opening, limits: Limits, require_usable: Callable[[], None]) -> None:
        self.session = session
        self.catalogue = session.compiled.catalogue
        self.audit = session.compiled.audit
        self.outbox = session.compiled.outbox
        self.deadline: Deadline = session.deadline
        self.require_usable = require_usable
        self._opening = opening
        self._limits = limits

    @property
    def is_failed(self) -> bool:
        """As `Transaction.is_failed`."""
        return self.session.is_failed

    @property
    def is_shared(self) -> bool:
        """As `Transaction.is_shared`: once the host has been lent the connection."""
        return self.session.is_lent

    @property
    def holds_lock(self) -> bool:
        """As `Transaction.holds_lock`: the server holds the row as long as the transaction is open."""
        return self.session.in_transaction

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection inside this transaction, for rows of the host's own; its commit does nothing."""
        return self.session.shared_connection()

    def require_unbroken(self) -> None:
        """As `Transaction.require_unbroken`."""
        self.session.require_transaction()

    async def begin(self) -> None:
        """As `Transaction.begin`: takes a connection, and begins by one request, unless each read is for itself."""
        match self._opening.kind:
            case Kind.UNIT:
                await self._begin_locked()
            case Kind.CREATING | Kind.SYSTEM:
                await self._begin_unlocked()
            case Kind.SNAPSHOT:
                await self.session.open(scripts.snapshot(self.session.seconds))
            case Kind.READING:
                await self.session.open(None)

    async def was_taken_back(self) -> bool:
        """As `Transaction.was_taken_back`."""
        return await self.session.was_taken_back()

    def rows(self, model: Model[E]) -> PostgresRows[E]:
        """As `Transaction.rows`."""
        return PostgresRows(self.session, self._opening.organization, self.session.compiled.of(model.entity))

    async def commit(self) -> None:
        """As `Transaction.commit`."""
        await self.session.commit()

    async def end(self) -> None:
        """As `Transaction.end`."""
        await self.session.close()

    def _script(self) -> str:
        return scripts.unit(self.session.seconds, self.session.lock_seconds(self._limits))

    async def _begin_locked(self) -> None:
        """Begins, and locks the row of the organization."""
        organization = self._opening.organization
        if await self.session.open(self._script(), organization) == NOT_THERE:
            raise NotFound(self.catalogue.root.name, organization)

    async def _begin_unlocked(self) -> None:
        """Begins without locking an organization.

        Raises:
            StoreReadOnly: nothing could be written in it.
        """
        if await self.session.open(f"{self._script()}; {scripts.WRITABLE}") == scripts.READ_ONLY_TAG:
            self.session.driver.terminate()  # the next connection may be one to a server that writes
            raise read_only()
