"""Stores of a catalogue for tests: in memory, or on PostgreSQL in a schema of its own, dropped at the end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.kit import Catalogue
from gapless.kit.limits import Limits
from gapless.kit.ports import Store
from tests.integration.databases import driver_of

IMPATIENT = Limits(lock=0.05)
"""Hardly any time to wait for a lock, for stores on which searches and faults would wait often."""
STORES = ["memory", pytest.param("postgres", marks=pytest.mark.server)]
"""The kinds of store, as a fixture or a test takes them for its parameters."""


@asynccontextmanager
async def schema_of(engine: AsyncEngine, schema: str, statements: Sequence[str]) -> AsyncIterator[None]:
    """A schema that statements fill."""
    async with engine.connect() as connection:
        # As one script: to ask for each statement by itself takes three times as long.
        await (await driver_of(connection)).execute(";\n".join([f"CREATE SCHEMA {schema}", *statements]))
    try:
        yield
    finally:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


@asynccontextmanager
async def tables_of(engine: AsyncEngine, catalogue: Catalogue, schema: str) -> AsyncIterator[None]:
    """A schema with the tables of a catalogue."""
    async with schema_of(engine, schema, create_statements(catalogue, schema)):
        yield


@asynccontextmanager
async def postgres_store(engine: AsyncEngine, catalogue: Catalogue, schema: str) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL, which finds its tables as they should be."""
    async with tables_of(engine, catalogue, schema):
        store = PostgresStore(engine, catalogue, schema=schema)
        await store.check()
        yield store


@asynccontextmanager
async def store_of(kind: str, engine: AsyncEngine, catalogue: Catalogue, schema: str) -> AsyncIterator[Store]:
    """A store of one of the kinds."""
    if kind == "memory":
        yield MemoryStore(catalogue)
        return
    async with postgres_store(engine, catalogue, schema) as found:
        yield found


@asynccontextmanager
async def stores_of(
    kind: str, engine: AsyncEngine, catalogues: Mapping[str, Catalogue], prefix: str = ""
) -> AsyncIterator[dict[str, Store]]:
    """A store of each catalogue by its name, which is that of its schema as well, behind a prefix."""
    async with AsyncExitStack() as stack:
        found: dict[str, Store] = {}
        for name, catalogue in catalogues.items():
            schema = prefix + re.sub(r"\W+", "_", name)
            found[name] = await stack.enter_async_context(store_of(kind, engine, catalogue, schema))
        yield found
