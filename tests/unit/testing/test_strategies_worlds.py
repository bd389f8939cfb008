import pytest
from hypothesis import HealthCheck, given, settings

from gapless.adapters.memory import MemoryStore
from gapless.kit import AtLeastOne, Catalogue
from gapless.kit.python_compiler import is_true
from gapless.kit.soft_deletion import is_soft_deletable
from gapless.testing.strategies import World, as_stored, put, worlds
from tests.properties import SEARCH, Portal, bounded
from tests.voice.hosted import HOSTED


async def taken_and_given_back(world: World) -> bool:
    """Whether an in-memory store takes a world, and gives back all of it as it was."""
    store = MemoryStore(HOSTED)
    await put(store, world)
    async with store.reading(world.id) as reading:
        kinds = {type(row) for row in world.rows} | {type(world.audit)}
        found = {row for kind in kinds for row in await reading.of(kind).find(include_deleted=True)}
    await store.aclose()
    return found == {as_stored(row) for row in (*world.rows, world.audit)}


def test_worlds_are_consistent(portal: Portal) -> None:
    """A store takes every world without a refusal, and gives it back equal."""

    @bounded(10)
    @given(worlds(HOSTED))
    def holds(world: World) -> None:
        assert portal(taken_and_given_back(world))

    holds()


class Enough(Exception):
    """Everything has been seen."""


def everything(catalogue: Catalogue) -> set[str]:
    """What there is to be seen: rows of each entity, deleted ones of those that can be, and what each rule counts."""
    found = {rule.name for _, rule in catalogue.invariants}
    for model in catalogue.models:
        if model.entity not in catalogue.archives:
            found |= {model.name, *([f"deleted {model.name}"] if is_soft_deletable(model) else [])}
    return found - {f"deleted {catalogue.root.name}"}  # which lets no row in


def seen_in(catalogue: Catalogue, world: World) -> set[str]:
    """What of everything a world has."""
    found = {type(row).__name__ for row in world.rows}
    for model in catalogue.models:
        rows = world.of(model.entity)
        if model.soft_deleted is not None and any(map(is_true(model.soft_deleted), rows)):
            found.add(f"deleted {model.name}")
        for invariant in catalogue.invariants_of(model.entity):
            if invariant.number(rows) > isinstance(invariant.rule, AtLeastOne):
                found.add(invariant.rule.name)
    return found


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a world that ends the search may fill pages
def test_worlds_have_something_of_everything() -> None:
    """There are rows of each entity that can have some, deleted ones too, and those that rules count."""
    missing = everything(HOSTED)

    @settings(SEARCH, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds(HOSTED))
    def look(world: World) -> None:
        missing.difference_update(seen_in(HOSTED, world))
        if not missing:
            raise Enough

    with pytest.raises(Enough):
        look()
    assert not missing
