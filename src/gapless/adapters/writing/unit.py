"""The life of a unit of work, the same in every store: it is opened once, used by one task, and fails with a write."""

from __future__ import annotations

import enum
from collections import defaultdict
from types import TracebackType
from typing import cast

from gapless.adapters.deadline import Deadline
from gapless.adapters.locks import RootLocks, UnitLock
from gapless.adapters.writing.openings import READING, UNIT, Opening
from gapless.adapters.writing.primitives import Transaction
from gapless.adapters.writing.requirements import require_root_id
from gapless.kit.belonging import Roots
from gapless.kit.errors import DeadlineExceeded, GaplessError, UnitOfWorkBusy, UnitOfWorkClosed, UnitOfWorkFailed
from gapless.kit.ids import RootId
from gapless.kit.limits import Limits
from gapless.kit.model import E, Model, Validated


class Stage(enum.Enum):
    """The stage of a unit's life."""

    NEW = "new"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


NEW, OPEN, FAILED, CLOSED = Stage
"""The stages by themselves, as in `openings`."""


class Unit:
    """One unit of work, or one reading, as its repositories share it.

    An operation runs inside of `with unit.reading:` or `with unit.writing:`. If a write raises anything, the unit has
    failed. A read fails it only by an error that is not gapless', or if the transaction can't be used afterwards.

    Args:
        transaction: what the store provides for it.
        opening: how it is opened.
        locks: the locks of the store's roots in this process; a unit of one root takes one.
        limits: how long it waits for the lock at most.

    Attributes:
        stage: the stage of its life.
        deadline: the end of its time; None if each read has its own time.
        busy: whether a task is in the middle of an operation.
        seen: each row as this unit last read or wrote it, by entity and identity; a save compares with it.
        audits: the audit records that it has already written, by identity.
    """

    __slots__ = (
        "_is_over",
        "_limits",
        "_lock",
        "audits",
        "busy",
        "deadline",
        "opening",
        "seen",
        "stage",
        "transaction",
    )

    def __init__(self, transaction: Transaction, opening: Opening, locks: RootLocks, limits: Limits) -> None:
        self.transaction: Transaction = transaction
        self.opening: Opening = opening
        self._lock: UnitLock | None = None
        if opening.kind is UNIT and opening.root is not None:
            self._lock = UnitLock(locks, opening.root, cast(RootId, opening.root_id))
        self._limits = limits
        self.deadline: Deadline | None = transaction.deadline
        if opening.kind is READING and opening.seconds > 0:
            self.deadline = None  # each read has its own time
        self.stage: Stage = NEW
        self.busy: bool = False
        self._is_over = False
        self.seen: defaultdict[type, dict[tuple[object, ...], Validated]] = defaultdict(dict)
        self.audits: dict[tuple[object, ...], Validated] = {}

    @property
    def reading(self) -> OperationContext:
        """The context of a read. Who reads often keeps it; the unit does not, or it would outlive its last use."""
        # If the unit kept it, the two would form a cycle, which only the garbage collector can free (decision 0039).
        return OperationContext(self, writes=False)

    @property
    def writing(self) -> OperationContext:
        """The context of a write."""
        return OperationContext(self, writes=True)

    async def open(self) -> None:
        """Opens the unit: starts its time, takes its lock, and lets the store begin.

        Raises:
            NotFound: the root does not exist.
            UnitOfWorkClosed: the unit was opened before.
            UnitOfWorkBusy: another task is opening it.
            StoreUnavailable: the store was closed, or belongs to another event loop.
            ConcurrencyConflict, UnitOfWorkNested: others hold the lock, or the same task does.
            DeadlineExceeded: the unit's time is over.
        """
        if self.opening.root is not None:
            require_root_id(self.opening.root, self.opening.root_id)
        if self.stage is not NEW:
            raise UnitOfWorkClosed
        if self.busy:
            raise UnitOfWorkBusy
        self.transaction.require_usable()
        self.busy = True
        try:
            deadline = self.transaction.deadline
            deadline.start()
            if self._lock is not None:
                # It waits for the root before it takes anything that others could use meanwhile.
                await self._lock.acquire(deadline, self._limits.lock)
            self._require_time()
            await self.transaction.begin()
        except BaseException:
            await self.close()
            raise
        finally:
            self.busy = False
        self.stage = OPEN

    async def commit(self) -> None:
        """Commits and closes the unit, and gives back what it holds; if the commit raises, the unit has failed."""
        with self.writing:
            try:
                await self.transaction.commit()
            finally:
                # Who waits here goes on at once; but while the server holds the row he would wait there, with a
                # connection (decision 0028).
                if not self.transaction.holds_lock:
                    self._unlock()
        self.stage = CLOSED
        await self.transaction.end()
        self._is_over = True

    async def close(self) -> None:
        """Closes the unit; what was not committed is forgotten."""
        if self._is_over:
            return
        self.stage = CLOSED
        try:
            await self.transaction.end()
        finally:
            self._unlock()

    async def look_back(self) -> None:
        """Forgets what was read and written if somebody else has undone writes of the unit, which must be shared."""
        if await self.transaction.was_taken_back():
            for rows in self.seen.values():
                rows.clear()
            self.audits.clear()

    def tenant_for(self, model: Model[E]) -> RootId | Roots | None:
        """As `Opening.tenant_for`."""
        return self.opening.tenant_for(self.transaction.catalogue, model)

    def records_for(self, model: Model[E]) -> RootId | Roots | None:
        """As `Opening.records_for`."""
        return self.opening.records_for(self.transaction.catalogue, model)

    def require_open(self) -> None:
        """Refuses an operation unless the unit is open and idle.

        Raises:
            UnitOfWorkFailed: a write has failed before.
            UnitOfWorkClosed: the unit is not open.
            UnitOfWorkBusy: another task is in the middle of an operation.
        """
        if self.stage is OPEN and not self.busy:
            return
        if self.stage is FAILED:
            raise UnitOfWorkFailed
        raise UnitOfWorkBusy if self.stage is OPEN else UnitOfWorkClosed

    def require_readable(self) -> None:
        """Refuses what is asked beside the repositories, as `OperationContext` refuses a read.

        Raises:
            UnitOfWorkError: the unit is not open.
            DeadlineExceeded: its time is over.
        """
        with self.reading:
            pass

    def _require_time(self) -> None:
        deadline = self.deadline
        if deadline is not None and deadline.remaining() <= 0:
            raise DeadlineExceeded(deadline.seconds)

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


class OperationContext:
    """The context of one operation; it is refused unless the unit is open, idle, and has time left."""

    __slots__ = ("_unit", "_writes")

    def __init__(self, unit: Unit, *, writes: bool) -> None:
        self._unit = unit
        self._writes = writes

    def __enter__(self) -> None:
        # The checks are written out here, because this runs for each read and each write.
        unit = self._unit
        if unit.stage is not OPEN or unit.busy:
            unit.require_open()
        deadline, transaction = unit.deadline, unit.transaction
        if deadline is not None and deadline.remaining() <= 0:
            unit.stage = FAILED
            raise DeadlineExceeded(deadline.seconds)
        if transaction.is_lent:
            self._require_unbroken()
        unit.busy = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        unit = self._unit
        unit.busy = False
        if error is not None and (self._writes or not isinstance(error, GaplessError) or unit.transaction.is_failed):
            unit.stage = FAILED

    def _require_unbroken(self) -> None:
        try:
            self._unit.transaction.require_unbroken()
        except UnitOfWorkFailed:
            self._unit.stage = FAILED
            raise
