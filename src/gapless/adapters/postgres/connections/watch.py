"""Ends a request that takes too long; one timer serves all requests on a connection, one after the other.

A timer for each request would be set and cancelled again by nearly all of them. This one stays when a request ends,
and looks only when its time comes: what is asked then began later, so it is set again for that, or nobody asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class RequestWatch:
    """Watches the requests of one connection.

    Args:
        loop: the event loop of the connection.
    """

    __slots__ = ("_ends", "_expired", "_loop", "_task", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._ends = 0.0
        self._expired = False

    async def limited(self, request: Coroutine[object, object, T], seconds: float) -> T:
        """The result of a request that may take so many seconds.

        Raises:
            TimeoutError: they are over; the request was cancelled.
        """
        task = asyncio.current_task()
        if task is None or self._task is not None:
            # Somebody else asks on this connection at the moment, which the driver will say.
            return await request
        cancelling = task.cancelling()
        self._begin(task, seconds)
        try:
            return await request
        except asyncio.CancelledError:
            # As in asyncio.timeout: a cancellation by others counts, even if it comes at the same time.
            if self._took_back(task) and task.cancelling() <= cancelling:
                raise TimeoutError from None
            raise
        finally:
            self._task = None
            self._took_back(task)

    def _took_back(self, task: asyncio.Task[object]) -> bool:
        """Takes back the cancellation of the task by this watch, if it was one, and says whether it was."""
        if not self._expired:
            return False
        self._expired = False
        task.uncancel()
        return True

    def _begin(self, task: asyncio.Task[object], seconds: float) -> None:
        self._task = task
        self._ends = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._ends:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._ends, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self._ends:
            self._timer = self._loop.call_at(self._ends, self._look)
            return
        self._expired = True
        self._task.cancel()
