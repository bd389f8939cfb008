"""Both stores of the catalogue with rows that belong to a clinic through others, and offices on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.kit.ports import Store
from tests.clinics.cases import CASES
from tests.clinics.offices import Office, office_on
from tests.laws.networks.conftest import STORES, made


@asynccontextmanager
async def tables(engine: AsyncEngine, schema: str) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL with tables of its own, which are dropped at the end."""
    try:
        yield await made(engine, CASES, schema)
    finally:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store in memory, or on PostgreSQL."""
    if request.param == "memory":
        yield MemoryStore(CASES)
    else:
        async with tables(engine, "cases") as found:
            yield found


@pytest_asyncio.fixture
async def office(store: Store) -> Office:
    """Two clinics of its own."""
    return await office_on(store)
