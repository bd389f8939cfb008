"""Attempts where rows are scarce: each is refused in the name of its rule, whoever is asked, and none is let pass."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.kit import DataType, Model
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.testing.additions import stored
from gapless.testing.counterexamples import keys, references
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.differential.vocabulary import Referred
from gapless.testing.enforcers import Answer, ask_entity, ask_sql, ask_store
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of
from gapless.testing.strategies.ranges import count_of
from gapless.testing.taken import RowSearch
from gapless.testing.violations import NOBODY, attempts
from tests.integration.databases import connected
from tests.integration.scarce_shapes import SCARCE, Colour, Floor, Folder, Paint
from tests.stores import postgres_store
from tests.violations import IDS, named

SCHEMA = "scarce"


async def wrong_in_memory(name: str) -> dict[str, list[Answer]]:
    """What the constructor and the in-memory store answer otherwise than by the name of the rule."""
    factories, found = Factories(SCARCE[name]), dict[str, list[Answer]]()
    for attempt in tried(factories):
        store = MemoryStore(SCARCE[name])
        fixture = await stored(factories, store, IDS)
        answers = [ask_entity(attempt, fixture), await ask_store(attempt, store, fixture)]
        await store.aclose()
        if not all(answer.is_right for answer in answers):
            found[named(attempt)] = answers
    return found


def tried(factories: Factories) -> list[Attempt]:
    """What breaks the rules; that of a key alone is told by the key."""
    return [attempt for attempt in attempts(factories) if attempt.tried != NOBODY]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", SCARCE)
async def test_entity_and_memory_refuse(name: str) -> None:
    """Each attempt is refused in the name of its rule, in a store of its own: there are too few rows for several."""
    assert await wrong_in_memory(name) == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", SCARCE)
async def test_postgresql_refuses(name: str, engine: AsyncEngine, database_url: str) -> None:
    """PostgreSQL itself refuses each attempt by the rule's name, though keys are members and truths."""
    factories = Factories(SCARCE[name])
    async with postgres_store(engine, SCARCE[name], SCHEMA) as store, connected(database_url) as driver:
        same = await stored(factories, store, IDS)
        made = [attempt for attempt in tried(factories) if not isinstance(attempt.rule, DataType)]
        answers = {named(attempt): await ask_sql(attempt, driver, SCHEMA, same) for attempt in made}
    assert {name: said for name, said in answers.items() if not said.is_right} == {}


def orphans_point_at_what_is_made(patch: pytest.MonkeyPatch) -> None:
    """A row points at whatever further row the rules leave, though that may be there."""
    patch.setattr(references, "_leading_nowhere", lambda _fixture, _model, _rule, row: row)


def needed_rows_need_none(patch: pytest.MonkeyPatch) -> None:
    """The rows that a row can't be without are added, and not those that these can't be without."""
    with_needed = Fixture.with_needed

    def one_deep(fixture: Fixture, row: Validated, above: tuple[type, ...] = (), *_: object) -> tuple[Validated, ...]:
        return (row,) if above else with_needed(fixture, row)

    patch.setattr(Fixture, "with_needed", one_deep)


def changed_rows_are_always_new(patch: pytest.MonkeyPatch) -> None:
    """A row that is to be changed is added, though there is room for one alone."""

    def added(fixture: Fixture, model: Model[Validated]) -> tuple[Validated, bool]:
        return (fixture.there(model.entity), True) if model.is_root else (fixture.row(model.entity), False)

    patch.setattr(keys, "there_or_added", added)


FAULTS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    orphans_point_at_what_is_made: "guests",
    needed_rows_need_none: "seals",
    changed_rows_are_always_new: "seals",
}
"""What was or could be left out, each with the catalogue that shows it."""


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_scarce_can_not_be_left_out(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a planted fault an attempt at least is answered otherwise."""
    fault(monkeypatch)
    assert await wrong_in_memory(FAULTS[fault]) != {}


def test_a_fixture_has_no_row_twice_however_many_there_were() -> None:
    """Each fixture has its own share of few values, though all fixtures together have had all of them."""
    factories = Factories(SCARCE["lamps"])
    for _ in range(5):
        fixture = fixture_of(factories, IDS)
        assert {fixture.there(Paint).colour, fixture.row(Paint).colour} == {*Colour}
        assert {fixture.there(Floor).number, fixture.row(Floor).number} == {1, 2}
        with pytest.raises(DeclarationError, match=r"paints_colour_unique wants it: .* too few values\. Leave out"):
            fixture.row(Paint)


def test_nobody_looks_again_for_values_that_are_all_given_out() -> None:
    """A new template is looked for in each way; once all its values are given out, in the last alone."""
    factories = Factories(SCARCE["lamps"])
    template = factories.plain(SCARCE["lamps"].model(Paint))
    assert len(factories.taken.searches(template)) == 3
    for _ in range(2):
        fixture_of(factories, IDS).row(Paint)
    fixture = fixture_of(factories, IDS)
    assert [*fixture.taken.searches(template)] == [RowSearch(counted_only=True, here=True)]


def test_what_stands_for_a_row_is_not_counted() -> None:
    """What stands for a row in a program is no number that bounds the key with which a rule compares it."""
    column = SCARCE["folders"].model(Folder).column("id")
    assert count_of(column, Referred(Folder, 0, "id")) is None
    assert count_of(column, UUID(int=5)) is not None
