"""Connections and transactions by hand, at their best, with the guarantees that gapless gives.

The server's time limits stand on the connections, one limit of the client covers a use case, the pool sends nothing
when a connection comes back, and the lock is prepared once a connection and goes with BEGIN in one script. As with
gapless, a COMMIT that has begun is not torn by a cancellation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar

import asyncpg
from sqlalchemy import make_url

from gapless.domain.organizations import OrganizationId
from gapless.kit.errors import NotFound

# In quotes because only the stubs of asyncpg make them generic.
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
BareConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
T = TypeVar("T")

# As gapless has them: how long a lock, a statement and an idle transaction may take, in milliseconds and seconds.
SETTINGS = {"lock_timeout": "5000", "statement_timeout": "10000", "idle_in_transaction_session_timeout": "10000"}
SECONDS = 10.0

PREPARE_LOCK = """
    PREPARE lock_organization (uuid) AS SELECT 1 FROM gapless.organizations WHERE id = $1 FOR NO KEY UPDATE"""
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; EXECUTE lock_organization('{}')"
NOT_THERE = "SELECT 0"


@asynccontextmanager
async def opened_pool(url: str, pool_size: int) -> AsyncIterator[Pool]:
    """A pool of so many connections to the database at this address."""

    async def prepare(connection: BareConnection) -> None:
        """Planning the lock takes the server longer than taking it."""
        await connection.execute(PREPARE_LOCK)

    async def keep(_: BareConnection) -> None:
        """Nothing that these functions do outlives their transaction, so nothing has to be reset."""

    pool = await asyncpg.create_pool(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
        min_size=pool_size,
        max_size=pool_size,
        server_settings=SETTINGS,
        init=prepare,
        reset=keep,
    )
    try:
        yield pool
    finally:
        await pool.close()


async def in_unit(pool: Pool, home: OrganizationId, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Does some work in a transaction under the organization's lock, and commits it.

    Raises:
        NotFound: there is no such organization.
    """
    async with asyncio.timeout(SECONDS), pool.acquire() as connection:
        try:
            await _begin(connection, home)
            done = await work(connection)
        except BaseException:
            await connection.execute("ROLLBACK", timeout=SECONDS)
            raise
        await _finished(connection.execute("COMMIT"))
    return done


async def _begin(connection: Connection, home: OrganizationId) -> None:
    # A script takes no parameters; what a UUID is written as can't end the string.
    if await connection.execute(BEGIN.format(home)) == NOT_THERE:
        raise NotFound("Organization", home)


async def _finished(commit: Coroutine[object, object, object]) -> None:
    """Lets a COMMIT finish if the caller is cancelled meanwhile, else it would be torn, and then passes that on."""
    task = asyncio.ensure_future(commit)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
