"""A store that is closed. No law for every store: a test of one needs a store to itself, to close it."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.errors import StoreUnavailable
from gapless.testing.laws.making import fresh_id


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_store_that_is_closed(engine: AsyncEngine, kind: str) -> None:
    """A store that is closed opens nothing more; closing it twice is no error."""
    store = MemoryStore() if kind == "memory" else PostgresStore(engine)
    await store.aclose()
    await store.aclose()
    for opening in (store.unit, store.founding, store.reading):
        with pytest.raises(StoreUnavailable):
            async with opening(fresh_id()):
                pytest.fail("it was opened")
    with pytest.raises(StoreUnavailable):
        async with store.across():
            pytest.fail("it was opened")
