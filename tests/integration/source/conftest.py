"""A migrated database in which the source's statements may make what they like beside ours."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from tests.integration.databases import connected, copied_database


@pytest_asyncio.fixture(scope="module")
async def scratch(server_url: str, template: str, database_name: str) -> AsyncIterator[asyncpg.Connection]:
    """The bare driver's connection to a migrated database of the module's own, dropped at its end."""
    async with copied_database(server_url, template, f"{database_name}_source") as url, connected(url) as connection:
        yield connection
