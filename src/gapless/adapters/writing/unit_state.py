"""The life of a unit of work, the same in every store: opened once, failed by a write that raised, used by one task."""

from __future__ import annotations

import enum
from types import TracebackType

from gapless.kit.errors import GaplessError, UnitOfWorkBusy, UnitOfWorkClosed, UnitOfWorkFailed


class Stage(enum.Enum):
    """Where a unit of work is in its life."""

    NEW = "new"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


class UnitState:
    """Guards the operations of one unit of work.

    An operation runs inside `with state.reading:` or `with state.writing:`. What a write raises fails the unit; a read
    fails it only by what is no answer: anything but an error of gapless.
    """

    __slots__ = ("busy", "reading", "stage", "writing")

    def __init__(self) -> None:
        self.stage = Stage.NEW
        self.busy = False
        self.reading = Operation(self, writes=False)
        self.writing = Operation(self, writes=True)

    def require_open(self) -> None:
        """Refuses an operation unless the unit is open and idle.

        Raises:
            UnitOfWorkFailed: a write has failed before.
            UnitOfWorkClosed: the unit is not open.
            UnitOfWorkBusy: another task is in the middle of an operation.
        """
        if self.stage is Stage.OPEN and not self.busy:
            return
        if self.stage is Stage.FAILED:
            raise UnitOfWorkFailed
        raise UnitOfWorkBusy if self.stage is Stage.OPEN else UnitOfWorkClosed


class Operation:
    """One operation of a unit of work, as a context: refused unless the unit is open and idle."""

    __slots__ = ("_state", "_writes")

    def __init__(self, state: UnitState, *, writes: bool) -> None:
        self._state = state
        self._writes = writes

    def __enter__(self) -> None:
        self._state.require_open()
        self._state.busy = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._state.busy = False
        if error is not None and (self._writes or not isinstance(error, GaplessError)):
            self._state.stage = Stage.FAILED
