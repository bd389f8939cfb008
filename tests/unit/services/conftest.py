"""What the tests of the services share."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.unit.services.worlds import World, opened_world


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """An application on an in-memory store, with one organization, and its owner."""
    async with opened_world() as opened:
        yield opened
