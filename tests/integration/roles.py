"""Roles for tests: made for a test and dropped with all that they were given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, make_url

from tests.integration.databases import connected


@asynccontextmanager
async def role_of(database_url: str, name: str) -> AsyncIterator[URL]:
    """A role without any rights, and its address of the database."""
    async with connected(database_url) as server:
        await server.execute(f'CREATE ROLE "{name}" LOGIN')
    try:
        yield make_url(database_url).set(username=name)
    finally:
        async with connected(database_url) as server:
            await server.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')
