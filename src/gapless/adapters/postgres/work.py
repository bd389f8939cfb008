"""What the repositories of one unit share: its session, its organization, its state, what it has seen and written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import attrs

from gapless.adapters.locks import UnitLock
from gapless.adapters.postgres.requests import Session
from gapless.adapters.writing.unit_state import Stage, UnitState
from gapless.domain.audit import AuditEntry
from gapless.kit.errors import DeadlineExceeded, UnitOfWorkBusy, UnitOfWorkClosed, UnitOfWorkFailed
from gapless.kit.ids import AuditEntryId


@attrs.frozen(eq=False)
class Work:
    """One unit's work.

    Args:
        session: its connection.
        tenant: the organization whose rows it sees; None for all.
        require_open: raises StoreUnavailable if the store was closed, or belongs to another event loop.
        lock: that of the organization in this process; None for a unit that locks none.

    Attributes:
        state: where the unit is in its life.
        seen: each row as this unit last read or wrote it, by entity and key: what a save compares with.
        entries: the audit entries that are written already, by id.
    """

    session: Session
    tenant: UUID | None
    require_open: Callable[[], None]
    lock: UnitLock | None = None
    state: UnitState = attrs.field(factory=UnitState, init=False)
    seen: dict[tuple[type, tuple[object, ...]], object] = attrs.field(factory=dict, init=False)
    entries: dict[AuditEntryId, AuditEntry] = attrs.field(factory=dict, init=False)

    async def open(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Opens the unit: starts its time, and begins its transaction.

        Args:
            begin: takes its lock and its connection, and begins the transaction.

        Raises:
            UnitOfWorkClosed: the unit was opened before.
            UnitOfWorkBusy: another task is opening it.
            StoreUnavailable: the store was closed, or belongs to another event loop.
        """
        if self.state.stage is not Stage.NEW:
            raise UnitOfWorkClosed
        if self.state.busy:
            raise UnitOfWorkBusy
        self.require_open()
        self.state.busy = True
        self.session.start()
        try:
            await begin()
        except BaseException:
            await self.end()
            raise
        finally:
            self.state.busy = False
        self.state.stage = Stage.OPEN

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A read of this unit, which is refused when its time is over."""
        with self.state.reading:
            self._require_usable()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write of this unit, which is refused when its time is over."""
        with self.state.writing:
            self._require_usable()
            yield

    async def look_back(self) -> None:
        """Forgets what was read and written if the host has gone back behind it, nobody knows how far."""
        if await self.session.was_taken_back():
            self.seen.clear()
            self.entries.clear()

    def _require_usable(self) -> None:
        try:
            self.session.remaining()
            self.session.require_transaction()
        except (DeadlineExceeded, UnitOfWorkFailed):
            self.state.stage = Stage.FAILED
            raise

    async def commit(self) -> None:
        """Commits and closes the unit, and gives back what it holds; if the commit fails, the unit has failed."""
        with self.writing():
            try:
                await self.session.commit()
            finally:
                if not self.session.in_transaction:  # else the server still holds the row for it
                    self._unlock()
        self.state.stage = Stage.CLOSED
        await self.session.close()

    async def end(self) -> None:
        """Closes the unit; what is not committed is rolled back."""
        self.state.stage = Stage.CLOSED
        try:
            await self.session.close()
        finally:
            self._unlock()

    def _unlock(self) -> None:
        if self.lock is not None:
            self.lock.release()
