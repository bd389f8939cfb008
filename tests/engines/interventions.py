"""What a host does on the connections that it shares with gapless, and what gapless does on them afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import asyncpg
import attrs
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from tests.integration.databases import driver_of
from tests.voice.rows import a_user, an_audit_record, created

# What a host may leave on a connection that goes back to the pool.
LEFT = (
    "DISCARD ALL",
    "DEALLOCATE ALL",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "RESET ALL",
    "SELECT 1/0",
    "SELECT * FROM nowhere",
    "SET search_path = nowhere",
    "SET default_transaction_read_only = on",
    "SET default_transaction_isolation = 'serializable'",
    "SET default_transaction_deferrable = on",
    "SET lock_timeout = '1ms'",
    "SET statement_timeout = '1ms'",
    "SET idle_in_transaction_session_timeout = '1ms'",
    "SET ROLE pg_monitor",
    "SET SESSION AUTHORIZATION pg_monitor",
    "SET row_security = off",
    "SET standard_conforming_strings = off",
    "SET transform_null_equals = on",
    "SET client_encoding = 'LATIN1'",
    "SET TimeZone = 'Asia/Kathmandu'",
    "SET DateStyle = 'German'",
    "SET plan_cache_mode = force_custom_plan",
    "CREATE TEMP TABLE organizations (id int)",
    "PREPARE __asyncpg_stmt_1__ AS SELECT 1",
    "SELECT pg_advisory_lock(1)",
    "LISTEN something",
    "BEGIN",
    "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SELECT 1",
    "BEGIN; SELECT 1/0",
)
# What ends a unit's transaction, or makes another of it, behind the back of gapless.
ENDING = (
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "COMMIT AND CHAIN",
    "ROLLBACK AND CHAIN",
    "COMMIT; BEGIN",
    "ROLLBACK; BEGIN",
    "COMMIT; BEGIN ISOLATION LEVEL SERIALIZABLE",
    "PREPARE TRANSACTION 'mine'",
    "SET TRANSACTION READ ONLY",
    "SET transaction_read_only = on",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SELECT 1/0",
    "DISCARD ALL",
)
# What a unit allows a host.
ALLOWED = (
    "SELECT 1",
    "BEGIN",
    "SAVEPOINT attempt; RELEASE attempt",
    "SAVEPOINT attempt; ROLLBACK TO attempt",
    "SET CONSTRAINTS ALL DEFERRED",
    "SET LOCAL work_mem = '8MB'",
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
)


@attrs.frozen
class Host:
    """A host with a pool of one connection.

    Attributes:
        engine: its engine.
        store: gapless on it.
        organization: one that is there.
    """

    engine: AsyncEngine
    store: PostgresStore
    organization: Organization

    async def leave(self, statement: str) -> None:
        """Runs a statement by the driver itself, and gives the connection back."""
        pooled = await self.engine.raw_connection()
        driver = pooled.driver_connection
        assert isinstance(driver, asyncpg.Connection)
        with suppress(asyncpg.PostgresError):
            await driver.execute(statement)
        pooled.close()

    async def backend(self) -> int:
        """The process of the server behind the one connection."""
        pooled = await self.engine.raw_connection()
        driver = pooled.driver_connection
        assert isinstance(driver, asyncpg.Connection)
        pid = driver.get_server_pid()
        pooled.close()
        return int(pid)


MAKERS: dict[str, Callable[[str], AsyncEngine]] = {
    "own": lambda url: create_engine(url, pool_size=1),
    "host's": lambda url: create_async_engine(url, pool_size=1, max_overflow=0),
    "no reset": lambda url: create_async_engine(url, pool_size=1, max_overflow=0, pool_reset_on_return=None),
}


async def raw(connection: AsyncConnection, statement: str) -> None:
    """Runs statements by the driver itself."""
    driver = await driver_of(connection)
    await driver.execute(statement)


async def through(connection: AsyncConnection, statement: str) -> None:
    """Runs statements by SQLAlchemy, one by one."""
    for each in statement.split(";"):
        await connection.exec_driver_sql(each)


WAYS = {"driver": raw, "SQLAlchemy": through}


async def unit(host: Host) -> None:
    """A unit writes a row."""
    async with host.store.unit(host.organization.id) as work:
        await work.of(User).add(a_user(host.organization.id, name="Øyvind 阿"), an_audit_record(host.organization.id))
        await work.commit()


async def reading(host: Host) -> None:
    """Rows are read and counted, each by itself."""
    async with host.store.reading(host.organization.id) as reading:
        assert len(await reading.of(User).find()) == await reading.of(User).count()


async def snapshot(host: Host) -> None:
    """Rows are read in a snapshot."""
    async with host.store.reading(host.organization.id, snapshot=True) as reading:
        assert await reading.of(User).count() == len(await reading.of(User).find())


async def creating(host: Host) -> None:
    """An organization is created."""
    await created(host.store)


async def system(host: Host) -> None:
    """Rows of all organizations are counted."""
    async with host.store.system() as system:
        await system.of(User).count()
        await system.commit()


async def check(host: Host) -> None:
    """The database is looked at."""
    await host.store.check()


USES = {use.__name__: use for use in (unit, reading, snapshot, creating, system, check)}
