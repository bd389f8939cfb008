"""Cancels a task at a chosen one of its suspensions, to try every place at which a cancellation can come."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import cast


class CancelledAt:
    """Awaits work, and cancels the task that awaits it when that is suspended for the n-th time (from 1 on)."""

    def __init__(self, work: Awaitable[object], number: int) -> None:
        self._work = work
        self._number = number
        self._suspensions = 0
        self.has_cancelled = False

    def __await__(self) -> Generator[object, object, None]:
        steps = self._work.__await__()
        step, given = steps.send, cast(object, None)
        while True:
            try:
                waited_for = step(given)
            except StopIteration:
                return
            self._count()
            try:
                step, given = steps.send, (yield waited_for)
            except BaseException as error:  # noqa: BLE001  # whatever it is, it is for the work
                step, given = steps.throw, error

    def _count(self) -> None:
        self._suspensions += 1
        task = asyncio.current_task()
        if self._suspensions == self._number and task is not None:
            self.has_cancelled = True
            task.cancel()


async def cancelled_at(work: Awaitable[object], number: int) -> bool:
    """Await work, cancelled when it is suspended for the n-th time; says whether it came to its end all the same."""
    cancelling = CancelledAt(work, number)
    await cancelling
    return cancelling.has_cancelled


async def every_cancellation(work: Callable[[], Awaitable[object]], check: Callable[[], Awaitable[object]]) -> int:
    """Do work again and again, cancelled at each of its suspensions in turn, until it comes to its end.

    Args:
        work: makes the work anew.
        check: looks after each cancellation what it has left.

    Returns:
        At how many places it was cancelled.
    """
    number = 0
    while True:
        number += 1
        task = asyncio.create_task(cancelled_at(work(), number))
        await asyncio.wait([task])
        if not task.cancelled():
            assert not task.result(), "a cancellation was swallowed"
            return number - 1
        await check()
