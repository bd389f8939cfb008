"""Waits for work that must finish, or that may take longer than there is time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TypeVar

import asyncpg

T = TypeVar("T")
SETTLE_SECONDS = 0.25
"""How long the cleaning of a connection may delay the end of a task."""


async def in_time(work: Coroutine[object, object, T], seconds: float, undo: Callable[[T], None] = lambda _: None) -> T:
    """The result of work that may take some seconds. Work that takes longer, or is cancelled, is left to end alone.

    SQLAlchemy waits for a server where nobody can shorten it, for instance two seconds when it closes a connection.

    Args:
        work: the work; when nobody waits for it any more it is cancelled, which may take its time.
        seconds: how long it is waited for.
        undo: is called with the result if it still comes afterwards.

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
    """Lets the work finish for some seconds even if the caller is cancelled meanwhile, and then passes that on.

    Args:
        work: what must not be interrupted; after the seconds it is cancelled all the same.
        seconds: how long it may take after the caller was cancelled.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task, seconds)
        if not task.cancelled():
            task.exception()  # nobody waits for it any more
        raise


async def while_connected(driver: asyncpg.Connection, request: Coroutine[object, object, T]) -> T:
    """The result of a request that waits for leave to write, which a lost connection gives nobody.

    Args:
        driver: the connection of the request.
        request: the request.

    Raises:
        ConnectionDoesNotExistError: the connection was lost meanwhile.
    """
    current = asyncio.current_task()
    cancelling = 0 if current is None else current.cancelling()
    task = asyncio.ensure_future(request)

    def lost(_: object) -> None:
        task.cancel()

    driver.add_termination_listener(lost)
    try:
        return await task
    except (asyncio.CancelledError, RuntimeError):
        # The driver tells the server that it gives up, which uvloop refuses on a lost connection.
        if not driver.is_closed():
            raise
        if current is not None and current.cancelling() > cancelling:
            raise asyncio.CancelledError from None
        raise asyncpg.ConnectionDoesNotExistError("The connection was lost in the middle of a request.") from None
    finally:
        driver.remove_termination_listener(lost)


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
