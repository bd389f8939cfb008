"""An upgrade that goes on while others do: it ends if its turn is lost, and a deadlock is no long wait."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless import postgres
from gapless.kit.errors import StoreUnavailable
from tests.integration.databases import address_of, connected
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.test_online import (
    INDEXED,
    SCHEMA,
    TIME,
    held,
    is_as_declared,
    rename,
    until_held,
    written,
)
from tests.properties import Portal

TURN = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' "
    "AND pid IN (SELECT pid FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND relation = $1::text::regclass)"
)
"""Who has the turn."""
ENDED = "SELECT pg_terminate_backend($1, 10000)"
LOCKED = f"LOCK TABLE {SCHEMA}.visits IN SHARE UPDATE EXCLUSIVE MODE"
LOOK = {"server_settings": {"deadlock_timeout": "1s"}}
"""The server looks for a deadlock after a second, whatever it does otherwise."""


def test_whose_turn_is_lost_goes_no_further(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """Who has lost the connection with the lock ends behind the step in which that happened, and begins no other."""

    async def law() -> None:
        chain = await written(engine_of_wards, package, INDEXED)
        url = address_of(engine_of_wards)
        async with connected(url) as watcher:
            async with held(url, chain, engine_of_wards) as upgrade:
                turn = await watcher.fetchval(TURN, f"{SCHEMA}.ward_version")
                assert await watcher.fetchval(ENDED, turn)
            with pytest.raises(StoreUnavailable):
                await upgrade
            assert await indexes(watcher) == 1
        await postgres.migrate(engine_of_wards, revisions=chain)
        await is_as_declared(engine_of_wards, chain)

    portal(law())


async def indexes(connection: asyncpg.Connection) -> int:
    """How many indexes wait for their names."""
    query = r"SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relname LIKE 'revised\_%'"
    return int(await connection.fetchval(query))


def test_a_deadlock_is_no_long_wait(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """An index that the server gives up after a second, because others wait for it too, is built again."""

    async def law() -> None:
        chain = await written(engine_of_wards, package, INDEXED)
        engine = create_async_engine(engine_of_wards.url, poolclass=NullPool, connect_args=LOOK)
        url = address_of(engine_of_wards)
        async with connected(url) as writer, connected(url) as watcher:
            await writer.execute("SET deadlock_timeout = '1min'")  # so that the other one is given up
            transaction = writer.transaction()
            await transaction.start()
            await rename(writer, 1, "held")
            await writer.execute("SET lock_timeout = 0")
            upgrade = asyncio.create_task(postgres.migrate(engine, revisions=chain))
            await until_held(watcher, upgrade)
            assert not upgrade.done()
            async with asyncio.timeout(TIME):
                await writer.execute(LOCKED)
            await transaction.commit()
        await upgrade
        await engine.dispose()
        await is_as_declared(engine_of_wards, chain)

    portal(law())
