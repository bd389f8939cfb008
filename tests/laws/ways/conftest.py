"""Both stores of the catalogue with rows that belong to a clinic through others, and offices on them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit.ports import Store
from tests.clinics.cases import CASES
from tests.clinics.offices import Office, office_on
from tests.stores import STORES, store_of


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store in memory, or on PostgreSQL."""
    async with store_of(request.param, engine, CASES, "cases") as found:
        yield found


@pytest_asyncio.fixture
async def office(store: Store) -> Office:
    """Two clinics of its own."""
    return await office_on(store)
