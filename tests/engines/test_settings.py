"""Settings that a store does not get round: sessions only read, or are ended when they are idle."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections import scripts
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import StoreReadOnly
from tests.conftest import SCHEMA
from tests.engines.conftest import Databases, set_database
from tests.engines.operations import PORTS
from tests.engines.rows import EngineRow, told
from tests.integration.databases import connected
from tests.pooler import Pooler
from tests.voice.rows import created

pytestmark = pytest.mark.asyncio
READ_ONLY = "default_transaction_read_only"
# Who may have said that sessions only read; the first of them is set in the database.
READERS: dict[str, EngineRow] = {
    "database": EngineRow(settings={READ_ONLY: "on"}),
    "start": EngineRow(connect={"server_settings": {READ_ONLY: "on"}}),
    "listener": EngineRow(listener=told(f"SET {READ_ONLY} = on", commits=True)),
    "database, SERIALIZABLE": EngineRow(settings={READ_ONLY: "on"}, options={"isolation_level": "SERIALIZABLE"}),
    "database, AUTOCOMMIT": EngineRow(settings={READ_ONLY: "on"}, options={"isolation_level": "AUTOCOMMIT"}),
    "database, own engine": EngineRow(settings={READ_ONLY: "on"}, own=True),
}


async def only_reads(store: PostgresStore, writer: PostgresStore) -> None:
    """Asserts that readings work again and again, and that what writes is refused, with an error of its own."""
    organization = await created(writer)
    for _ in range(3):
        async with store.reading(organization.id) as reading:
            assert await reading.of(Organization).get(organization.id) == organization
        async with store.reading(organization.id, snapshot=True) as snapshot:
            assert await snapshot.of(User).count() == 1
        await store.check()
        for write in (store.unit, store.creating):
            with pytest.raises(StoreReadOnly) as caught:
                async with write(organization.id):
                    pytest.fail("it was opened")
            assert caught.value.retryable
        with pytest.raises(StoreReadOnly):
            async with store.system():
                pytest.fail("it was opened")


@pytest.mark.rows("reader", READERS)
async def test_sessions_that_only_read(reader: str, databases: Databases) -> None:
    """Where sessions only read, whoever said so, readings work, and a unit is refused when it is opened."""
    row = READERS[reader]
    async with databases.made({}) as url, EngineRow().engine(url) as other:
        writer = PostgresStore(other, GAPLESS, schema=SCHEMA)
        await created(writer)  # its connection is there before the database is set
        await set_database(url, row.settings)
        async with row.engine(url) as engine:
            await only_reads(PostgresStore(engine, GAPLESS, schema=SCHEMA), writer)


@pytest.mark.parametrize("fault", ["nobody asks", "a transaction writes all the same"])
async def test_a_unit_that_does_not_look_is_noticed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Planted: a unit that begins whatever the session says is not refused as it is opened."""
    if fault == "nobody asks":
        monkeypatch.setattr(scripts, "WRITABLE", "SELECT 1")
    else:
        begun = scripts.unit(10, 5).replace("READ COMMITTED", "READ COMMITTED READ WRITE")
        monkeypatch.setattr(scripts, "unit", lambda *_: begun)
    with pytest.raises(pytest.fail.Exception):
        await test_sessions_that_only_read("database", databases)


async def test_sessions_that_only_read_behind_a_pooler(databases: Databases, pooler: Pooler) -> None:
    """The same behind a pooler, whose backends only read."""
    async with databases.made({}) as url, EngineRow().engine(url) as other:
        writer = PostgresStore(other, GAPLESS, schema=SCHEMA)
        await created(writer)
        await set_database(url, {READ_ONLY: "on"})
        async with EngineRow(own=True).engine(pooler.address(url), pooler=True) as engine:
            await only_reads(PostgresStore(engine, GAPLESS, schema=SCHEMA), writer)


async def test_server_that_writes_again(databases: Databases) -> None:
    """Connections that were made while the database only read are not kept: a unit works once it is set back."""
    async with databases.made({READ_ONLY: "on"}) as url, EngineRow(own=True).engine(url) as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        with pytest.raises(StoreReadOnly):
            await created(store)
        async with connected(url) as connection:
            await connection.execute("BEGIN READ WRITE")
            await connection.execute(f'ALTER DATABASE "{url.partition("?")[0].rpartition("/")[2]}" RESET ALL; COMMIT')
        await created(store)


async def drivers(engine: AsyncEngine, number: int) -> list[asyncpg.Connection]:
    """The driver's connections of an engine, which are given back."""
    async with AsyncExitStack() as stack:
        taken = [await stack.enter_async_context(engine.connect()) for _ in range(number)]
        found = [(await connection.get_raw_connection()).driver_connection for connection in taken]
    assert all(isinstance(driver, asyncpg.Connection) for driver in found)
    return found  # type: ignore[return-value]  # as was just asserted


async def test_idle_sessions_are_ended(databases: Databases) -> None:
    """Where the server ends idle sessions, what comes after a pause finds no dead connection, whatever it is."""
    async with databases.made({}) as url, AsyncExitStack() as stack:
        engines = {port: await stack.enter_async_context(EngineRow(own=True).engine(url)) for port in PORTS}
        idle = [driver for engine in engines.values() for driver in await drivers(engine, 3)]
        for driver in idle:  # these alone: a new session may be slow between two of its transactions
            await driver.execute("SET idle_session_timeout = '1ms'")
        async with asyncio.timeout(30):
            while not all(driver.is_closed() for driver in idle):  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.01)
        for port, engine in engines.items():
            await PORTS[port](PostgresStore(engine, GAPLESS, schema=SCHEMA))
