"""One migration of a schema at a time: a lock that lives as long as a transaction of its own.

A lock of the session would do on a server. Behind a pooler in transaction mode it stays with whichever session took it,
for ever, and the statements that it should protect run in others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from gapless.adapters.postgres.errors import connecting

LOCK_KEY = "hashtextextended('gapless migrations of ' || current_database() || '.' || {schema}, 0)"
POLL_SECONDS = 0.1
END_SECONDS = 5.0
# A holder is idle for as long as the migration takes, and must not keep a snapshot, for which an index that is made
# concurrently would wait.
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"


@asynccontextmanager
async def turn(engine: AsyncEngine, schema: str) -> AsyncIterator[None]:
    """Waits until nobody else migrates this schema, and keeps others waiting until the block is left.

    The connection is one beside the engine's pool, which may have no second one to give. It is closed at the end, and
    the lock is gone with it.

    Raises:
        StoreUnavailable: the server can't be reached, or refuses another connection.
    """
    try:
        taken = await greenlet_spawn(engine.pool.recreate().connect)
    except Exception as error:
        raise connecting(error) from error
    driver = cast("asyncpg.Connection", taken.driver_connection)
    try:
        await _waited(driver, schema)
        yield
    finally:
        try:
            # The server hears of a closed connection only some time later.
            with suppress(Exception):
                await driver.execute("ROLLBACK", timeout=END_SECONDS)
        finally:
            driver.terminate()
            taken.invalidate()
            taken.close()


async def _waited(driver: asyncpg.Connection, schema: str) -> None:
    """Asks for the lock again and again, and does not wait for it: a statement that waits holds a snapshot."""
    lock = f"SELECT pg_try_advisory_xact_lock({LOCK_KEY.format(schema='$1::text')})"
    try:
        await driver.execute(BEGIN)
        while not await driver.fetchval(lock, schema):
            await driver.execute("ROLLBACK")
            await asyncio.sleep(POLL_SECONDS)
            await driver.execute(BEGIN)
    except Exception as error:
        raise connecting(error) from error
