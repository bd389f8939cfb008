"""A migrated database of its own for each test, for what touches other tests' rows or the definitions themselves."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.integration.databases import connected, copied_database


@pytest_asyncio.fixture
async def own_database(server_url: str, template: str, database_name: str) -> AsyncIterator[str]:
    """Address of a fresh migrated database, dropped after the test."""
    async with copied_database(server_url, template, f"{database_name}_own") as url:
        yield url


@pytest_asyncio.fixture
async def empty_database(server_url: str, database_name: str) -> AsyncIterator[str]:
    """Address of a database without anything in it, dropped after the test."""
    async with copied_database(server_url, "template0", f"{database_name}_empty") as url:
        yield url


@pytest_asyncio.fixture
async def connection(own_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The bare driver's connection to the fresh database."""
    async with connected(own_database) as driver:
        yield driver


@pytest_asyncio.fixture
async def own_engine(own_database: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the fresh database that keeps no connection."""
    engine = create_async_engine(own_database, poolclass=NullPool)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def empty_engine(empty_database: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the empty database that keeps no connection."""
    engine = create_async_engine(empty_database, poolclass=NullPool)
    yield engine
    await engine.dispose()
