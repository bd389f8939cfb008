"""Roles for tests: made for a test and dropped with all that they were given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, make_url

from tests.roles import role_with


@asynccontextmanager
async def role_of(database_url: str, name: str) -> AsyncIterator[URL]:
    """A role without any rights, and its address of the database."""
    async with role_with(database_url, name) as url:
        yield make_url(url)
