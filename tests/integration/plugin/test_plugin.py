"""The plugin as a host meets it: whole test runs, in processes of their own where a process matters."""

from pathlib import Path

import pytest

from gapless.adapters.postgres.connections.engine import normalised_url
from tests.integration.databases import connected
from tests.integration.plugin.hosting import host

pytest_plugins = ["pytester"]

EMPTY_STORES = """
import asyncio

import pytest
import pytest_asyncio

from gapless.domain.organizations import Organization
from tests.voice.rows import created


async def organizations_after_creating(store):
    await created(store)
    async with store.system() as system:
        return await system.of(Organization).count()


@pytest.mark.asyncio
@pytest.mark.parametrize("time", [1, 2])
async def test_store_is_empty(gapless_store, time):
    assert await organizations_after_creating(gapless_store) == 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loop():
    return asyncio.get_running_loop()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("time", [1, 2])
async def test_loop_is_the_modules(loop, gapless_store, time):
    assert asyncio.get_running_loop() is loop
    assert await organizations_after_creating(gapless_store) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_loop_is_the_sessions(gapless_postgres_store):
    assert await organizations_after_creating(gapless_postgres_store) == 1
"""
LOOP_OF_THE_HOST = """
import asyncio

import pytest

from tests.voice.rows import created


@pytest.fixture(scope="module", autouse=True)
def loop():
    own = asyncio.new_event_loop()
    asyncio.set_event_loop(own)
    yield own
    asyncio.set_event_loop(None)
    own.close()


@pytest.mark.parametrize("time", [1, 2])
def test_creating(gapless_store, loop, time):
    policy = asyncio.get_event_loop_policy()
    loop.run_until_complete(created(gapless_store))
    assert asyncio.get_event_loop() is loop
    assert asyncio.get_event_loop_policy() is policy
"""
SPREAD = """
import asyncio
from pathlib import Path

import pytest

from tests.voice.rows import created


@pytest.mark.parametrize("time", range(6))
def test_creating(gapless_postgres_store, gapless_database_url, worker_id, time):
    asyncio.run(created(gapless_postgres_store))
    Path(worker_id).write_text(gapless_database_url)
"""
LOADED = """
import os
import sys
from pathlib import Path


def pytest_sessionfinish(session):
    assert session.config.pluginmanager.has_plugin("gapless")
    Path(f"{os.getpid()}.loaded").write_text(" ".join(sys.modules))
"""
HEAVY = {"sqlalchemy", "alembic", "asyncpg", "hypothesis", "attr", "attrs", "punq", "pytest_asyncio"}
LIGHT = {"gapless", "gapless.testing", "gapless.testing.plugin", "gapless.testing.run_server"}
NOTHING = """
def test_nothing():
    assert True
"""
HOSTS_CATALOGUE = """
import pytest

from tests.voice.hosted import HOSTED


@pytest.fixture(scope="session")
def gapless_catalogue():
    return HOSTED
"""
HOSTS_ENTITY = """
import asyncio

from tests.voice.hosted import Folder
from tests.voice.rows import a_folder, created


def test_folder_is_kept(gapless_store):
    asyncio.run(keeping(gapless_store))


async def keeping(store):
    home = (await created(store)).id
    async with store.unit(home) as unit:
        await unit.of(Folder).add(a_folder(home))
        await unit.commit()
    async with store.reading(home) as reading:
        assert await reading.of(Folder).count() == 1
"""
MEMORY_ALONE = """
def test_memory(gapless_memory_store):
    assert gapless_memory_store
"""
POSTGRES = """
def test_postgres(gapless_postgres_store):
    assert gapless_postgres_store
"""


@pytest.fixture
def startable() -> None:
    """The runs of this test may start a server."""


@pytest.fixture(autouse=True)
def no_server_is_given(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs know of no server, unless a test tells them; and unless it says so, they start none."""
    monkeypatch.delenv("GAPLESS_DATABASE_URL", raising=False)
    if "startable" not in request.fixturenames:
        monkeypatch.setenv("GAPLESS_PG_BIN", str(Path(__file__).parent))


async def databases(server_url: str) -> set[str]:
    """The names of all databases of the server."""
    async with connected(server_url) as server:
        return {str(row["datname"]) for row in await server.fetch("SELECT datname FROM pg_database")}


@pytest.mark.rows("mode", ["strict", "auto"])
def test_fixtures_under_pytest_asyncio(pytester: pytest.Pytester, server_url: str, mode: str) -> None:
    """In both modes each test finds an empty store of either kind, on whatever loop the host wants it to run."""
    host(pytester, EMPTY_STORES, mode=mode)
    done = pytester.runpytest_subprocess("--gapless-database-url", server_url)
    done.assert_outcomes(passed=9)


def test_fixtures_without_pytest_asyncio(pytester: pytest.Pytester, server_url: str) -> None:
    """A host without pytest-asyncio uses the same fixtures, and a loop that it has set stays set."""
    host(pytester, LOOP_OF_THE_HOST)
    pytester.makefile(".ini", pytest="[pytest]\nfilterwarnings = error\n")
    done = pytester.runpytest_subprocess("-p", "no:asyncio", "--gapless-database-url", server_url)
    done.assert_outcomes(passed=4)


@pytest.mark.soak
@pytest.mark.asyncio
async def test_workers_on_a_given_server(pytester: pytest.Pytester, server_url: str) -> None:
    """Each worker of pytest-xdist has a database of its own on a server that is given; none is left afterwards."""
    host(pytester, SPREAD)
    done = pytester.runpytest_subprocess("-n", "2", "--gapless-database-url", server_url)
    done.assert_outcomes(passed=6)
    names = {str(normalised_url(path.read_text()).database) for path in pytester.path.glob("gw*")}
    assert len(names) == 2
    run = min(names).rpartition("_")[0].rpartition("_")[0]
    assert not [name for name in await databases(server_url) if name.startswith(run)]


@pytest.mark.usefixtures("startable")
def test_workers_on_a_temporary_server(pytester: pytest.Pytester) -> None:
    """If no server is given, the workers share one that is started, and it is gone with the run."""
    host(pytester, SPREAD)
    done = pytester.runpytest_subprocess("-n", "2")
    done.assert_outcomes(passed=6)
    urls = [normalised_url(path.read_text()) for path in pytester.path.glob("gw*")]
    assert len({url.database for url in urls}) == 2
    (directory,) = {str(url.query["host"]) for url in urls}
    assert not Path(directory).exists()


def test_server_is_started_at_need(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no server can be started, tests in memory pass all the same; the others fail and are told the remedies."""
    monkeypatch.setenv("GAPLESS_PG_BIN", str(pytester.path))
    host(pytester, MEMORY_ALONE + POSTGRES)
    done = pytester.runpytest_subprocess("-n", "1")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["No usable PostgreSQL server on this machine:", "*GAPLESS_DATABASE_URL*"])


@pytest.mark.parametrize("workers", [0, 1])
def test_loading_loads_pytest_alone(pytester: pytest.Pytester, workers: int) -> None:
    """A run that uses none of its fixtures loads nothing of what they need, in its workers or where it was started."""
    host(pytester, NOTHING, conftest=LOADED)
    pytester.makefile(".ini", pytest="[pytest]\n")
    pytester.runpytest_subprocess("-p", "no:asyncio", "-n", str(workers)).assert_outcomes(passed=1)
    processes = [set(path.read_text().split()) for path in pytester.path.glob("*.loaded")]
    assert len(processes) == 1 + workers
    for loaded in processes:
        ours_and_heavy = {name for name in loaded if name.partition(".")[0] in HEAVY | {"gapless"}}
        assert "gapless.testing.plugin" in ours_and_heavy
        assert ours_and_heavy <= LIGHT


def test_hosts_catalogue(pytester: pytest.Pytester, server_url: str) -> None:
    """A host that overrides the catalogue has the tables of its own entities in both stores."""
    host(pytester, HOSTS_ENTITY, conftest=HOSTS_CATALOGUE)
    done = pytester.runpytest_inprocess("--gapless-database-url", server_url)
    done.assert_outcomes(passed=2)


def test_no_failure_shows_a_password(pytester: pytest.Pytester) -> None:
    """A server that does not answer is told by its place alone, and at the end of the run once more."""
    host(pytester, POSTGRES)
    refused = pytester.runpytest_inprocess("--gapless-database-url", "postgresql://me:secret@127.0.0.1:1/app")
    refused.assert_outcomes(errors=1)
    refused.stdout.fnmatch_lines(["No PostgreSQL answers at 127.0.0.1:1.*"])
    refused.stdout.no_fnmatch_line("*secret*")
    assert [line.partition(":")[0] for line in refused.errlines] == ["gapless"]
