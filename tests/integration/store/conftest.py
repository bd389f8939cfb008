"""A store on PostgreSQL with gapless alone, and engines of a test's own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import URL, AsyncAdaptedQueuePool, NullPool, Pool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.domain.catalogue import GAPLESS
from gapless.embedded import EmbeddedServer
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.integration.unreadable import without_checks
from tests.proxy import Proxy, proxied


@pytest_asyncio.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """The store of this test process's database."""
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    yield store
    await store.aclose()


@pytest_asyncio.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server; its url is that of the database through it."""
    async with proxied(database_url) as proxy:
        yield proxy


@asynccontextmanager
async def own_engine(url: URL | str, *, seconds: float = 5.0) -> AsyncIterator[AsyncEngine]:
    """An engine as gapless makes it, disposed of at the end."""
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    engine = create_engine(text, connect_seconds=seconds)
    try:
        yield engine
    finally:
        await engine.dispose()


def checked_out(engine: AsyncEngine) -> int:
    """How many connections of an engine are in use."""
    assert isinstance(engine.pool, AsyncAdaptedQueuePool)
    return engine.pool.checkedout()


@asynccontextmanager
async def hosts_engine(url: URL | str, pool: type[Pool] = NullPool) -> AsyncIterator[AsyncEngine]:
    """An engine as a host might make it."""
    engine = create_async_engine(url, poolclass=pool)
    try:
        yield engine
    finally:
        await engine.dispose()


@pytest.fixture(scope="session")
def other_server() -> Iterator[EmbeddedServer]:
    """A server that a test may reconfigure."""
    with EmbeddedServer.start() as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def unchecked_url(server_url: str, template: str, database_name: str) -> AsyncIterator[str]:
    """A database without a check on what a row holds."""
    async with without_checks(server_url, template, f"{database_name}_unchecked") as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def unchecked(unchecked_url: str) -> AsyncIterator[PostgresStore]:
    """The store on that."""
    async with own_engine(unchecked_url) as engine:
        yield PostgresStore(engine, GAPLESS)


@pytest_asyncio.fixture
async def plain(unchecked_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Plain SQL in that database."""
    async with connected(unchecked_url) as connection:
        yield connection
