import pytest
from hypothesis import HealthCheck, Phase, given, settings

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.testing.strategies import World, as_stored, put, worlds
from tests.properties import Portal, bounded


async def taken_and_given_back(world: World) -> bool:
    """Whether an in-memory store takes a world, and gives back all of it as it was."""
    store = MemoryStore(GAPLESS)
    await put(store, world)
    async with store.reading(world.organization.id) as reading:
        kinds = {type(row) for row in world.rows} | {type(world.entries[0])}
        found = {row for kind in kinds for row in await reading.of(kind).find(include_deleted=True)}
    await store.aclose()
    return found == {as_stored(row) for row in (*world.rows, world.entries[0])}


def test_worlds_are_consistent(portal: Portal) -> None:
    """A store takes every world without a refusal, and gives it back equal."""

    @bounded(10)
    @given(worlds())
    def holds(world: World) -> None:
        assert portal(taken_and_given_back(world))

    holds()


class Enough(Exception):
    """Everything has been seen."""


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a world that ends the search may fill pages
def test_worlds_have_something_of_everything() -> None:
    """There are calls that go on, deleted items, and rows of every kind among the worlds."""
    missing = {"User", "PhoneNumber", "Call", "CallNote", "Subscription", "Invoice", "AuditEntry", "deleted", "ACTIVE"}

    @settings(
        max_examples=1000,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(worlds())
    def look(world: World) -> None:
        missing.difference_update(type(row).__name__ for row in world.rows)
        missing.difference_update(call.status.value for call in world.calls)
        missing.difference_update("deleted" for item in world.knowledge_items if item.is_deleted)
        if not missing:
            raise Enough

    with pytest.raises(Enough):
        look()
    assert not missing
