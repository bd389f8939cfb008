"""The two stores of gapless, on which every law runs, with the catalogue of a host that brings entities of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.definitions.ddl import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.kit.ports import Store
from gapless.migrations import Profile
from gapless.testing.voice.hosted import HOSTED
from tests.conftest import SCHEMA
from tests.roles import engine_of


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
async def requests_engine(
    database_url: str, database_name: str, postgres_store: PostgresStore
) -> AsyncIterator[AsyncEngine]:
    """An engine by a role that may do what requests do."""
    assert postgres_store is not None  # it has made the tables
    async with engine_of(database_url, database_name, Profile.REQUESTS, HOSTED) as engine:
        yield engine


@pytest_asyncio.fixture(scope="session")
async def jobs_engine(
    database_url: str, database_name: str, postgres_store: PostgresStore
) -> AsyncIterator[AsyncEngine]:
    """An engine by a role that may do what jobs do."""
    assert postgres_store is not None  # it has made the tables
    async with engine_of(database_url, database_name, Profile.JOBS, HOSTED) as engine:
        yield engine


@pytest_asyncio.fixture
async def memory_store() -> AsyncIterator[MemoryStore]:
    """An in-memory store."""
    store = MemoryStore(HOSTED)
    yield store
    await store.aclose()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """The store that a law outside of the package runs on: each of them in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
