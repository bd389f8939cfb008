"""What every store promises also holds for one that enforces the rules of this service."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from gapless import MemoryStore
from gapless.kit import Catalogue, Store
from gapless.testing import Casting, check_store


@asynccontextmanager
async def opened(catalogue: Catalogue) -> AsyncGenerator[Store]:
    """A store for the laws."""
    store = MemoryStore(catalogue)
    yield store
    await store.aclose()


async def test_laws_hold(casting: Casting) -> None:
    """The laws about what is seen, when, and of what is deleted, hold for the catalogue of this service."""
    report = await check_store(opened, only=["visibility", "deleted_rows"], casting=casting)
    assert report.broken == (), report.as_text()
    assert report.holding
