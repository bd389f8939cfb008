"""The life of a unit of work, the same in every store: opened once, failed by a write that raised, used by one task."""

from __future__ import annotations

import enum
from collections import defaultdict
from types import TracebackType
from typing import cast
from uuid import UUID

from gapless.adapters.deadline import Deadline
from gapless.adapters.locks import OrganizationLocks, UnitLock
from gapless.adapters.writing.openings import Kind, Opening
from gapless.adapters.writing.primitives import Transaction
from gapless.adapters.writing.requirements import require_id
from gapless.kit.errors import DeadlineExceeded, GaplessError, UnitOfWorkBusy, UnitOfWorkClosed, UnitOfWorkFailed
from gapless.kit.limits import Limits
from gapless.kit.model import Validated


class Stage(enum.Enum):
    """Where a unit of work is in its life."""

    NEW = "new"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


OPEN = Stage.OPEN


class Unit:
    """One unit of work, or one reading, as its repositories share it.

    An operation runs inside `with unit.reading:` or `with unit.writing:`. What a write raises fails the unit; a read
    fails it only by what is no answer: anything but an error of gapless, or what leaves the transaction of no use.

    Args:
        transaction: what the store does for it.
        opening: how it is opened.
        locks: the locks of the store's organizations in this process, of which a unit of one organization takes one.
        limits: how long it waits for that at most.

    Attributes:
        tenant: the organization whose rows it sees; None for all.
        stage: where it is in its life.
        deadline: the end of its time; None if each of its reads has that time for itself.
        busy: whether a task is in the middle of an operation.
        seen: each row as this unit last read or wrote it, by entity and identity: what a save compares with.
        audits: the audit records that it has written already, by identity.
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
        "tenant",
        "transaction",
    )

    def __init__(self, transaction: Transaction, opening: Opening, locks: OrganizationLocks, limits: Limits) -> None:
        self.transaction = transaction
        self.opening = opening
        self.tenant = opening.organization
        self._lock = UnitLock(locks, cast(UUID, opening.organization)) if opening.kind is Kind.UNIT else None
        self._limits = limits
        self.deadline: Deadline | None = transaction.deadline
        if opening.kind is Kind.READING and opening.seconds > 0:
            self.deadline = None  # each read has that time for itself
        self.stage = Stage.NEW
        self.busy = False
        self._is_over = False
        self.seen: defaultdict[type, dict[tuple[object, ...], Validated]] = defaultdict(dict)
        self.audits: dict[tuple[object, ...], Validated] = {}

    @property
    def reading(self) -> OperationContext:
        """The context of a read. Whoever reads often keeps it; the unit does not, or it would outlive its last use."""
        # Kept by the unit it would be a circle, which only the garbage collector takes apart (decision 0039).
        return OperationContext(self, writes=False)

    @property
    def writing(self) -> OperationContext:
        """The context of a write."""
        return OperationContext(self, writes=True)

    async def open(self) -> None:
        """Opens the unit: starts its time, takes its lock, and lets the store begin.

        Raises:
            NotFound: there is no such organization.
            UnitOfWorkClosed: the unit was opened before.
            UnitOfWorkBusy: another task is opening it.
            StoreUnavailable: the store was closed, or belongs to another event loop.
            ConcurrencyConflict, UnitOfWorkNested: others have the lock, or the same task has.
            DeadlineExceeded: its time is over.
        """
        if self.opening.kind is not Kind.SYSTEM:
            require_id(self.transaction.catalogue.root, self.tenant)
        if self.stage is not Stage.NEW:
            raise UnitOfWorkClosed
        if self.busy:
            raise UnitOfWorkBusy
        self.transaction.require_usable()
        self.busy = True
        try:
            deadline = self.transaction.deadline
            deadline.start()
            if self._lock is not None:
                # Queues for the organization before it takes anything, which nobody else could use meanwhile.
                await self._lock.acquire(deadline, self._limits.lock)
            self._require_time()
            await self.transaction.begin()
        except BaseException:
            await self.close()
            raise
        finally:
            self.busy = False
        self.stage = Stage.OPEN

    async def commit(self) -> None:
        """Commits and closes the unit, and gives back what it holds; if the commit fails, the unit has failed."""
        with self.writing:
            try:
                await self.transaction.commit()
            finally:
                # Who waits here goes on at once; but while the server holds the row he would wait there, with a
                # connection (decision 0028).
                if not self.transaction.holds_lock:
                    self._unlock()
        self.stage = Stage.CLOSED
        await self.transaction.end()
        self._is_over = True

    async def close(self) -> None:
        """Closes the unit; what is not committed is forgotten."""
        if self._is_over:
            return
        self.stage = Stage.CLOSED
        try:
            await self.transaction.end()
        finally:
            self._unlock()

    async def look_back(self) -> None:
        """Forgets what was read and written if somebody has undone writes of the unit; asked of a shared one."""
        if await self.transaction.was_taken_back():
            for rows in self.seen.values():
                rows.clear()
            self.audits.clear()

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

    def _require_time(self) -> None:
        deadline = self.deadline
        if deadline is not None and deadline.remaining() <= 0:
            raise DeadlineExceeded(deadline.seconds)

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


class OperationContext:
    """One operation of a unit of work, as a context: refused unless the unit is open, idle, and has time."""

    __slots__ = ("_unit", "_writes")

    def __init__(self, unit: Unit, *, writes: bool) -> None:
        self._unit = unit
        self._writes = writes

    def __enter__(self) -> None:
        # Written out, for this comes with each read and each write.
        unit = self._unit
        if unit.stage is not OPEN or unit.busy:
            unit.require_open()
        deadline, transaction = unit.deadline, unit.transaction
        if deadline is not None and deadline.remaining() <= 0:
            unit.stage = Stage.FAILED
            raise DeadlineExceeded(deadline.seconds)
        if transaction.is_shared:
            self._require_unbroken()
        unit.busy = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        unit = self._unit
        unit.busy = False
        if error is not None and (self._writes or not isinstance(error, GaplessError) or unit.transaction.is_failed):
            unit.stage = Stage.FAILED

    def _require_unbroken(self) -> None:
        try:
            self._unit.transaction.require_unbroken()
        except UnitOfWorkFailed:
            self._unit.stage = Stage.FAILED
            raise
