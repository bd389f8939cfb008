"""The units of PostgreSQL: a transaction of one organization under its lock, reads, and work across organizations."""

from __future__ import annotations

from functools import lru_cache
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.locking import NOT_THERE
from gapless.adapters.postgres.reader import PostgresReader
from gapless.adapters.postgres.repository import PostgresAcrossRepository, PostgresRepository
from gapless.adapters.postgres.work import Work
from gapless.domain.errors import NotFound
from gapless.domain.limits import Limits
from gapless.domain.ports import AcrossUnit, Reading, UnitOfWork
from gapless.domain.rules.model import Judged
from gapless.domain.rules.writes import require_id

E = TypeVar("E", bound=Judged)
# The second statement takes the snapshot at once: BEGIN alone would wait for the first read.
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"


@lru_cache(maxsize=64)
def opening(limits: Limits, seconds: float) -> str:
    """The script that begins a transaction: its isolation and its limits.

    A unit that has less time than a lock may take runs out of its time: only then both stores say the same.
    """
    lock = _milliseconds(limits.lock) if limits.lock < seconds else 0
    return (
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
        f"SET LOCAL lock_timeout = {lock}; "
        f"SET LOCAL statement_timeout = {_milliseconds(seconds)}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {_milliseconds(seconds)}"
    )


def _milliseconds(seconds: float) -> int:
    """The seconds in whole milliseconds, at least one: PostgreSQL takes zero for no limit."""
    return max(1, round(seconds * 1000))


class PostgresUnit(UnitOfWork):
    """A unit of work: one transaction. See UnitOfWork for what it owes.

    Args:
        work: its session, not opened yet, and the organization.
        limits: how long things may take.
        locking: whether the organization is there, so that it can be locked.
    """

    def __init__(self, work: Work, limits: Limits, *, locking: bool) -> None:
        self._work = work
        self._limits = limits
        self._locking = locking

    async def __aenter__(self) -> Self:
        session, tenant = self._work.session, self._work.tenant
        root = session.plans.catalogue.root
        require_id(root, tenant)
        locked = tenant if self._locking else None
        tag = await self._work.begin(opening(self._limits, session.seconds), locked)
        if tag == NOT_THERE:
            await self._work.end()
            raise NotFound(root.name, tenant)
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
        await self._work.begin(SNAPSHOT if self._snapshot else None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._work.end()

    def of(self, entity: type[E]) -> PostgresReader[E]:  # type: ignore[override]  # the port does not bound E
        """The repository of an entity; see Reading."""
        return PostgresReader(self._work, self._work.session.plans.of(entity))


class PostgresAcross(AcrossUnit):
    """A transaction over all organizations, without a lock. See AcrossUnit."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self._work = work
        self._limits = limits

    async def __aenter__(self) -> Self:
        session = self._work.session
        await self._work.begin(opening(self._limits, session.seconds))
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
