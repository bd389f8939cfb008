"""The two stores of gapless: on the catalogue of the laws, and on the voice service's with entities of a host."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.kit.ports import Store
from gapless.postgres import Profile
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.entities import CONDITIONS
from tests.conftest import SCHEMA
from tests.laws.workspaces import WORKSPACES_SCHEMA, workspaces_statements
from tests.roles import engine_of
from tests.stores import STORES
from tests.voice.hosted import HOSTED


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave of each law the first case alone in a class that says `first_cases`, unless every row is asked for.

    A class that says `first_entities` has the first entity alone of each law that is tried with every one.
    """
    seen: set[tuple[object, str]] = set()
    left_out: set[pytest.Item] = set()
    for item in items:
        if isinstance(item, pytest.Function) and has_first_alone(item):
            case = (item.cls, item.originalname)
            left_out |= {item} if case in seen else set()
            seen.add(case)
    if left_out and not config.getoption("every_row"):
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]


def has_first_alone(item: pytest.Function) -> bool:
    """Whether of the law that a test runs the first case is enough in a usual run."""
    is_of_each = CONDITIONS in vars(item.function)
    return getattr(item.cls, "first_cases", False) or (is_of_each and getattr(item.cls, "first_entities", False))


@pytest_asyncio.fixture(scope="session")
async def postgres_store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL, beside whose tables stand those of the host."""
    async with engine.begin() as connection:
        for statement in create_statements(HOSTED, SCHEMA, beyond=GAPLESS):
            await connection.exec_driver_sql(statement)
    store = PostgresStore(engine, HOSTED, schema=SCHEMA)
    yield store
    await store.aclose()


@pytest_asyncio.fixture(scope="session")
async def workspaces(engine: AsyncEngine) -> str:
    """The schema with the tables of the laws' own catalogue, in the same database."""
    async with engine.begin() as connection:
        for statement in workspaces_statements():
            await connection.exec_driver_sql(statement)
    return WORKSPACES_SCHEMA


@pytest_asyncio.fixture(scope="session")
async def requests_engine(database_url: str, database_name: str, workspaces: str) -> AsyncIterator[AsyncEngine]:
    """An engine by a role that may do with workspaces what requests do."""
    async with engine_of(database_url, database_name, Profile.REQUESTS, WORKSPACES, workspaces) as engine:
        yield engine


@pytest_asyncio.fixture(scope="session")
async def jobs_engine(database_url: str, database_name: str, workspaces: str) -> AsyncIterator[AsyncEngine]:
    """An engine by a role that may do with workspaces what jobs do."""
    async with engine_of(database_url, database_name, Profile.JOBS, WORKSPACES, workspaces) as engine:
        yield engine


@pytest_asyncio.fixture
async def memory_store() -> AsyncIterator[MemoryStore]:
    """An in-memory store."""
    store = MemoryStore(HOSTED)
    yield store
    await store.aclose()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """The store that a law outside of the package runs on: each of them in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
