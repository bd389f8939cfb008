"""The pytest plugin: stores for the tests of a service, as fixtures whose names begin with `gapless_`.

Its entry point loads it into every test run of an environment that has gapless, so it imports nothing but pytest until
a fixture is asked for. The fixtures are plain functions. What they have to await runs on an event loop of its own in a
thread of its own, so that they need no plugin for asyncio, and work beside any of them in any mode.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from gapless.adapters.memory import MemoryStore
    from gapless.adapters.postgres import PostgresStore
    from gapless.kit import Catalogue
    from gapless.kit.ports import Store
    from gapless.testing.run_server import RunServer, Served, ServerDesk

SERVER: pytest.StashKey[RunServer] = pytest.StashKey()
DESK: pytest.StashKey[ServerDesk] = pytest.StashKey()
VERIFIED: pytest.StashKey[dict[tuple[str, int], tuple[str, ...]]] = pytest.StashKey()
TOLD = "gapless_server_desk"


class WorkerNode(Protocol):
    """The attributes of a worker of pytest-xdist that are used here, as the controller sees it."""

    config: pytest.Config
    workerinput: dict[str, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option that names a server."""
    parser.getgroup("gapless").addoption(
        "--gapless-database-url",
        metavar="URL",
        help="A PostgreSQL server for the gapless_ fixtures: any database of it, and a role that may create databases. "
        "Without it GAPLESS_DATABASE_URL is read, and without that a temporary server is started.",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerNode) -> None:
    """Tells a worker of pytest-xdist where it can ask for the server; the server outlives every worker."""
    from gapless.testing.run_server import ServerDesk  # noqa: PLC0415  # loaded by runs with workers only

    if DESK not in node.config.stash:
        node.config.stash[DESK] = ServerDesk.open(_server(node.config))
    node.workerinput[TOLD] = node.config.stash[DESK].address


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the server if the run has started it, or else drops the databases of the run."""
    if desk := config.stash.get(DESK, None):
        desk.close()
    if server := config.stash.get(SERVER, None):
        server.close()


@pytest.fixture(scope="session")
def gapless_catalogue() -> Catalogue:
    """The catalogue of the stores: GAPLESS, unless a host overrides this fixture in its `conftest.py`."""
    from gapless.bootstrap import DEFAULT_CATALOGUE  # noqa: PLC0415  # loaded by tests that ask for it only

    return DEFAULT_CATALOGUE


@pytest.fixture
def gapless_memory_store(gapless_catalogue: Catalogue) -> Iterator[MemoryStore]:
    """An open and empty in-memory store; it is closed after the test."""
    from gapless.adapters.memory import MemoryStore  # noqa: PLC0415  # loaded by tests that ask for it only
    from gapless.testing.run_databases import run_apart  # noqa: PLC0415  # as above

    store = MemoryStore(gapless_catalogue)
    yield store
    run_apart(store.aclose())


@pytest.fixture(scope="session")
def gapless_database_url(request: pytest.FixtureRequest, gapless_catalogue: Catalogue) -> str:
    """The address of a migrated database that the tests of this process share, and no other process uses."""
    from gapless.embedded import EmbeddedServerUnavailable  # noqa: PLC0415  # as above
    from gapless.kit.errors import StoreUnavailable  # noqa: PLC0415  # loaded by tests that ask for it only
    from gapless.testing.run_databases import prepared_database, run_apart  # noqa: PLC0415  # as above

    try:
        served = _served(request.config)
        process = _told(request.config).get("workerid", "main")
        return run_apart(prepared_database(served.url, served.run, process, gapless_catalogue))
    except (EmbeddedServerUnavailable, StoreUnavailable) as error:
        reason = str(error)
    pytest.fail(reason, pytrace=False)


@pytest.fixture
def gapless_verified_database_url(
    request: pytest.FixtureRequest, gapless_database_url: str, gapless_catalogue: Catalogue
) -> str:
    """The same address, once the database is found to enforce all of `gapless_catalogue`; otherwise the test fails.

    The failure lists the differences. A host that overrides `gapless_database_url` with a database made by its own
    migrations tests these migrations so.
    """
    from gapless.kit.errors import StoreUnavailable  # noqa: PLC0415  # loaded by tests that ask for it only
    from gapless.testing.run_databases import database_differences, run_apart  # noqa: PLC0415  # as above

    verified = request.config.stash.setdefault(VERIFIED, {})
    asked = (gapless_database_url, id(gapless_catalogue))
    try:
        if asked not in verified:
            verified[asked] = run_apart(database_differences(gapless_database_url, gapless_catalogue))
    except StoreUnavailable as error:
        pytest.fail(error.message, pytrace=False)
    if verified[asked]:
        lines = "".join(f"\n- {sentence}" for sentence in verified[asked])
        pytest.fail(
            f"The database at gapless_database_url lacks what gapless_catalogue declares:{lines}", pytrace=False
        )
    return gapless_database_url


@pytest.fixture
def gapless_postgres_store(gapless_verified_database_url: str, gapless_catalogue: Catalogue) -> Iterator[PostgresStore]:
    """An open store on PostgreSQL at `gapless_database_url`, emptied before the test; it is closed after the test.

    Each unit opens a connection of its own, so that the store can be used on any event loop.
    """
    from gapless.testing.run_databases import made_empty, opened_store, run_apart  # noqa: PLC0415  # as above

    run_apart(made_empty(gapless_verified_database_url, gapless_catalogue))
    store = opened_store(gapless_verified_database_url, gapless_catalogue)
    yield store
    run_apart(store.aclose())


@pytest.fixture(params=["memory", "postgres"])
def gapless_store(request: pytest.FixtureRequest) -> Store:
    """An open and empty store; a test that asks for it runs twice, in memory and on PostgreSQL."""
    found: Store = request.getfixturevalue(f"gapless_{request.param}_store")
    return found


def _served(config: pytest.Config) -> Served:
    """The server of the run; a worker of pytest-xdist asks the controller for it."""
    from gapless.testing.run_server import ask_desk  # noqa: PLC0415  # loaded by tests that ask for it only

    address = _told(config).get(TOLD)
    return _server(config).served() if address is None else ask_desk(address)


def _told(config: pytest.Config) -> dict[str, str]:
    """The address of the controller's desk if this process is a worker, else None."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    return told


def _server(config: pytest.Config) -> RunServer:
    from gapless.testing.run_server import RunServer  # noqa: PLC0415  # loaded by runs that may need a server only

    if SERVER not in config.stash:
        given = config.getoption("gapless_database_url") or os.environ.get("GAPLESS_DATABASE_URL")
        config.stash[SERVER] = RunServer(given)
    return config.stash[SERVER]
