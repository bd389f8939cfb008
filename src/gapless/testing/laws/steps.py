"""Cancels a task at one of its suspensions, so that a cancellation can be tried at every place."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from typing import cast

from gapless.testing.laws.rows import started


class CancelledAt:
    """Awaits work, and cancels the awaiting task at its n-th suspension, counted from 1."""

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
            except BaseException as error:  # noqa: BLE001  # every error belongs to the work
                step, given = steps.throw, error

    def _count(self) -> None:
        self._suspensions += 1
        task = asyncio.current_task()
        if self._suspensions == self._number and task is not None:
            self.has_cancelled = True
            task.cancel()


async def cancelled_at(work: Awaitable[object], number: int) -> bool:
    """Awaits work that is cancelled at its n-th suspension; returns whether the work ended all the same."""
    cancelling = CancelledAt(work, number)
    await cancelling
    return cancelling.has_cancelled


async def every_cancellation(work: Callable[[], Awaitable[object]], check: Callable[[], Awaitable[object]]) -> int:
    """Does work again and again, cancelled at each of its suspensions in turn, until it ends by itself.

    Args:
        work: makes the work again for each round.
        check: called after each cancellation, to check what it has left.

    Returns:
        The number of suspensions at which the work was cancelled.
    """
    number = 0
    while True:
        number += 1
        async with AsyncExitStack() as law:
            task = started(law, cancelled_at(work(), number))
            await asyncio.wait([task])
        if not task.cancelled():
            assert not task.result(), "a cancellation was swallowed"
            return number - 1
        await check()
