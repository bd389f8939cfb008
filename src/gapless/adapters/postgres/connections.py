"""Connections of the pool: taken alive, given back clean, thrown away when broken; and work that must finish."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TypeVar, cast

import asyncpg
import attrs
from sqlalchemy.engine.base import Connection
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import Pool, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from gapless.adapters.postgres.engine import PlainPool, place_of
from gapless.adapters.postgres.errors import connecting
from gapless.domain.errors import DatabaseUnreachable, GaplessError

T = TypeVar("T")
GREATEST_POOL = 1000


@attrs.frozen
class Lease:
    """A connection that is ours until it is released or discarded."""

    pool: Pool
    pooled: PoolProxiedConnection
    driver: asyncpg.Connection

    async def release(self) -> None:
        """Gives the connection back, which must be outside of a transaction; throws it away if it is lost."""
        if self.driver.is_closed():
            self.discard()
        elif isinstance(self.pool, PlainPool) and self.pool.has_room():
            self.pooled.close()
        else:
            # A pool that has no room for it closes it, and waits for that in a greenlet.
            await greenlet_spawn(self.pooled.close)

    def discard(self) -> None:
        """Throws the connection away: nobody knows what state it is in."""
        self.driver.terminate()
        self.pooled.invalidate()
        self.pooled.close()

    def shared(self, engine: AsyncEngine) -> AsyncConnection:
        """The same connection for SQLAlchemy, which then neither begins nor ends the transaction that we are in."""
        connection = Connection(engine.sync_engine, connection=self.pooled)
        return AsyncConnection(engine, connection.execution_options(isolation_level="AUTOCOMMIT"))


async def lease(engine: AsyncEngine) -> Lease:
    """Takes a living connection from the engine's pool.

    Raises:
        StoreUnavailable: the server can't be reached, refuses us, or no connection came free in time.
    """
    for _ in range(GREATEST_POOL):
        try:
            pooled = await _taken(engine)
        except GaplessError:
            raise
        except Exception as error:
            raise connecting(error, place_of(engine)) from error
        driver = cast("asyncpg.Connection | None", pooled.driver_connection)
        if driver is not None and not driver.is_closed():
            return Lease(engine.pool, pooled, driver)
        # The driver noticed that the server had gone; the pool did not.
        pooled.invalidate()
        pooled.close()
    raise DatabaseUnreachable("The pool gives nothing but lost connections.")


async def _taken(engine: AsyncEngine) -> PoolProxiedConnection:
    pool = engine.pool
    if isinstance(pool, PlainPool) and pool.has_idle():
        # What is idle may have been thrown away, and has to be connected anew.
        with suppress(MissingGreenlet):
            return engine.sync_engine.raw_connection()
    return await engine.raw_connection()


async def finished(work: Coroutine[object, object, T]) -> T:
    """Lets the work finish even if the caller is cancelled meanwhile, and then passes the cancellation on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody waits for it any more
        raise
