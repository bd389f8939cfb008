"""What the repositories of one unit share: its session, its organization, its state, what it has seen and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import attrs

from gapless.adapters.postgres.requests import Session
from gapless.domain.audit import AuditEntry
from gapless.domain.errors import DeadlineExceeded, UnitOfWorkBusy, UnitOfWorkClosed
from gapless.domain.unit_state import Stage, UnitState
from gapless.domain.values import AuditEntryId


@attrs.frozen(eq=False)
class Work:
    """One unit's work.

    Args:
        session: its connection.
        tenant: the organization whose rows it sees; None for all.
        require_open: raises StoreUnavailable if the store was closed.

    Attributes:
        state: where the unit is in its life.
        seen: each row as this unit last read or wrote it, by entity and key: what a save compares with.
        entries: the audit entries that are written already, by id.
    """

    session: Session
    tenant: UUID | None
    require_open: Callable[[], None]
    state: UnitState = attrs.field(factory=UnitState, init=False)
    seen: dict[tuple[type, tuple[object, ...]], object] = attrs.field(factory=dict, init=False)
    entries: dict[AuditEntryId, AuditEntry] = attrs.field(factory=dict, init=False)

    async def begin(self, script: str | None, locked: UUID | None = None) -> str:
        """Opens the session and the unit with it, see `Session.open`; returns the last command's tag.

        Raises:
            UnitOfWorkClosed: the unit was opened before.
            UnitOfWorkBusy: another task is opening it.
            StoreUnavailable: the store was closed.
        """
        if self.state.stage is not Stage.NEW:
            raise UnitOfWorkClosed
        if self.state.busy:
            raise UnitOfWorkBusy
        self.require_open()
        self.state.busy = True
        try:
            tag = await self.session.open(script, locked)
        except BaseException:
            self.state.stage = Stage.CLOSED
            raise
        finally:
            self.state.busy = False
        self.state.stage = Stage.OPEN
        return tag

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A read of this unit, which is refused when its time is over."""
        with self.state.reading:
            self._require_time()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write of this unit, which is refused when its time is over."""
        with self.state.writing:
            self._require_time()
            yield

    def _require_time(self) -> None:
        try:
            self.session.remaining()
        except DeadlineExceeded:
            self.state.stage = Stage.FAILED
            raise

    async def commit(self) -> None:
        """Commits and closes the unit; if the commit fails, the unit has failed."""
        with self.state.writing:
            await self.session.commit()
        self.state.stage = Stage.CLOSED

    async def end(self) -> None:
        """Closes the unit; what is not committed is rolled back."""
        self.state.stage = Stage.CLOSED
        await self.session.close()
