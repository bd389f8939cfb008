"""What every store promises also holds for one that enforces the rules of this service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from own_service.appointments import appointment_rules

from gapless import MemoryStore
from gapless.kit import Catalogue, Store
from gapless.testing import check_store


@asynccontextmanager
async def opened(catalogue: Catalogue) -> AsyncIterator[Store]:
    """A store for the laws, whose catalogue holds the entity of this service as well."""
    store = MemoryStore(catalogue + appointment_rules)
    yield store
    await store.aclose()


async def test_laws_hold() -> None:
    """The laws about what is seen, when, and of what is deleted, hold."""
    report = await check_store(opened, only=["visibility", "deleted_rows"])
    assert report.broken == (), report.as_text()
    assert report.holding
