"""Standbys: who gets one, who does not, and how an application outlasts a failover."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from gapless.adapters.postgres import create_engine
from gapless.domain.users import User
from gapless.kit.audit import Actor
from gapless.kit.errors import (
    DatabaseOnStandby,
    DatabaseUnreachable,
    GaplessError,
    StoreReadOnly,
    StoreUnavailable,
)
from gapless.postgres import migrate, pending
from tests.commands import run_beside
from tests.integration.addresses.tls import fronted
from tests.integration.clusters import Cluster, Workshop, cluster, standby_of, workshop
from tests.integration.databases import connected
from tests.voice.rows import fresh_id

pytestmark = pytest.mark.asyncio
ACTOR = Actor.system("failover")
ASKING = ("any", "standby", "prefer-standby", "read-only")


@pytest.fixture(scope="module")
def place() -> Iterator[Workshop]:
    """Where the clusters of these tests are."""
    with workshop() as found:
        yield found


@pytest_asyncio.fixture(scope="module")
async def primary(place: Workshop) -> AsyncIterator[Cluster]:
    """A migrated primary."""
    with cluster(place, "primary") as found:
        engine = create_engine(found.url())
        await migrate(engine)
        await engine.dispose()
        yield found


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Cluster]:
    """A standby of it."""
    with standby_of(primary, "standby") as found:
        yield found


async def refused(url: str) -> StoreUnavailable:
    """Why it can't be opened."""
    with pytest.raises(StoreUnavailable) as caught:
        async with gapless.open(url):
            pytest.fail("it was opened")
    return caught.value


def both(first: Cluster, second: Cluster, query: str = "") -> str:
    """The address of two servers."""
    return f"postgresql://postgres@127.0.0.1:{first.port},127.0.0.1:{second.port}/postgres{query}"


async def caught_up(first: Cluster, second: Cluster) -> None:
    """Waits until a standby has all that its primary has."""
    async with connected(first.url()) as ahead, connected(second.url()) as behind:
        place = await ahead.fetchval("SELECT pg_current_wal_lsn()::text")
        async with asyncio.timeout(30):
            while not await behind.fetchval("SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", place):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def opened(url: str) -> None:
    """Opens what is there, migrated or not."""
    async with gapless.open(url, verify=False):
        pass


async def answering_port(url: str) -> int:
    """The port of the server that an application at this address talks to."""
    engine = create_engine(url)
    try:
        async with gapless.open(engine=engine), engine.connect() as connection:
            return int(await connection.scalar(text("SELECT current_setting('port')::int")) or 0)
    finally:
        await engine.dispose()


async def test_a_standby_is_refused(standby: Cluster) -> None:
    """A standby is refused when it is opened, by an error of its own, on a URL as on an engine of the host."""
    for query in ("", "?target_session_attrs=primary", "?target_session_attrs=read-write"):
        assert type(await refused(f"{standby.url()}{query}")) is DatabaseOnStandby
    assert type(await refused(both(standby, standby))) is DatabaseOnStandby
    for query in ("", "?target_session_attrs=primary"):
        url = f"{standby.url()}{query}".replace("postgresql:", "postgresql+asyncpg:")
        engine = create_async_engine(url, poolclass=NullPool)
        with pytest.raises(DatabaseOnStandby):
            async with gapless.open(engine=engine):
                pytest.fail("it was opened")
        await engine.dispose()


@pytest.mark.parametrize("target", ASKING)
async def test_a_standby_that_is_asked_for(standby: Cluster, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a standby gets it, on a URL, on an engine and by the driver's variable: then readings work."""
    url = f"{standby.url()}?target_session_attrs={target}"
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"), poolclass=NullPool)
    async with gapless.open(url) as app, gapless.open(engine=engine) as other:
        for each in (app, other):
            async with each.store.reading(fresh_id()) as reading:
                assert await reading.of(User).count() == 0
            async with each.store.reading(fresh_id(), snapshot=True) as reading:
                assert await reading.of(User).count() == 0
    await engine.dispose()
    monkeypatch.setenv("PGTARGETSESSIONATTRS", target)
    await opened(standby.url())


async def test_which_of_two_hosts_is_chosen(primary: Cluster, standby: Cluster) -> None:
    """Of several hosts the primary is chosen wherever it stands, or the one that the URL asks for."""
    for url in (both(primary, standby), both(standby, primary)):
        assert await answering_port(url) == primary.port
        for target in ("standby", "prefer-standby", "read-only"):
            assert await answering_port(f"{url}?target_session_attrs={target}") == standby.port
    assert await answering_port(both(standby, primary, "?target_session_attrs=any")) == standby.port
    assert await answering_port(both(primary, primary, "?target_session_attrs=prefer-standby")) == primary.port
    assert type(await refused(f"{primary.url()}?target_session_attrs=standby")) is DatabaseUnreachable


async def test_migrations_on_a_standby(standby: Cluster) -> None:
    """On a standby migrations can be looked at, and carrying them out is refused, whatever the URL asks for."""
    for query in ("", "?target_session_attrs=any"):
        engine = create_engine(f"{standby.url()}{query}")
        assert await pending(engine) == []
        with pytest.raises(DatabaseOnStandby):
            await migrate(engine)
        await engine.dispose()
    assert (await run_beside("migrate", "--check", "--database-url", standby.url())).exit_code == 0
    done = await run_beside("migrate", "--database-url", standby.url())
    assert (done.exit_code, done.stderr.rpartition(" ")[2]) == (3, "[database_on_standby]\n")


async def test_migrations_of_what_only_reads(primary: Cluster) -> None:
    """A role that is set to read only is told so by the migrations."""
    async with connected(primary.url()) as server:
        await server.execute("CREATE ROLE reader LOGIN SUPERUSER")
        await server.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    engine = create_engine(primary.url().replace("postgres@", "reader@"))
    with pytest.raises(StoreReadOnly):
        await migrate(engine, schema="other")
    await engine.dispose()


@pytest.mark.parametrize("target", ASKING)
async def test_units_on_a_standby(standby: Cluster, target: str) -> None:
    """On a standby that was asked for a unit of work is StoreReadOnly, of each kind, and readings go on."""
    async with gapless.open(f"{standby.url()}?target_session_attrs={target}", pool_size=1) as app:
        await units_are_refused(app)


async def test_units_where_transactions_only_read(primary: Cluster) -> None:
    """Where default_transaction_read_only is on an application opens, readings work, and units are StoreReadOnly."""
    async with connected(primary.url()) as server:
        await server.execute("CREATE ROLE watcher LOGIN SUPERUSER")
        await server.execute("ALTER ROLE watcher SET default_transaction_read_only = on")
    async with gapless.open(primary.url().replace("postgres@", "watcher@"), pool_size=1) as app:
        await units_are_refused(app)


async def units_are_refused(app: gapless.Gapless) -> None:
    """Each way to write is refused, by an error that may be tried again, and reading works before and after."""
    for _ in range(2):
        async with app.store.reading(fresh_id()) as reading:
            assert await reading.of(User).count() == 0
        with pytest.raises(StoreReadOnly) as caught:
            await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=ACTOR)
        assert caught.value.retryable
        with pytest.raises(StoreReadOnly):
            async with app.store.unit(fresh_id()) as unit:
                await unit.of(User).count()


async def test_a_failover_is_outlasted(place: Workshop) -> None:
    """An application with both hosts goes on when the standby is promoted: until then its errors are retryable."""
    with cluster(place, "old") as old, standby_of(old, "new") as new:
        engine = create_engine(old.url())
        await migrate(engine)
        await engine.dispose()
        async with gapless.open(both(old, new)) as app:
            home = (await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=ACTOR)).organization.id
            await caught_up(old, new)
            old.stop()
            failed, failures = asyncio.Event(), list[GaplessError]()

            async def renamed() -> str:
                try:
                    return (await app.organizations.rename(home, "Acme Inc.", actor=ACTOR)).name
                except GaplessError as error:
                    failures.append(error)
                    if len(failures) > 1:
                        failed.set()
                    raise

            going_on = asyncio.create_task(gapless.retrying(renamed, seconds=60))
            await failed.wait()
            await asyncio.to_thread(new.promote)
            assert await going_on == "Acme Inc."
            assert all(error.retryable for error in failures)
            assert (await app.organizations.get(home)).name == "Acme Inc."


async def test_a_host_that_hangs_does_not_keep_the_next_from_being_tried(server_url: str) -> None:
    """Of several hosts each has its share of the time, so that one that says nothing is passed over."""
    silent: set[asyncio.StreamWriter] = set()
    listener = await asyncio.start_server(lambda _, writer: silent.add(writer), "127.0.0.1", 0)
    hangs = listener.sockets[0].getsockname()[1]
    async with fronted(server_url, None) as port:
        await opened(f"postgresql://postgres@127.0.0.1:{hangs},127.0.0.1:{port}/postgres?connect_timeout=2")
    error = await refused(f"postgresql://postgres@127.0.0.1:{hangs},127.0.0.1:1/postgres?connect_timeout=1")
    assert type(error) is DatabaseUnreachable
    assert f"No PostgreSQL at 127.0.0.1:{hangs} answered in the time" in error.message
    assert "127.0.0.1:1" in error.message
    for writer in silent:
        writer.close()
    listener.close()
    await listener.wait_closed()
