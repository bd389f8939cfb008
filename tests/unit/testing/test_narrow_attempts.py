"""Attempts where rows meet easily: no two rows have what none may share, and what makes it so can't be left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import UuidV7Factory
from gapless.kit import Unique
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.testing.additions import stored
from gapless.testing.counterexamples import uniques
from gapless.testing.counterexamples.attempts import StepViolation
from gapless.testing.counterexamples.rivals import Rivals
from gapless.testing.enforcers import ask_entity, ask_store
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of
from gapless.testing.own_values import Own, own_values
from gapless.testing.solving import Values
from gapless.testing.strategies.ranges import Ranges
from gapless.testing.strategies.solutions import Combination
from gapless.testing.taken import RowSearch, Taken
from gapless.testing.templates import Template, rules_apart
from gapless.testing.violations import attempts
from tests.integration.narrow_shapes import NARROW, Crew, Duty, Leaf, Node, Profile, Sailor, Ship, Side, Slot, Watch
from tests.properties import bounded
from tests.violations import named

IDS = UuidV7Factory()


async def first_wrong(*entities: type[Validated]) -> str | None:
    """The first attempt at rules of some entities that the constructor or the in-memory store answers otherwise."""
    factories = Factories(NARROW)
    for attempt in attempts(factories, only=entities):
        store = MemoryStore(NARROW)
        fixture = await stored(factories, store, IDS)
        answers = ask_entity(attempt, fixture), await ask_store(attempt, store, fixture)
        await store.aclose()
        if not all(answer.is_right for answer in answers):
            return named(attempt)
    return None


def rows_collide(patch: pytest.MonkeyPatch) -> None:
    """Nobody remembers what the rows that were made have."""
    patch.setattr(Taken, "is_met", lambda *_, **__: False)


def changes_point_nowhere(patch: pytest.MonkeyPatch) -> None:
    """A change keeps what stands for the row that is pointed at."""
    patch.setattr(Fixture, "becoming", lambda _fixture, _row, values: {**values})


def fixtures_have_no_rows(patch: pytest.MonkeyPatch) -> None:
    """A fixture has only the rows that a root can't be without."""
    patch.setattr(Factories, "referenced", property(lambda factories: factories.needed_by(factories.catalogue.root)))


def own_references_are_dropped(patch: pytest.MonkeyPatch) -> None:
    """A fixture has no row of an entity to which only its own rows refer."""

    def referenced(factories: Factories) -> tuple[Template, ...]:
        others = {template.model.entity for template in factories.needed_by(factories.catalogue.root)} | {
            entity
            for entity, references in NARROW.references_to.items()
            if any(model.entity is not entity for model, _ in references)
        }
        return tuple(template for template in kept.func(factories) if template.model.entity in others)

    kept = cast("cached_property[tuple[Template, ...]]", vars(Factories)["referenced"])
    patch.setattr(Factories, "referenced", property(referenced))


def roots_are_added_deleted(patch: pytest.MonkeyPatch) -> None:
    """A root comes to count as other rows do, though it is added with rows that only enter a live one."""

    def at_last(
        rule: Unique, template: Template, away: Values, back: Mapping[str, object], fields: list[str]
    ) -> StepViolation:
        idle = attrs.evolve(template, values={**template.values, **away})
        return uniques._counting_at_last(rule, template, idle, back, fields)

    patch.setattr(uniques, "_counting_again", at_last)


def rivals_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A rule that bounds a set is tried as if there were no other."""
    patch.setattr(Rivals, "others", [])


def first_is_always_added(patch: pytest.MonkeyPatch) -> None:
    """A second row in a set that is full is added beside a first one that is new as well."""

    def added(fixture: Fixture, _: object, template: Template) -> tuple[Validated, tuple[Validated, ...]]:
        made = fixture.made(template)
        return made, (made,)

    patch.setattr(uniques, "_first", added)


Fault = Callable[[pytest.MonkeyPatch], None]
FAULTS: Mapping[Fault, tuple[type[Validated], ...]] = {
    rows_collide: (Leaf, Profile, Duty, Watch),
    changes_point_nowhere: (Leaf, Profile),
    fixtures_have_no_rows: (Duty, Profile),
    own_references_are_dropped: (Watch,),
    roots_are_added_deleted: (Ship,),
    rivals_are_forgotten: (Sailor, Profile),
    first_is_always_added: (Node,),
}
"""What was or could be left out, each with entities whose rules show it."""


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_attempts_need_can_not_be_left_out(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a planted fault an attempt at least is not refused in the name of its rule; without one each is.

    That is asked of all of them by `test_every_catalogue`.
    """
    fault(monkeypatch)
    assert await first_wrong(*FAULTS[fault]) is not None


@bounded(15)
@given(number=st.integers(2, 12), entities=st.permutations([Sailor, Crew, Leaf, Profile, Duty, Node, Watch, Slot]))
def test_rows_of_one_fixture_never_meet(number: int, entities: list[type[Validated]]) -> None:
    """However many rows of whatever entities are made in whatever order, no two of them have what no two may share."""
    fixture = fixture_of(Factories(NARROW), IDS)
    there = Taken()
    for row in fixture.rows:
        model = NARROW.model(type(row))
        there.enter(model, model.values_by_column(row))
    for turn in range(number):
        entity = entities[turn % len(entities)]
        made = fixture.row(entity) if _has_room(fixture, entity) else None
        for row in () if made is None else (*fixture.before(made), made):
            model = NARROW.model(type(row))
            values = model.values_by_column(row)
            met = [
                rule for rule in rules_apart(model) if there.is_met(model, rule, values, RowSearch(counted_only=True))
            ]
            assert met == []
            there.enter(model, values)


def _has_room(fixture: Fixture, entity: type[Validated]) -> bool:
    try:
        attrs.evolve(fixture, taken=fixture.taken.copy(), waiting={}).row(entity)
    except DeclarationError:
        return False
    return True


def test_few_values_are_counted_up_and_come_to_an_end() -> None:
    """There are as many rows as the rules leave values, each with another one, and the next says which rule is full."""
    fixture = fixture_of(Factories(NARROW), IDS)
    berths = [fixture.there(Sailor).berth, *(fixture.row(Sailor).berth for _ in range(11))]
    assert sorted(berths) == [*range(1, 13)]
    with pytest.raises(DeclarationError, match=r"Sailor: no further row .* sailors_berth_unique .* too few values"):
        fixture.row(Sailor)
    crews = [fixture.there(Crew), *(fixture.row(Crew) for _ in range(len(Side) - 1))]
    assert {crew.side for crew in crews} == {*Side}


def test_values_of_ids_would_meet_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault is caught: of thirteen berths that are made of ids two are the same, and nobody refuses one."""

    def by_chance(column: Column, way: Combination, ranges: Ranges) -> Own | None:
        own = own_values(column, way, ranges)
        if own is None or own.size is None:
            return own
        return Own(lambda number: own.make(number % (own.size or 1)), None)

    monkeypatch.setattr("gapless.testing.factories.own_values", by_chance)
    fixture = fixture_of(Factories(NARROW), IDS)
    berths = [fixture.there(Sailor).berth, *(fixture.row(Sailor).berth for _ in range(12))]
    assert len({*berths}) < len(berths)
