"""The units of PostgreSQL: a transaction of one organization under its lock, reads, and work across organizations."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres import transaction
from gapless.adapters.postgres.errors import read_only
from gapless.adapters.postgres.locking import NOT_THERE
from gapless.adapters.postgres.reader import PostgresReader
from gapless.adapters.postgres.repository import PostgresAcrossRepository, PostgresRepository
from gapless.adapters.postgres.requests import Session
from gapless.adapters.postgres.work import Work
from gapless.adapters.writing.requirements import require_id
from gapless.domain.ports import AcrossUnit, Reading, UnitOfWork
from gapless.kit.errors import NotFound
from gapless.kit.limits import Limits
from gapless.kit.model import Judged

E = TypeVar("E", bound=Judged)


async def begin_unlocked(session: Session, limits: Limits) -> None:
    """Begins a transaction that locks no organization.

    Raises:
        StoreReadOnly: nothing could be written in it.
    """
    script = f"{transaction.unit(session.seconds, session.lock_seconds(limits))}; {transaction.WRITABLE}"
    if await session.open(script) == transaction.READ_ONLY_TAG:
        session.driver.terminate()  # the next connection may be one to a server that writes
        raise read_only()


class PostgresUnit(UnitOfWork):
    """A unit of work: one transaction. See UnitOfWork for what it owes.

    Args:
        work: its session, not opened yet, and the organization with its lock, if it is there.
        limits: how long things may take.
    """

    def __init__(self, work: Work, limits: Limits) -> None:
        self._work = work
        self._limits = limits

    async def __aenter__(self) -> Self:
        root = self._work.session.plans.catalogue.root
        require_id(root, self._work.tenant)
        await self._work.open(self._begin)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._work.end()

    def of(self, entity: type[E]) -> PostgresRepository[E]:
        """The repository of an entity; see UnitOfWork."""
        return PostgresRepository(self._work, self._work.session.plans.of(entity))

    async def commit(self) -> None:
        """Keeps everything; see UnitOfWork."""
        await self._work.commit()

    async def _begin(self) -> None:
        """Queues for the organization before it takes a connection, which nobody else could use meanwhile."""
        session, lock = self._work.session, self._work.lock
        if lock is None:
            await begin_unlocked(session, self._limits)
            return
        await lock.acquire(session.deadline, self._limits.lock)
        script = transaction.unit(session.seconds, session.lock_seconds(self._limits))
        if await session.open(script, lock.id) == NOT_THERE:
            raise NotFound(session.plans.catalogue.root.name, lock.id)

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection inside this transaction, for rows of the host's own; its commit does nothing.

        Raises:
            UnitOfWorkError: the unit is not open or has failed.
        """
        self._work.state.require_open()
        return self._work.session.shared_connection()


class PostgresReading(Reading):
    """Reads without a transaction, or in one that sees the moment of its opening. See Reading."""

    def __init__(self, work: Work, *, snapshot: bool) -> None:
        self._work = work
        self._snapshot = snapshot

    async def __aenter__(self) -> Self:
        require_id(self._work.session.plans.catalogue.root, self._work.tenant)
        await self._work.open(self._begin)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._work.end()

    def of(self, entity: type[E]) -> PostgresReader[E]:  # type: ignore[override]  # the port does not bound E
        """The repository of an entity; see Reading."""
        return PostgresReader(self._work, self._work.session.plans.of(entity))

    async def _begin(self) -> None:
        session = self._work.session
        await session.open(transaction.snapshot(session.seconds) if self._snapshot else None)


class PostgresAcross(AcrossUnit):
    """A transaction over all organizations, without a lock. See AcrossUnit."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self._work = work
        self._limits = limits

    async def __aenter__(self) -> Self:
        await self._work.open(lambda: begin_unlocked(self._work.session, self._limits))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._work.end()

    def of(self, entity: type[E]) -> PostgresAcrossRepository[E]:  # type: ignore[override]  # the port does not bound E
        """The repository of an entity; see AcrossUnit."""
        return PostgresAcrossRepository(PostgresRepository(self._work, self._work.session.plans.of(entity)))

    async def commit(self) -> None:
        """Keeps everything; see UnitOfWork."""
        await self._work.commit()
