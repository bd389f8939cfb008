"""What keeps a store from being opened has an error of its own each that says what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import gapless
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.embedded import EmbeddedServer
from gapless.kit.errors import (
    AccessDenied,
    DatabaseNotMigrated,
    DatabaseTooNew,
    DatabaseUnreachable,
    DatabaseUnsuitable,
    StoreUnavailable,
)
from gapless.kit.outbox import OutboxEvent
from gapless.postgres import Profile, differences, grants, migrate
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database, url_of
from tests.integration.roles import role_of
from tests.integration.store.conftest import checked_out, hosts_engine, own_engine
from tests.voice.rows import a_user, an_audit_record, an_event, created, fresh_id

pytestmark = pytest.mark.asyncio


async def refused(url: URL | str, error: type[StoreUnavailable], *, seconds: float = 5.0) -> str:
    """The message with which a store at this address refuses to be checked, and to be used."""
    async with own_engine(url, seconds=seconds) as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS)
        with pytest.raises(error) as checked:
            await store.check()
        assert type(checked.value) is error
        with pytest.raises(error):
            async with store.unit(fresh_id()) as unit:
                await unit.of(User).count()
        assert checked_out(engine) == 0
    return checked.value.message


async def test_no_server_at_that_socket(tmp_path: Path) -> None:
    """A socket that is not there, and a port where nobody listens, are DatabaseUnreachable."""
    nobody = make_url("postgresql://postgres@/postgres").set(query={"host": str(tmp_path)})
    assert "No PostgreSQL" in await refused(nobody, DatabaseUnreachable)
    listener = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    assert await refused(f"postgresql://postgres@127.0.0.1:{port}/postgres", DatabaseUnreachable)
    listener.close()
    await listener.wait_closed()
    assert await refused(f"postgresql://postgres@127.0.0.1:{port}/postgres", DatabaseUnreachable)


async def test_server_that_does_not_answer() -> None:
    """A server that accepts and says nothing is DatabaseUnreachable when the time for connecting is over."""
    silent: set[asyncio.StreamWriter] = set()
    listener = await asyncio.start_server(lambda _, writer: silent.add(writer), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    assert "answered in the time" in await refused(
        f"postgresql://postgres@127.0.0.1:{port}/postgres", DatabaseUnreachable, seconds=0.3
    )
    for writer in silent:
        writer.close()
    listener.close()
    await listener.wait_closed()


async def test_missing_database(server_url: str) -> None:
    """A database that is not there is AccessDenied, and the message says so."""
    assert "no such database" in await refused(url_of(server_url, "gapless_nowhere"), AccessDenied)


async def test_missing_role(server_url: str) -> None:
    """A role that is not there is AccessDenied."""
    assert "role" in await refused(make_url(server_url).set(username="gapless_nobody"), AccessDenied)


async def test_wrong_password(other_server: EmbeddedServer) -> None:
    """A password that is wrong, or missing, is AccessDenied; the right one opens; no message repeats it."""
    async with connected(other_server.url()) as server:
        await server.execute("CREATE ROLE guarded LOGIN PASSWORD 'correct horse'")
        path = await server.fetchval("SHOW hba_file")
        lines = await server.fetchval("SELECT pg_read_file($1)", path)
        await server.execute("CREATE TEMP TABLE hba (position serial, line text)")
        await server.executemany(
            "INSERT INTO hba (line) VALUES ($1)",
            [("local all guarded scram-sha-256",), *((line,) for line in lines.splitlines() if "\\" not in line)],
        )
        await server.execute(f"COPY (SELECT line FROM hba ORDER BY position) TO '{path}'")  # noqa: S608  # our own path
        assert await server.fetchval("SELECT pg_reload_conf()")
        url = make_url(other_server.url()).set(username="guarded")
        await reloaded(url)
    wrong, right = (url.set(password=password) for password in ("battery staple", "correct horse"))
    message = await refused(wrong, AccessDenied)
    assert "password" in message
    assert "staple" not in message
    await refused(right, DatabaseNotMigrated)


async def reloaded(url: URL) -> None:
    """Wait until the server asks this role for its password."""
    while True:
        async with hosts_engine(url) as engine:
            try:
                async with engine.connect():
                    pass
            except Exception:  # noqa: BLE001  # refused at last
                return


async def test_database_without_tables(server_url: str, database_name: str) -> None:
    """A database that was never migrated is DatabaseNotMigrated, for check and for use."""
    async with copied_database(server_url, "template1", f"{database_name}_empty") as url:
        assert "gapless migrate" in await refused(url, DatabaseNotMigrated)
        with pytest.raises(DatabaseNotMigrated):
            async with gapless.open(url):
                pytest.fail("it was opened")
        async with hosts_engine(url) as engine:
            await migrate(engine)
            await PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS).check()


async def test_database_of_a_newer_version(server_url: str, template: str, database_name: str) -> None:
    """A database that was migrated by a newer version is DatabaseTooNew."""
    async with copied_database(server_url, template, f"{database_name}_newer") as url:
        async with connected(url) as connection:
            await connection.execute(f"SET search_path = {SCHEMA}")
            await connection.execute("UPDATE alembic_version SET version_num = 'gapless_9999'")
        async with own_engine(url) as engine:
            with pytest.raises(DatabaseTooNew):
                await PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS).check()


async def test_encoding(server_url: str, database_name: str) -> None:
    """A database that is not encoded in UTF8 is DatabaseUnsuitable, for whoever opens, migrates or compares it."""
    name = f"{database_name}_ascii"
    async with connected(server_url) as server:
        await server.execute(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'SQL_ASCII' "
            "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    try:
        async with own_engine(url_of(server_url, name)) as engine:
            with pytest.raises(DatabaseUnsuitable, match="SQL_ASCII"):
                await PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS).check()
            with pytest.raises(DatabaseUnsuitable, match="SQL_ASCII"):
                await migrate(engine)
            with pytest.raises(DatabaseUnsuitable, match="SQL_ASCII"):
                await differences(engine)
    finally:
        async with connected(server_url) as server:
            await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_role_without_rights(database_url: str, database_name: str) -> None:
    """A role that was granted nothing is AccessDenied, with a hint at the grants."""
    async with role_of(database_url, f"{database_name}_stranger") as url:
        assert "grants" in await refused(url, AccessDenied)


async def test_role_with_the_granted_rights(database_url: str, database_name: str) -> None:
    """A role with the rights that `grants` lists can do all that a store does, and no more."""
    name = f"{database_name}_granted"
    async with role_of(database_url, name) as url:
        async with connected(database_url) as server:
            await server.execute(";".join(grants(name, profile=Profile.JOBS, schema=SCHEMA)))
        async with own_engine(url) as engine:
            store = PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS)
            await store.check()
            organization = await created(store)
            async with store.unit(organization.id) as unit:
                user = await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
                await unit.of(User).save(
                    user.renamed("Bo"), an_audit_record(organization.id), (an_event(organization.id),)
                )
                await unit.commit()
            async with store.system() as system:
                assert await system.of(OutboxEvent).delete_where(lambda row: row.root_id == organization.id)
                await system.commit()
            async with store.unit(organization.id) as unit:
                await unit.of(Organization).remove(organization, an_audit_record(organization.id))
                await unit.commit()


@pytest.mark.parametrize("url", ["sqlite://", "mysql://root@localhost/db", "not a url", "postgresql+psycopg://x/y"])
async def test_other_urls(url: str) -> None:
    """An address of another database, or none at all, is refused before anything is connected."""
    with pytest.raises(StoreUnavailable) as caught:
        create_engine(url)
    assert url not in caught.value.message


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+asyncpg://ann:hush@127.0.0.1:1/db", "No PostgreSQL answers at 127.0.0.1:1."),
        ("postgresql+asyncpg://ann:hush@/db?host=127.0.0.1:1&host=127.0.0.1:2", "127.0.0.1:1,127.0.0.1:2"),
        ("postgresql+asyncpg://ann:hush@127.0.0.1:1/db?sslmode=require", "connect_args say of 127.0.0.1:1"),
        ("postgresql+asyncpg://ann:hush@127.0.0.1:99999/db", "connect_args say of 127.0.0.1:99999"),
        ("postgresql+asyncpg://ann:hush@127.0.0.1:1/db?ssl=nonsense", "connect_args say of 127.0.0.1:1"),
        ("postgresql+asyncpg://ann:hush@nosuchhost.invalid/db", "looked up: nosuchhost.invalid:5432"),
    ],
)
async def test_engines_that_lead_nowhere(url: str, told: str) -> None:
    """What is wrong with the URL of a host's engine is told with host and port, and without the password."""
    async with hosts_engine(url) as engine:
        for attempt in (PostgresStore(engine, GAPLESS, revisions=DEFAULT_REVISIONS).check(), migrate(engine)):
            with pytest.raises(StoreUnavailable) as caught:
                await attempt
            assert told in caught.value.message
            assert "hush" not in caught.value.message


@pytest.mark.parametrize("made", [sqlalchemy.create_engine, str])
async def test_engines_that_are_none(made: Callable[[str], object]) -> None:
    """A synchronous engine, or what is no engine at all, is refused by a sentence that names create_async_engine."""
    engine = cast("AsyncEngine", made("postgresql+asyncpg://127.0.0.1:1/db"))
    with pytest.raises(StoreUnavailable, match="create_async_engine"):
        async with gapless.open(engine=engine):
            pytest.fail("it was opened")
    with pytest.raises(StoreUnavailable, match="create_async_engine"):
        await migrate(engine)


async def test_engine_of_another_encoding(database_url: str) -> None:
    """An engine whose connections speak another encoding is refused by name: what it lacks could not be kept."""
    settings = {"server_settings": {"client_encoding": "LATIN1"}}
    engine = create_async_engine(database_url, connect_args=settings)
    with pytest.raises(DatabaseUnsuitable, match="client_encoding LATIN1"):
        await PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS).check()
    await engine.dispose()
