"""What a host does on the connections that it shares with gapless: between units, and inside of one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gapless.adapters.postgres import PostgresStore
from gapless.domain.calls import CallNote
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit.errors import AccessDenied, GaplessError, UnitOfWorkFailed
from tests.conftest import SCHEMA
from tests.engines.conftest import Databases
from tests.engines.interventions import ALLOWED, ENDING, LEFT, MAKERS, USES, WAYS, Host, raw, unit
from tests.engines.operations import PORTS
from tests.engines.rows import EngineRow
from tests.integration.databases import address_of, connected
from tests.pooler import Pooler
from tests.voice.rows import a_user, an_audit_record, created, members

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(scope="session")
async def shared_url(databases: Databases) -> AsyncIterator[str]:
    """A database for all of these tests."""
    async with databases.made({}) as url:
        yield url


@pytest_asyncio.fixture
async def host(maker: str, shared_url: str) -> AsyncIterator[Host]:
    """A host whose connection has been used already, so that it keeps what it keeps."""
    engine = MAKERS[maker](shared_url)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    host = Host(engine, store, await created(store))
    for _ in range(3):
        await unit(host)
    yield host
    await engine.dispose()


async def tried(attempt: Awaitable[None]) -> list[GaplessError]:
    """What goes wrong in an attempt, if it is an error of gapless."""
    try:
        await attempt
    except GaplessError as error:
        return [error]
    return []


async def test_every_use_is_here() -> None:
    """Whatever the port opens is a use of a connection."""
    assert {name for name in PORTS if name != "aclose"} == {*USES} - {"snapshot"}


@pytest.mark.rows("maker", MAKERS)
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("statement", LEFT)
async def test_what_a_host_leaves(host: Host, statement: str, use: str) -> None:
    """What a host leaves on a pooled connection costs at most one error, which may be tried again, and no row."""
    await host.leave(statement)
    times = 1 if use == "check" else 3  # it asks for far more than any other, and for all of that at once
    errors = [error for _ in range(times) for error in await tried(USES[use](host))]
    before = await rows(host)
    errors += await tried(unit(host))
    if await rows(host) == before:  # then it was the unit that met what was left
        await unit(host)
    assert await rows(host) == before + 1
    assert len(errors) <= 1, errors
    # A role that was left is not told from one that lacks a right.
    assert all(error.retryable or isinstance(error, AccessDenied) for error in errors), errors


async def rows(host: Host) -> int:
    """How many users there are, by a connection that the host has left alone."""
    async with connected(address_of(host.engine)) as other:
        query = f"SELECT count(*) FROM {SCHEMA}.users WHERE organization_id = $1"  # noqa: S608  # our own schema
        return int(await other.fetchval(query, host.organization.id))


async def interrupted(host: Host, way: str, statement: str, late: User | None) -> None:
    """A unit in which the host runs a statement, whether the server takes it or not; then comes one more row."""
    home = host.organization.id
    async with host.store.unit(home) as work:
        await work.of(User).add(a_user(home), an_audit_record(home))
        with suppress(asyncpg.PostgresError, DBAPIError):
            await WAYS[way](work.connection, statement)
        if late is not None:
            await work.of(User).add(late, an_audit_record(home))
        await work.commit()


@pytest.mark.rows("maker", MAKERS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("statement", ENDING)
async def test_host_ends_the_transaction(host: Host, statement: str, way: str) -> None:
    """A unit whose transaction the host has ended or changed fails, and keeps nothing that came afterwards."""
    late = a_user(host.organization.id)
    with pytest.raises(UnitOfWorkFailed):
        await interrupted(host, way, statement, late)
    assert late.id not in {user.id for user in await members(host.store, host.organization.id)}
    await unit(host)


@pytest.mark.rows("maker", MAKERS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("statement", ENDING)
async def test_host_ends_the_transaction_last(host: Host, statement: str, way: str) -> None:
    """The same when nothing but the commit comes afterwards: it does not say that everything was kept."""
    with pytest.raises(UnitOfWorkFailed):
        await interrupted(host, way, statement, None)
    await unit(host)


async def test_host_goes_on_in_another_backend(databases: Databases, pooler: Pooler) -> None:
    """Behind a pooler a transaction that the host begins where no unit has ever been is not taken for the unit's."""
    async with databases.made({}) as url, EngineRow(own=True).engine(pooler.address(url), pooler=True) as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        organization = await created(store)
        async with store.unit(organization.id) as work, connected(pooler.address(url)) as other:
            connection = work.connection
            await raw(connection, "COMMIT")
            await other.execute("BEGIN; SELECT 1")  # which keeps the unit's backend
            await raw(connection, "BEGIN; SELECT 1")
            with pytest.raises(UnitOfWorkFailed):
                await work.commit()


@pytest.mark.rows("maker", MAKERS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("statement", ALLOWED)
async def test_host_stays_in_the_transaction(host: Host, statement: str, way: str) -> None:
    """A unit goes on when a host's statement leaves its transaction as it was."""
    home = host.organization.id
    before = len(await members(host.store, home))
    async with host.store.unit(home) as work:
        await work.of(User).add(a_user(home), an_audit_record(home))
        await WAYS[way](work.connection, statement)
        await work.of(User).add(a_user(home), an_audit_record(home))
        await work.commit()
    assert len(await members(host.store, home)) == before + 2


async def lose_statements(host: Host) -> None:
    """26000: what was prepared is gone."""
    async with host.store.unit(host.organization.id) as work:
        await work.of(User).count()
        await raw(work.connection, "DEALLOCATE ALL")
        await work.of(User).count()


async def read_only(host: Host) -> None:
    """25006: a write in a transaction that only reads."""
    async with host.store.unit(host.organization.id) as work:
        await raw(work.connection, "SET TRANSACTION READ ONLY")
        await work.of(User).add(a_user(host.organization.id), an_audit_record(host.organization.id))


async def take_too_long(host: Host) -> None:
    """57014: a statement that takes longer than the unit has time."""
    async with host.store.unit(host.organization.id, seconds=0.2) as work:
        with suppress(DBAPIError):
            await work.connection.execute(sa.text("SELECT pg_sleep(30)"))
        await work.commit()


async def change_the_table(host: Host) -> None:
    """0A000: a plan whose result is another one by now."""
    async with host.store.unit(host.organization.id) as work:
        await work.of(CallNote).find()
        for kind in ("varchar(10000)", "text"):
            await raw(work.connection, f"ALTER TABLE {SCHEMA}.call_notes ALTER COLUMN body TYPE {kind}")
            await work.of(CallNote).find()


FATES = {make.__name__: make for make in (lose_statements, read_only, take_too_long, change_the_table)}


@pytest.mark.rows("maker", MAKERS)
@pytest.mark.parametrize("fate", FATES)
async def test_spoiled_connection_is_thrown_away(host: Host, fate: str) -> None:
    """After an error that may come from what the connection keeps, the next unit has another backend, and works."""
    before = await host.backend()
    with pytest.raises(GaplessError):
        await FATES[fate](host)
    await unit(host)
    assert await host.backend() != before


@pytest.mark.rows("maker", MAKERS)
@pytest.mark.parametrize("use", USES)
async def test_good_connection_is_kept(host: Host, use: str) -> None:
    """After what went well the next use has the same backend: no connection is thrown away without need."""
    before = await host.backend()
    for _ in range(3):
        await USES[use](host)
    assert await host.backend() == before


async def test_host_leaves_nothing_at_a_backend(databases: Databases, pooler: Pooler) -> None:
    """What a host locks or prepares in a reading is gone from the backend that others get, also after a failure."""
    for failing in (False, True):
        async with databases.made({}) as url, EngineRow(own=True).engine(pooler.address(url), pooler=True) as engine:
            store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
            organization = await created(store)
            async with store.reading(organization.id, snapshot=True) as reading:
                await reading.connection.execute(sa.text("SELECT pg_advisory_lock(4711)"))
                await reading.connection.execute(sa.text("PREPARE left_behind AS SELECT 1"))
                if failing:
                    with pytest.raises(DBAPIError):
                        await reading.connection.execute(sa.text("SELECT 1 / 0"))
            async with connected(url) as other:
                assert await other.fetchval("SELECT pg_try_advisory_lock(4711)")
            async with store.reading(organization.id, snapshot=True) as reading:
                assert await reading.of(User).count() == 1
                found = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE name = 'left_behind'")
                assert await reading.connection.scalar(found) == 0
