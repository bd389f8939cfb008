"""Names of tables and columns that are something else in SQL, or to what writes it: every statement works with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from uuid import UUID

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    JsonObject,
    Names,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    length,
    nullable,
    previous,
    row,
    rules_of,
)
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.testing.additions import stored
from gapless.testing.enforcers import ask_sql, ask_store
from gapless.testing.factories import Factories
from gapless.testing.violations import attempts
from tests.integration.databases import connected
from tests.stores import postgres_store

pytestmark = pytest.mark.asyncio
SCHEMA = "hostile_names"
HOSTILE: dict[str, Callable[[str], str]] = {
    "a parameter": lambda name: f"%({name})s",
    "the start of a parameter": lambda name: f"{name}%(",
    "percent signs": lambda name: f"%s%%{name}%",
    "a bound name": lambda name: f":{name}",
    "a bound name behind a word": lambda name: f"when :{name}",
    "a cast": lambda name: f"{name}::text",
    "the end of a function": lambda name: f"{name}$$ LANGUAGE sql; --",
    "the end of another function": lambda name: f"$_$ {name} $_$",
    "a numbered parameter": lambda name: f"$1 {name}",
    "quotes": lambda name: f"'{name}\" \\'",
    "a comment": lambda name: f"{name} /* -- */;",
    "braces": lambda name: f"{{{name}}} {{0}}",
    "the greatest length": lambda name: f"{name:x<{GREATEST_IDENTIFIER}}",
    "other letters": lambda name: f"größe 😀 {name}",
}


@attrs.frozen(kw_only=True, slots=True)
class House(Entity):
    """A root."""

    id: UUID
    most: int
    is_open: bool
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Room(Entity):
    """A row with fields of all kinds."""

    house: UUID
    id: UUID
    name: str
    since: datetime
    until: datetime | None
    number: int
    notes: JsonObject
    guests: tuple[UUID, ...]
    version: int = 0


def house_rules(house: House) -> Iterator[Rule]:
    """A house has rooms."""
    yield Check("houses_most_range", "Some rooms.", house.most >= 1)


def room_rules(house: type[House]) -> Callable[[Room], Iterator[Rule]]:
    """The rules of a room in such a house, one of each kind."""
    there = row(house)

    def rules(room: Room) -> Iterator[Rule]:
        home = Reference("rooms_house_fkey", "The house is there.", room.house, house, OnDelete.CASCADE)
        yield home
        yield Check("rooms_name_length", "A name has 1 to 9 characters.", length(room.name) <= 9)
        yield Check("rooms_times", "It does not end before it begins.", nullable(room.until) >= room.since)
        yield Unique("rooms_name_unique", "A name is there once.", (room.house, room.name), where=room.number > 0)
        yield Exclusion("rooms_free", "The room is taken.", room.number, start=room.since, end=room.until)
        yield AtMost("rooms_most", "No more rooms.", home, of=room.number > 0, limit=there.most)
        yield AdmissionGuard("rooms_open", "The house is open.", home, there.is_open, of=True, added=True)
        yield Transition("rooms_grow", "A number grows.", room.number >= previous(room).number)

    return rules


def catalogue(called: Callable[[str], str]) -> Catalogue:
    """A house with rooms, called so in the database."""
    house: type[House] = attrs.make_class("House", {}, bases=(House,), frozen=True, kw_only=True, slots=True)
    room: type[Room] = attrs.make_class("Room", {}, bases=(Room,), frozen=True, kw_only=True, slots=True)
    houses = rules_of(house, "houses", root=True, names=Names(called("houses"), called))(house_rules)
    names = Names(called("rooms"), called)
    rooms = rules_of(room, "rooms", belongs_to=lambda row: row.house, names=names)(room_rules(house))
    return Catalogue((houses, rooms))


@pytest_asyncio.fixture
async def named(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[tuple[Factories, PostgresStore]]:
    """A store whose tables and columns have such names, and what makes rows of it."""
    found = catalogue(HOSTILE[request.param])
    async with postgres_store(engine, found, SCHEMA) as store:
        yield Factories(found), store


@pytest.mark.parametrize("named", HOSTILE, indirect=True)
async def test_every_rule_is_kept_whatever_a_column_is_called(
    named: tuple[Factories, PostgresStore], database_url: str
) -> None:
    """Tables are made, checked, written, searched and guarded, and the errors are those of the declaration."""
    factories, store = named
    await store.check()
    fixture, answers = await stored(factories, store), {}
    async with connected(database_url) as driver:
        for attempt in attempts(factories):
            said = [
                await ask_store(attempt, store, await stored(factories, store)),
                await ask_sql(attempt, driver, SCHEMA, fixture),
            ]
            answers[attempt.rule.name, attempt.tried] = [answer.words for answer in said if not answer.is_right]
    assert {tried: words for tried, words in answers.items() if words} == {}
