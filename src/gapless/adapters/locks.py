"""One lock for each root: in a process, its units of work run one after another, in the order of asking.

Who waits here holds nothing else, above all no connection; so many units of one root delay no other one.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from gapless.adapters.deadline import Deadline
from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, UnitOfWorkNested
from gapless.kit.ids import RootId
from gapless.kit.model import Model, Validated

NO_TIME = Deadline(0.0)


class _Turn:
    """A lock, its holder, and how many hold it or wait for it."""

    __slots__ = ("holder", "lock", "wanted")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0
        self.holder: UnitLock | None = None


class RootLocks:
    """The locks of the roots for which somebody holds or awaits one; other locks are dropped."""

    def __init__(self) -> None:
        # The key has the event loop as well: a store that keeps nothing of a loop may serve several.
        self._turns: dict[tuple[object, ...], _Turn] = {}

    def __len__(self) -> int:
        return len(self._turns)

    async def acquire(self, asking: UnitLock, seconds: float) -> None:
        """Gives a unit the lock of its root, after all that have asked before.

        Raises:
            UnitOfWorkNested: the task that asks already holds it.
            TimeoutError: others held it for so long.
        """
        turn = self._turns.get(asking.key)
        if turn is None:
            turn = self._turns[asking.key] = _Turn()
        elif turn.holder is not None:
            # The task would wait for itself until its time is over, so it is refused at once (decision 0028).
            turn.holder.require_other_task()
            turn.holder.watch()
        turn.wanted += 1
        try:
            # Nobody else wants the lock, so it is free, and there is nothing to wait for.
            if turn.wanted == 1:
                await turn.lock.acquire()
            else:
                async with asyncio.timeout(seconds):
                    await turn.lock.acquire()
        except BaseException:
            self._leave(asking, turn)
            raise
        turn.holder = asking
        if turn.wanted > 1:
            asking.watch()

    def release(self, holder: UnitLock) -> None:
        """Gives the lock to the unit that has waited longest, or drops it."""
        turn = self._turns[holder.key]
        turn.holder = None
        turn.lock.release()
        self._leave(holder, turn)

    def holder(self, asking: UnitLock) -> str:
        """Says who holds the lock, for a message: the name of the task, and for how long."""
        turn = self._turns.get(asking.key)
        return "Another unit of work" if turn is None or turn.holder is None else str(turn.holder)

    def _leave(self, leaving: UnitLock, turn: _Turn) -> None:
        turn.wanted -= 1
        if not turn.wanted:
            del self._turns[leaving.key]


class UnitLock:
    """The lock of one unit of work: taken when the unit is opened, and released at its end or when its time is over.

    Args:
        locks: the locks of the store.
        root: the model of the root.
        id: the key of the root.
    """

    __slots__ = ("_deadline", "_expiry", "_held", "_locks", "_task", "id", "key", "root")

    def __init__(self, locks: RootLocks, root: Model[Validated], id: RootId) -> None:
        self.root: Model[Validated] = root
        self.id: RootId = id
        self._locks = locks
        self._held = False
        self._expiry: asyncio.TimerHandle | None = None
        self._deadline = NO_TIME
        self._task: asyncio.Task[object] | None = None
        self.key: tuple[object, ...] = ()

    def __str__(self) -> str:
        name = "a task" if self._task is None else f"task {self._task.get_name()!r}"
        passed = self._deadline.seconds - self._deadline.remaining()
        return f"The unit of work that {name} has had open for {passed:.1f} s"

    async def acquire(self, deadline: Deadline, limit: float) -> None:
        """Takes the lock.

        Args:
            deadline: the end of the unit's time, at which others get the lock.
            limit: how many seconds to wait for the lock at most.

        Raises:
            UnitOfWorkNested: this task already has a unit of the root open.
            DeadlineExceeded: the unit's time was over before it had the lock.
            ConcurrencyConflict: others held the lock for longer than the limit.
        """
        self._task, self._deadline, remaining = _current_task(), deadline, deadline.remaining()
        root = self.id.int if type(self.id) is UUID else self.id  # a number is hashed several times faster
        self.key = (None if self._task is None else self._task.get_loop(), self.root.table, root)
        try:
            await self._locks.acquire(self, min(remaining, limit))
        except TimeoutError:
            reason = f"{self._locks.holder(self)} holds the lock of the {self.root.name}."
            if remaining <= limit:
                raise DeadlineExceeded(deadline.seconds, reason) from None
            raise ConcurrencyConflict(reason) from None
        self._held = True

    def release(self) -> None:
        """Releases the lock, if it is held."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._held:
            self._held = False
            self._locks.release(self)

    def require_other_task(self) -> None:
        """Refuses to wait for a lock that the same task holds, because it would wait for itself.

        Raises:
            UnitOfWorkNested: the same task holds it, and its time is not over.
        """
        if self._task is not None and self._task is _current_task() and self._deadline.remaining() > 0:
            raise UnitOfWorkNested(self.root.name, self.id)

    def watch(self) -> None:
        """Notes that somebody waits for the lock, who gets it when this unit's time is over, wherever it hangs."""
        if self._expiry is None:
            self._expiry = asyncio.get_running_loop().call_later(self._deadline.remaining(), self._expire)

    def _expire(self) -> None:
        self._deadline.end()
        self.release()


def _current_task() -> asyncio.Task[object] | None:
    """The task that is running; None if something else than an event loop drives the coroutine."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
