"""Databases with the tables of a host, set as a row says, and the stores on its engine, directly or by a pooler."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

import attrs
import pytest
import pytest_asyncio
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from gapless.postgres import migrate
from tests.engines.operations import Stores
from tests.engines.rows import ENGINES, POOLED
from tests.integration.databases import connected, copied_database, ensure_template
from tests.laws.workspaces import workspaces_statements
from tests.pooler import Pooler, pgbouncer

FEW, SEVERAL = 2, 4
"""How many backends the clients of a pooler share: fewer than there are tasks, or as many as a law has units open."""


@attrs.frozen
class Databases:
    """Makes databases of a test's own.

    Args:
        server_url: where.
        template: what they are copies of.
        prefix: how their names begin.
        number: tells how many there have been.
    """

    server_url: str
    template: str
    prefix: str
    number: Iterator[int] = attrs.field(factory=lambda: iter(range(10**6)))

    @asynccontextmanager
    async def made(self, settings: Mapping[str, str]) -> AsyncIterator[str]:
        """A database whose sessions begin with these settings; its address. It is dropped at the end."""
        name = f"{self.prefix}_e{next(self.number)}"
        async with copied_database(self.server_url, self.template, name) as url:
            await set_database(url, settings)
            yield url


async def set_database(url: str, settings: Mapping[str, str]) -> None:
    """Sets what each new session of a database begins with."""
    async with connected(url) as connection:
        for setting, value in settings.items():
            await connection.execute(f"ALTER DATABASE \"{make_url(url).database}\" SET {setting} = '{value}'")


@pytest_asyncio.fixture(scope="session")
async def databases(server_url: str, template: str, database_name: str) -> Databases:
    """Databases that have the tables of the laws' own catalogue beside those of gapless."""
    furnished = template.replace("template", "workspaces")

    async def furnish(url: str) -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        await migrate(engine)
        async with engine.begin() as connection:
            for statement in workspaces_statements():
                await connection.exec_driver_sql(statement)
        await engine.dispose()

    await ensure_template(server_url, furnished, furnish)
    return Databases(server_url, furnished, database_name)


@pytest.fixture(scope="session")
def pooler(server_url: str, require_pooler: None) -> Iterator[Pooler]:
    """PgBouncer before the server, with few backends."""
    assert require_pooler is None
    with pgbouncer(server_url, pool_size=FEW) as pooler:
        yield pooler


@pytest.fixture(scope="session")
def roomy_pooler(server_url: str, require_pooler: None) -> Iterator[Pooler]:
    """PgBouncer before the server, with as many backends as the laws take."""
    assert require_pooler is None
    with pgbouncer(server_url, pool_size=SEVERAL) as pooler:
        yield pooler


@pytest_asyncio.fixture(scope="session")
async def stores(row: str, databases: Databases) -> AsyncIterator[Stores]:
    """The stores on the engine of a row of ENGINES, whose database is set as the row says."""
    async with databases.made(ENGINES[row].settings) as url, ENGINES[row].engine(url) as engine:
        yield Stores.on(engine)


@pytest_asyncio.fixture(scope="session")
async def pooled_url(pooled: str, databases: Databases) -> AsyncIterator[str]:
    """A database that is set as a row of POOLED says; its address at the server."""
    async with databases.made(POOLED[pooled].settings) as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def pooled_stores(pooled: str, pooled_url: str, pooler: Pooler) -> AsyncIterator[list[Stores]]:
    """The stores on two engines of that row, as two processes have them, through the one pooler."""
    address = pooler.address(pooled_url)
    async with POOLED[pooled].engine(address, pooler=True) as one, POOLED[pooled].engine(address, pooler=True) as other:
        yield [Stores.on(one), Stores.on(other)]


@pytest_asyncio.fixture(scope="session")
async def roomy_stores(pooled: str, pooled_url: str, roomy_pooler: Pooler) -> AsyncIterator[Stores]:
    """The stores on an engine of that row through the pooler that has more backends."""
    async with POOLED[pooled].engine(roomy_pooler.address(pooled_url), pooler=True) as engine:
        yield Stores.on(engine)
