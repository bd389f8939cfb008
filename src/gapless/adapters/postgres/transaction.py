"""The transaction of one unit: it begins under the lock of its root, and serves its repositories."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.deadline import Deadline
from gapless.adapters.postgres.connections import scripts
from gapless.adapters.postgres.connections.locking import NOT_THERE, Locked
from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.adapters.postgres.errors import read_only
from gapless.adapters.postgres.rows import PostgresRows
from gapless.adapters.writing.openings import Kind, Opening
from gapless.kit import Model
from gapless.kit.errors import NotFound
from gapless.kit.ids import RootId
from gapless.kit.limits import Limits
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, SelectConnection

E = TypeVar("E", bound=Validated)


class PostgresTransaction:
    """The primitives of `Transaction`.

    Args:
        unit_connection: the connection of the unit, not taken yet.
        opening: how the unit is opened.
        limits: how long a lock and a unit may take.
        require_usable: raises StoreUnavailable if the store was closed, or belongs to another event loop.
    """

    def __init__(
        self, unit_connection: UnitConnection, opening: Opening, limits: Limits, require_usable: Callable[[], None]
    ) -> None:
        self.unit_connection = unit_connection
        self.catalogue = unit_connection.compiled.catalogue
        self.audit = unit_connection.compiled.audit
        self.outbox = unit_connection.compiled.outbox
        self.deadline: Deadline = unit_connection.deadline
        self.require_usable = require_usable
        self._opening = opening
        self._limits = limits

    @property
    def is_failed(self) -> bool:
        """As `Transaction.is_failed`."""
        return self.unit_connection.is_failed

    @property
    def is_lent(self) -> bool:
        """As `Transaction.is_lent`: true once the host has borrowed the connection."""
        return self.unit_connection.is_lent

    @property
    def holds_lock(self) -> bool:
        """As `Transaction.holds_lock`: the server locks the row as long as the transaction is open."""
        return self.unit_connection.in_transaction

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection in this transaction, for a host's own tables; its commit does nothing."""
        return self.unit_connection.shared_connection()

    def selects(self, reading: Reading, require_open: Callable[[], None]) -> SelectConnection:  # noqa: ARG002  # as in memory
        """As `Transaction.selects`: SQLAlchemy's connection, by which the server lets nobody write."""
        return cast(SelectConnection, self.unit_connection.shared_connection(require_open))

    def require_unbroken(self) -> None:
        """As `Transaction.require_unbroken`."""
        self.unit_connection.require_transaction()

    async def begin(self) -> None:
        """As `Transaction.begin`: takes a connection, and begins with one request, unless each read stands alone."""
        root = self._opening.root
        match self._opening.kind:
            case Kind.UNIT if root is not None:
                await self._begin_locked(root)
            case Kind.UNIT | Kind.CREATING | Kind.SYSTEM:
                await self._begin_unlocked()
            case Kind.SNAPSHOT:
                await self.unit_connection.open(scripts.snapshot(self.unit_connection.seconds))
            case Kind.READING:
                await self.unit_connection.open(None)

    async def was_taken_back(self) -> bool:
        """As `Transaction.was_taken_back`."""
        return await self.unit_connection.was_taken_back()

    def rows(self, model: Model[E]) -> PostgresRows[E]:
        """As `Transaction.rows`."""
        tenant = self._opening.tenant_for(self.catalogue, model)
        return PostgresRows(self.unit_connection, tenant, self.unit_connection.compiled.of(model.entity))

    async def commit(self) -> None:
        """As `Transaction.commit`."""
        await self.unit_connection.commit()

    async def end(self) -> None:
        """As `Transaction.end`."""
        await self.unit_connection.close()

    def _script(self) -> str:
        return scripts.unit(self.unit_connection.seconds, self.unit_connection.lock_seconds(self._limits))

    async def _begin_locked(self, root: Model[Validated]) -> None:
        """Begins, and locks the row of the root."""
        locked = Locked(root, cast(RootId, self._opening.root_id))
        if await self.unit_connection.open(self._script(), locked) == NOT_THERE:
            raise NotFound(root.name, locked.id)

    async def _begin_unlocked(self) -> None:
        """Begins without locking a root.

        Raises:
            StoreReadOnly: the transaction could write nothing.
        """
        if await self.unit_connection.open(f"{self._script()}; {scripts.WRITABLE}") == scripts.READ_ONLY_TAG:
            self.unit_connection.driver.terminate()  # the next connection may lead to a server that can be written
            raise read_only()
