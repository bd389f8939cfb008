"""The stores on which every use case is tried: an application on each, with one organization and its owner."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.ports import Store
from tests.conftest import SCHEMA
from tests.use_cases.worlds import World, world_on


@pytest_asyncio.fixture(scope="session")
async def postgres_store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL."""
    store = PostgresStore(engine, schema=SCHEMA)
    yield store
    await store.aclose()


@pytest_asyncio.fixture
async def memory_store() -> AsyncIterator[MemoryStore]:
    """A store in memory."""
    store = MemoryStore()
    yield store
    await store.aclose()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """The store that a use case is tried on: each of them in turn."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest_asyncio.fixture
async def world(store: Store) -> World:
    """An application on that store, with an organization of its own."""
    return await world_on(store, f"acme-{uuid4().hex}")
