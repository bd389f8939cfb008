"""Stores of the catalogues with several roots and with none, and worlds on them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.kit import Catalogue
from gapless.kit.ports import Store
from tests.clinics.networks import NETWORK, SHARED
from tests.clinics.worlds import World, with_roots, world_on

CATALOGUES = {"network": NETWORK, "shared": SHARED}
STORES = ["memory", pytest.param("postgres", marks=pytest.mark.server)]


@pytest_asyncio.fixture(scope="module", params=STORES)
async def stores(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[dict[str, Store]]:
    """A store of each catalogue, in memory or on PostgreSQL in schemas of their own."""
    if request.param == "memory":
        yield {name: MemoryStore(catalogue) for name, catalogue in CATALOGUES.items()}
        return
    found: dict[str, Store] = {}
    for name, catalogue in CATALOGUES.items():
        found[name] = await made(engine, catalogue, name)
    yield found
    async with engine.begin() as connection:
        for name in CATALOGUES:
            await connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")


async def made(engine: AsyncEngine, catalogue: Catalogue, schema: str) -> PostgresStore:
    """A store on tables that were made for it."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        for statement in create_statements(catalogue, schema):
            await connection.exec_driver_sql(statement)
    store = PostgresStore(engine, catalogue, schema=schema)
    await store.check()
    return store


@pytest_asyncio.fixture
async def world(stores: dict[str, Store]) -> World:
    """The clinics and the laboratory are there."""
    return await with_roots(stores["network"])


@pytest_asyncio.fixture
async def alone(stores: dict[str, Store]) -> World:
    """A world without roots."""
    return await world_on(stores["shared"])
