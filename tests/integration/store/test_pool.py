"""The pool: what is lost is replaced, what it has no room for is closed, and a host's engine stays the host's."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import asyncpg
import pytest
from sqlalchemy import AsyncAdaptedQueuePool, NullPool, Pool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import gapless
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections.pool import Connections, PooledConnection
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.audit import Actor
from gapless.kit.errors import DatabaseUnreachable, PreparedStatementLost, TooManyConnections
from gapless.kit.limits import Limits
from gapless.testing.laws.steps import every_cancellation
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.integration.store.conftest import checked_out, own_engine
from tests.integration.store.sessions import session_of
from tests.proxy import Fate, Proxy, forward
from tests.voice.rows import a_user, an_audit_record, assert_waits, created, fresh_id

pytestmark = pytest.mark.asyncio
PATIENCE = 30.0
"""When a test gives up on work that has to end by itself; nothing is decided by how long it took."""


async def use(store: PostgresStore, organization: Organization) -> None:
    """A unit that writes."""
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id, is_active=False), an_audit_record(organization.id))
        await unit.commit()


async def warmed(store: PostgresStore, number: int) -> list[asyncpg.Connection]:
    """The driver's connections of several readings that were open at once."""
    readings = [store.reading(fresh_id()) for _ in range(number)]
    async with AsyncExitStack() as stack:
        for reading in readings:
            await (await stack.enter_async_context(reading)).of(User).count()
        return [session_of(reading).driver for reading in readings]


async def backends(database_url: str, application: str) -> int:
    """How many connections the server has from an application."""
    async with connected(database_url) as server:
        found = await server.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", application)
    return int(found)


async def end_backends(database_url: str, application: str) -> None:
    """End every connection of an application, and wait until the server has."""
    async with connected(database_url) as server:
        await server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1", application
        )


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds that another process, or the loop, has yet to hear of; five seconds at most."""
    async with asyncio.timeout(5):
        while not await holds():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.001)


def named(url: str, pool: type[Pool], application: str) -> AsyncEngine:
    """An engine whose connections can be told from others."""
    settings = {"server_settings": {"application_name": application}}
    return create_async_engine(url, poolclass=pool, connect_args=settings)


async def test_lost_connections_are_replaced(store: PostgresStore, database_url: str) -> None:
    """When the server has ended every connection of the pool, the next units do not notice."""
    organization = await created(store)
    engine = named(database_url, AsyncAdaptedQueuePool, "lost")
    pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    drivers = await warmed(pooled, 3)
    await end_backends(database_url, "lost")

    async def all_closed() -> bool:
        return all(driver.is_closed() for driver in drivers)

    await eventually(all_closed)
    for _ in range(4):
        await use(pooled, organization)
    await warmed(pooled, 4)
    assert checked_out(engine) == 0
    await engine.dispose()


async def test_server_that_went_away_and_came_back(store: PostgresStore, proxy: Proxy) -> None:
    """While the server is away units are DatabaseUnreachable; when it is back they work, without a new engine."""
    organization = await created(store)
    async with own_engine(proxy.url) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        await warmed(pooled, 2)
        proxy.decide = lambda _: Fate.BREAK
        for _ in range(3):
            with pytest.raises(DatabaseUnreachable):
                await use(pooled, organization)
        proxy.decide = forward
        await use(pooled, organization)
        await warmed(pooled, 3)
        assert checked_out(engine) == 0


@pytest.mark.parametrize("pool", [NullPool, AsyncAdaptedQueuePool])
async def test_pool_closes_what_it_has_no_room_for(store: PostgresStore, database_url: str, pool: type[Pool]) -> None:
    """Connections beyond the size of the pool, of which a NullPool has none, are closed when their units end."""
    organization = await created(store)
    engine = named(database_url, pool, f"room {pool.__name__}")
    await warmed(PostgresStore(engine, GAPLESS, schema=SCHEMA), 8)
    await use(PostgresStore(engine, GAPLESS, schema=SCHEMA), organization)

    async def others_closed() -> bool:
        return await backends(database_url, f"room {pool.__name__}") <= (0 if pool is NullPool else 5)

    await eventually(others_closed)
    await engine.dispose()


async def test_pool_that_is_exhausted(store: PostgresStore, database_url: str) -> None:
    """When every connection is in use and none comes back in time, a unit is TooManyConnections, and not for ever."""
    organization = await created(store)
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    async with pooled.reading(organization.id):
        with pytest.raises(TooManyConnections, match="pool"):
            await use(pooled, organization)
    await use(pooled, organization)
    await engine.dispose()


async def test_time_waited_for_the_pool_is_a_readable_figure(store: PostgresStore, database_url: str) -> None:
    """Who waited for the pool as long as a unit may take is told so in hundredths of a second at most."""
    organization = await created(store)
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0)
    pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=Limits(unit=0.2))
    async with pooled.reading(organization.id):
        with pytest.raises(TooManyConnections, match=r"in use for \d(\.\d{1,2})? s:"):
            await use(pooled, organization)
    await engine.dispose()


async def test_hosts_engine_is_not_disposed_of(store: PostgresStore, engine: AsyncEngine) -> None:
    """Closing a store, or an application on the host's engine, leaves the engine as it is."""
    await PostgresStore(engine, GAPLESS, schema=SCHEMA).aclose()
    pool = engine.pool
    async with gapless.open(engine=engine) as app:
        slug, actor = f"acme-{fresh_id().hex}", Actor.system("laws")
        begun = await app.organizations.create("Acme", slug, "a@acme.org", "Ann", actor=actor)
    assert engine.pool is pool
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    async with store.reading(begun.organization.id) as reading:
        assert await reading.of(User).count() == 1


@pytest.mark.parametrize("pool", [NullPool, AsyncAdaptedQueuePool])
async def test_cancellation_while_connecting(store: PostgresStore, database_url: str, pool: type[Pool]) -> None:
    """A unit that is cancelled at any of its suspensions, those of connecting too, leaves no connection behind."""
    organization = await created(store)
    name = f"cancelled {pool.__name__}"

    async def work() -> None:
        engine = named(database_url, pool, name)
        engines.append(engine)
        await use(PostgresStore(engine, GAPLESS, schema=SCHEMA), organization)

    async def check() -> None:
        engine = engines[-1]
        if isinstance(engine.pool, AsyncAdaptedQueuePool):
            assert checked_out(engine) == 0
        await engine.dispose()
        async with store.unit(organization.id, seconds=2) as unit:
            await unit.of(User).count()

    async def all_gone() -> bool:
        return await backends(database_url, name) == 0

    engines: list[AsyncEngine] = []
    assert await every_cancellation(work, check) >= 5
    await check()
    await eventually(all_gone)


async def test_connection_that_was_thrown_away(store: PostgresStore, database_url: str) -> None:
    """A unit that breaks its own connection throws it away, and the pool of gapless makes another one in its place."""
    organization = await created(store)
    async with own_engine(database_url) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        async with pooled.unit(organization.id) as unit:
            session_of(unit).driver.terminate()
        assert checked_out(engine) == 0
        await use(pooled, organization)
        await warmed(pooled, 3)
        assert checked_out(engine) == 0


async def test_reset_on_every_connection(store: PostgresStore, database_url: str) -> None:
    """A reset that a host has made on every connection of the pool costs one error, and not one for each of them."""
    organization = await created(store)
    async with own_engine(database_url) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        await warmed(pooled, 5)
        for driver in await warmed(pooled, 5):
            await driver.execute("DISCARD ALL")
        errors = list[Exception]()
        for _ in range(8):
            try:
                async with pooled.reading(organization.id) as reading:
                    await reading.of(User).count()
            except PreparedStatementLost as error:
                errors.append(error)
        assert len(errors) == 1
        await use(pooled, organization)
        assert checked_out(engine) == 0


async def test_waiting_for_a_place_is_taken_off(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has waited for a connection of the pool has that much less time to connect."""
    connecting_seconds = list[float]()
    connected = Connections._connected

    async def watched(connections: Connections, seconds: float) -> PooledConnection:
        connecting_seconds.append(seconds)
        return await connected(connections, seconds)

    monkeypatch.setattr(Connections, "_connected", watched)
    async with own_engine(database_url) as engine:
        connections = Connections(engine)
        connections._places = asyncio.Semaphore(1)
        first = await connections.acquire(PATIENCE)
        waiting = asyncio.create_task(connections.acquire(PATIENCE))
        await assert_waits(waiting)
        first.discard()
        await (await waiting).release()
    assert connecting_seconds[1] < connecting_seconds[0] <= PATIENCE


async def test_unit_that_outlives_its_engine(store: PostgresStore, database_url: str) -> None:
    """A unit whose engine is disposed of meanwhile ends as it should, and leaves no connection to the old pool."""
    organization = await created(store)
    for engine in (named(database_url, AsyncAdaptedQueuePool, "outlived"), named(database_url, NullPool, "outlived")):
        outlived = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        async with outlived.unit(organization.id) as unit:
            await unit.of(User).count()
            await engine.dispose()
            await unit.commit()

        async def none_left() -> bool:
            return await backends(database_url, "outlived") == 0

        await eventually(none_left)
