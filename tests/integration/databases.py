"""Databases for tests: prepare one once, as a template, and copy it for each test process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Prepare = Callable[[str], Awaitable[None]]


def url_of(server_url: str, database: str) -> str:
    """Return the address of another database of the same server."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect with the bare driver, outside any transaction, to a URL written for SQLAlchemy."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        yield connection
    finally:
        await connection.close()


def address_of(engine: AsyncEngine) -> str:
    """Return the URL to which an engine connects, with its password."""
    return engine.url.render_as_string(hide_password=False)


async def driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """Return the connection of the driver that is below one of SQLAlchemy's."""
    return cast("asyncpg.Connection", (await connection.get_raw_connection()).driver_connection)


async def ensure_template(server_url: str, template: str, prepare: Prepare) -> None:
    """Make a template database, unless it is there; processes that ask at the same time wait for the first.

    Args:
        server_url: the address of the server's maintenance database.
        template: its name, which changes whenever what `prepare` does changes.
        prepare: fills the database at the URL that it is given, and leaves no connection open.
    """
    async with connected(server_url) as server:
        await server.execute("SELECT pg_advisory_lock(hashtext($1))", template)
        if await server.fetchval("SELECT true FROM pg_database WHERE datname = $1 AND datistemplate", template):
            return
        await server.execute(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
        await server.execute(f'CREATE DATABASE "{template}"')
        await prepare(url_of(server_url, template))
        await server.execute(f'ALTER DATABASE "{template}" WITH is_template true allow_connections false')


@asynccontextmanager
async def copied_database(server_url: str, template: str, name: str) -> AsyncIterator[str]:
    """Copy a template; yield the copy's address, and drop it at the end, whoever is still connected."""
    async with connected(server_url) as server:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield url_of(server_url, name)
    finally:
        async with connected(server_url) as server:
            await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
