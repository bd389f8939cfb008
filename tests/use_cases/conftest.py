"""The stores on which every use case is tried: an application on each, with one organization and its owner."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.kit.ports import Store
from gapless.postgres import Profile
from tests.conftest import SCHEMA
from tests.roles import engine_of
from tests.stores import STORES
from tests.use_cases.worlds import World, world_on


@pytest_asyncio.fixture(scope="session")
async def postgres_store(database_url: str, database_name: str) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL, by a role that may do what requests do."""
    async with engine_of(database_url, database_name, Profile.REQUESTS, GAPLESS) as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        yield store
        await store.aclose()


@pytest_asyncio.fixture(scope="session")
async def postgres_jobs(
    database_url: str, database_name: str, postgres_store: PostgresStore
) -> AsyncIterator[PostgresStore]:
    """The same store, by a role that may do what jobs do."""
    async with engine_of(database_url, database_name, Profile.JOBS, GAPLESS) as engine:
        jobs = postgres_store.beside(engine)
        yield jobs
        await jobs.aclose()


@pytest_asyncio.fixture
async def memory_store() -> AsyncIterator[MemoryStore]:
    """An in-memory store."""
    store = MemoryStore(GAPLESS)
    yield store
    await store.aclose()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """The store that a use case is tried on: each of them in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def jobs(request: pytest.FixtureRequest, store: Store) -> Store:
    """The same store as the jobs come to it."""
    found: Store = request.getfixturevalue("postgres_jobs") if isinstance(store, PostgresStore) else store
    return found


@pytest_asyncio.fixture
async def world(store: Store, jobs: Store) -> World:
    """An application on that store, with an organization of its own."""
    return await world_on(store, f"acme-{uuid4().hex}", jobs=jobs)
