"""One PostgreSQL server for a whole test run, one migrated database for each of its processes, one engine on it."""

import asyncio
import gc
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

import gapless
from gapless.adapters.postgres import create_engine
from gapless.adapters.postgres.migrations.chain import revision_names
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.embedded import EmbeddedServer, EmbeddedServerUnavailable
from gapless.postgres import migrate
from tests import tiers
from tests.environment import without_colours
from tests.integration.databases import copied_database, ensure_template
from tests.pooler import REMEDY, find_pgbouncer
from tests.progress import install
from tests.properties import Portal

SCHEMA = "gapless"

SERVER = pytest.StashKey[EmbeddedServer]()


class WorkerNode(Protocol):
    """What is used of the controller's view of one worker of pytest-xdist."""

    config: pytest.Config
    workerinput: dict[str, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose how much it takes."""
    tiers.add_options(parser)
    group = parser.getgroup("gapless")
    group.addoption("--require-pooler", action="store_true", help="fail without PgBouncer, and do not skip")
    group.addoption("--installed", action="store_true", help="let pip fill the environments of the wheel from the lock")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that is marked with `rows` the rows of its table: the first one, or all."""
    for mark in metafunc.definition.iter_markers("rows"):
        argument, table = mark.args
        rows = list(table) if metafunc.config.getoption("every_row") else list(table)[:1]
        metafunc.parametrize(argument, rows, scope="session")


def pytest_configure(config: pytest.Config) -> None:
    """Let no property fail because a machine is slow or busy, and tell the progress file by file."""
    without_colours(os.environ)
    install(config)
    tiers.forbid_servers(config)
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not read a file of which this run takes nothing."""
    return tiers.is_left_out(config, collection_path) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests by their tiers, before `-m` chooses among them, and leave out what this run does not take."""
    tiers.mark(config.rootpath, items)
    tiers.select(config, items)


def pytest_collection_finish() -> None:
    """Leave what is there from now on to the collector alone: looking through all that was imported costs most."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerNode) -> None:
    """Start the server in the controller, because it outlives every worker, and tell the worker where it is."""
    if node.config.getoption("no_server"):
        return
    try:
        node.workerinput["server_url"] = _address(node.config)
    except EmbeddedServerUnavailable as error:
        node.workerinput["server_error"] = str(error)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the process that started it is done."""
    if server := config.stash.get(SERVER, None):
        server.stop()


@pytest.fixture(scope="session")
def every_row(request: pytest.FixtureRequest) -> bool:
    """Whether a test asks about every row of a table, and not about some that are spread over it."""
    return bool(request.config.getoption("every_row"))


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """Address of the maintenance database of a PostgreSQL server, whose role may create databases."""
    told: dict[str, str] = getattr(request.config, "workerinput", {})
    if error := told.get("server_error"):
        pytest.fail(error, pytrace=False)
    return told.get("server_url") or _address(request.config)


@pytest.fixture(scope="session")
def require_pooler(request: pytest.FixtureRequest) -> None:
    """Skip what needs PgBouncer on a machine without it, unless the run insists on it."""
    if find_pgbouncer() is None:
        if request.config.getoption("require_pooler"):
            pytest.fail(REMEDY, pytrace=False)
        pytest.skip(REMEDY)


def _address(config: pytest.Config) -> str:
    if given := os.environ.get("GAPLESS_DATABASE_URL"):
        return given
    if SERVER not in config.stash:
        config.stash[SERVER] = EmbeddedServer.start()
    return config.stash[SERVER].url()


@pytest.fixture(scope="session")
def database_name() -> str:
    """Name for a database of this test process alone: two runs against one server don't meet."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid():x}")[:12]
    return f"gapless_{run}_{os.environ.get('PYTEST_XDIST_WORKER', 'master')}"


@pytest_asyncio.fixture(scope="session")
async def template(server_url: str) -> str:
    """Name of a migrated database to copy; another one whenever the migrations or the rules have changed."""
    frozen = [path.read_text(encoding="utf-8") for path in sorted(Path(gapless.__file__).parent.rglob("*.sql"))]
    rules = hashlib.sha256("\n".join([*create_statements(GAPLESS, SCHEMA), *frozen]).encode()).hexdigest()[:12]
    name = f"gapless_template_{revision_names(DEFAULT_REVISIONS)[-1]}_{rules}"
    await ensure_template(server_url, name, _migrated)
    return name


@pytest_asyncio.fixture(scope="session")
async def database_url(server_url: str, template: str, database_name: str) -> AsyncIterator[str]:
    """Address of a migrated database that the tests of this process share; each brings organizations of its own."""
    async with copied_database(server_url, template, database_name) as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The engine on that database; when all tests are done, every connection has come back."""
    engine = create_engine(database_url)
    yield engine
    assert isinstance(engine.pool, AsyncAdaptedQueuePool)
    left = engine.pool.checkedout()
    await engine.dispose()
    assert left == 0, "a test has not given its connection back"


@pytest_asyncio.fixture(scope="session")
async def portal() -> Portal:
    """Runs a coroutine on the session's loop, for properties: they are no coroutines, so the loop is idle then."""
    return asyncio.get_running_loop().run_until_complete


async def _migrated(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    await migrate(engine)
    await engine.dispose()
