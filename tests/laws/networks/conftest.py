"""Stores of the catalogues with several roots and with none, and worlds on them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit.ports import Store
from tests.clinics.networks import NETWORKS
from tests.clinics.worlds import World, with_roots, world_on
from tests.stores import STORES, stores_of


@pytest_asyncio.fixture(scope="module", params=STORES)
async def stores(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[dict[str, Store]]:
    """A store of each catalogue, in memory or on PostgreSQL in schemas of their own."""
    async with stores_of(request.param, engine, NETWORKS) as found:
        yield found


@pytest_asyncio.fixture
async def world(stores: dict[str, Store]) -> World:
    """The clinics and the laboratory are there."""
    return await with_roots(stores["network"])


@pytest_asyncio.fixture
async def alone(stores: dict[str, Store]) -> World:
    """A world without roots."""
    return await world_on(stores["shared"])
