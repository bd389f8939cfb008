"""Waiting for work that must finish, or may take longer than anybody has time for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
SETTLE_SECONDS = 0.25
"""How long somebody who wants to end may be kept by a connection that has to be made clean."""


async def in_time(work: Coroutine[object, object, T], seconds: float, undo: Callable[[T], None] = lambda _: None) -> T:
    """What comes of work in some seconds. Work that takes longer, or is cancelled, is soon left to end by itself.

    SQLAlchemy waits for a server where nobody can shorten it, two seconds when it closes a connection for instance.

    Args:
        work: what is waited for; when nobody does any more it is cancelled, and may take its time for that.
        seconds: how long it is waited for.
        undo: is called with what comes of it all the same.

    Raises:
        TimeoutError: the seconds are over.
    """
    task = asyncio.ensure_future(work)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(task)
    except BaseException:
        task.cancel()
        await awaited(task, SETTLE_SECONDS)
        task.add_done_callback(lambda done: None if done.cancelled() or done.exception() else undo(done.result()))
        raise


async def finished(work: Coroutine[object, object, T], seconds: float = SETTLE_SECONDS) -> T:
    """Lets the work finish even if the caller is cancelled meanwhile, for some seconds, then passes that on.

    Args:
        work: what must not be torn; when the seconds are over it is cancelled all the same.
        seconds: how long it may take from the moment when the caller is cancelled.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task, seconds)
        if not task.cancelled():
            task.exception()  # nobody waits for it any more
        raise


async def _ended(task: asyncio.Future[T], seconds: float) -> None:
    """Waits for a task however often that is cancelled; cancels the task when its seconds are over."""
    await awaited(task, seconds)
    while not task.done():
        task.cancel()
        await awaited(task, 0.001)


async def awaited(task: asyncio.Future[T], seconds: float) -> None:
    """Waits for a task for some seconds, however often that is cancelled."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not task.done() and (left := end - loop.time()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task], timeout=left)
