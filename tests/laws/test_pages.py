"""That the laws of pages see: each fault that is planted breaks one of them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import Phase, settings

from gapless.adapters.memory import MemoryStore
from gapless.kit import Catalogue, model_of
from gapless.kit.columns import ColumnType
from gapless.kit.cursors import PACKINGS
from gapless.kit.predicates import ORDERED, UNCOMPARED
from gapless.testing.laws.checker import check_store
from gapless.testing.laws.walking import MOVING
from tests.laws.faults.paging import PLANTS
from tests.laws.faults.planting import Plant


@pytest.fixture
def unshrunk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Examples are many, the same in each run, and one that breaks a law is not made small, which takes longest."""
    monkeypatch.setenv("GAPLESS_EFFORT", "5")  # a fault of nulls shows in one of some ten
    usual = settings.get_current_profile_name()
    settings.register_profile("unshrunk", derandomize=True, database=None, phases=[Phase.generate])
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(usual)


@pytest.mark.asyncio
@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
async def test_planted_faults_break_the_laws(monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    """A store that has one of these faults breaks a law of pages."""
    make = plant(monkeypatch)

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncIterator[MemoryStore]:
        store = make(catalogue)
        yield store
        await store.aclose()

    assert (await check_store(opened, only=["pages"])).broken


def test_what_moves_is_of_every_type() -> None:
    """Pages are walked while columns of every type to order by change; a cursor holds those of keys as well."""
    moving = [model_of(entity).column(name) for entity, values in MOVING.items() for name in values]
    assert {column.type for column in moving} == {*ORDERED}
    assert {kind for kind in ColumnType if PACKINGS.of(kind)} == {*ColumnType} - {*UNCOMPARED}
    assert {column.type for column in moving if column.nullable} == {*ORDERED}
