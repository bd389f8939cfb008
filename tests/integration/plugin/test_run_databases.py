"""The databases of a test run, used directly."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import StoreUnavailable
from gapless.testing import run_databases
from gapless.testing.run_databases import (
    database_differences,
    dropped_databases,
    made_empty,
    opened_store,
    prepared_database,
)
from tests.integration.databases import connected
from tests.integration.postgres.studios import NOW
from tests.voice.hosted import HOSTED, Folder
from tests.voice.rows import a_folder, created

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def run(server_url: str) -> AsyncIterator[str]:
    """The name of a run, whose databases are dropped afterwards."""
    name = f"gapless_{uuid4().hex[:12]}"
    yield name
    await dropped_databases(server_url, name)


async def databases(server_url: str, run: str) -> list[str]:
    """The names of the databases of a run."""
    async with connected(server_url) as server:
        found = await server.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", run)
        return sorted(str(row["datname"]) for row in found)


async def test_one_template_for_all_processes(server_url: str, run: str) -> None:
    """Processes that ask at once wait for one template and get a copy each; dropping leaves none of the three."""
    urls = await asyncio.gather(*[prepared_database(server_url, run, name, GAPLESS) for name in ("gw0", "gw1")])
    assert len(set(urls)) == 2
    assert len(await databases(server_url, run)) == 3
    await dropped_databases(server_url, run)
    assert await databases(server_url, run) == []


async def test_half_a_template_is_made_anew(server_url: str, run: str) -> None:
    """What a process left behind that was killed while it prepared the template is in nobody's way."""
    url = await prepared_database(server_url, run, "gw0", GAPLESS)
    template = (await databases(server_url, run))[0]
    async with connected(server_url) as server:
        await server.execute(f'ALTER DATABASE "{template}" RENAME TO "{template}_unready"')
    again = await prepared_database(server_url, run, "gw1", GAPLESS)
    assert again != url
    assert template in await databases(server_url, run)
    assert f"{template}_unready" not in await databases(server_url, run)


async def test_a_service_of_another_root(server_url: str, run: str) -> None:
    """The database of a service whose root is its own has its tables, and none of gapless."""
    url = await prepared_database(server_url, run, "main", NOW)
    assert await database_differences(url, NOW) == ()
    async with connected(url) as connection:
        tables = "SELECT relname FROM pg_class WHERE relnamespace = 'gapless'::regnamespace AND relkind = 'r'"
        assert {row["relname"] for row in await connection.fetch(tables)} == {model.table for model in NOW.models}


async def test_emptying_removes_every_row(server_url: str, run: str) -> None:
    """An emptied database holds no row, of gapless or of the host, and afterwards it guards its tables as before."""
    url = await prepared_database(server_url, run, "main", HOSTED)
    store = opened_store(url, HOSTED)
    home = (await created(store)).id
    async with store.unit(home) as unit:
        await unit.of(Folder).add(a_folder(home))
        await unit.commit()
    async with connected(url) as connection:
        guards = "SELECT tgname, tgenabled FROM pg_trigger ORDER BY tgrelid, tgname"
        before = await connection.fetch(guards)
        await made_empty(url, HOSTED)
        assert await connection.fetch(guards) == before
        with pytest.raises(asyncpg.PostgresError, match="audit_logs_append_only"):
            await connection.execute("TRUNCATE gapless.audit_logs")
    async with store.system() as system:
        counted = [await system.of(entity).count() for entity in (Organization, User, AuditRecord, Folder)]
    assert counted == [0, 0, 0, 0]


async def test_emptying_takes_rows_that_refer(server_url: str, run: str) -> None:
    """Tables that no catalogue knows lose their rows too if these refer to what is removed, and keep the others."""
    url = await prepared_database(server_url, run, "main", GAPLESS)
    home = (await created(opened_store(url, GAPLESS))).id
    async with connected(url) as connection:
        await connection.execute("CREATE TABLE badges (home uuid REFERENCES gapless.organizations)")
        await connection.execute("CREATE TABLE colours (name text)")
        await connection.execute("INSERT INTO badges VALUES ($1)", home)
        await connection.execute("INSERT INTO colours VALUES ('red')")
        await made_empty(url, GAPLESS)
        assert await connection.fetchval("SELECT count(*) FROM badges") == 0
        assert await connection.fetchval("SELECT count(*) FROM colours") == 1


async def test_emptying_does_not_wait_for_ever(server_url: str, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that was left open makes emptying fail soon, and the message says what is wrong."""
    monkeypatch.setattr(run_databases, "LOCK_SECONDS", 0.1)
    url = await prepared_database(server_url, run, "main", GAPLESS)
    store = opened_store(url, GAPLESS)
    home = (await created(store)).id
    async with store.unit(home):
        with pytest.raises(StoreUnavailable, match="left a unit of work open"):
            await made_empty(url, GAPLESS)


async def test_tables_of_another_catalogue_are_missed(server_url: str, run: str) -> None:
    """A database that was prepared for another catalogue is not taken for an empty one."""
    url = await prepared_database(server_url, run, "main", GAPLESS)
    with pytest.raises(Exception, match=r"gapless\.folders"):
        await made_empty(url, HOSTED)
