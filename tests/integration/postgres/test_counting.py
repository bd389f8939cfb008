"""Writes that count, as the store sends them, when transactions overlap at every level of isolation."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from itertools import count
from uuid import UUID

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.statements.compiled_statements import compiled_catalogue
from gapless.kit.assignments import Increment
from gapless.kit.queries import condition
from tests.clinics.networks import NETWORKS, Person
from tests.integration.databases import connected
from tests.integration.postgres.acts import Act
from tests.integration.postgres.races import COMMITTED, PAIRS, SERIALIZATION, VIOLATED, overlapped
from tests.stores import tables_of

SCHEMA = "counting"
NETWORK = NETWORKS["network"]
PEOPLE, JOBS, CLINICS = f'{SCHEMA}."user"', f'{SCHEMA}."order"', f'{SCHEMA}."Clinic"'
FIRST = 2
"""For how many clinics the person may work at first; one works nowhere yet."""
NUMBERS = count(1)
pytestmark = pytest.mark.asyncio


@attrs.frozen
class Place:
    """A person who may work for two clinics, and works for one of those that have the number and the next ones."""

    number: int

    @property
    def person(self) -> UUID:
        """The person's id."""
        return UUID(int=self.number)


@attrs.frozen
class State:
    """What is there of a place.

    Attributes:
        most: for how many clinics the person may work; None if nobody is there.
        version: the version of that row.
        jobs: for how many clinics the person works.
    """

    most: int | None
    version: int = 1
    jobs: int = 0


Model = Callable[[State], State | None]
"""What an act makes of a state, one after the other; None if a rule refuses it."""


@attrs.frozen
class Counting:
    """An act, and what it makes of a state."""

    act: Act[Place]
    model: Model


def counted(by: int) -> Counting:
    """Counts by the very statement that the store sends."""
    compiled = compiled_catalogue(NETWORK, SCHEMA).of(Person)

    async def act(connection: asyncpg.Connection, place: Place) -> None:
        where = condition(compiled.model, lambda row: row.id == place.person, include_deleted=False)
        found = compiled.searches.update(where, {"most_jobs": Increment(by)}, None, ())
        await connection.fetchval(found.statement.text, *found.arguments())

    def model(state: State) -> State | None:
        if state.most is None:
            return state
        return attrs.evolve(state, most=state.most + by, version=state.version + 1)  # a limit may fall below the number

    return Counting(act, model)


def sent(text: str, model: Model) -> Counting:
    """An act of plain SQL over a person."""

    async def act(connection: asyncpg.Connection, place: Place) -> None:
        await connection.execute(text, place.person)

    return Counting(act, model)


def _saved(state: State) -> State:
    return attrs.evolve(state, most=7, version=2) if state.most is not None and state.version == 1 else state


def _removed(state: State) -> State | None:
    return None if state.jobs else State(None)


def _employed(state: State) -> State | None:
    if state.most is None or state.jobs >= state.most:
        return None
    return attrs.evolve(state, jobs=state.jobs + 1)


async def _takes_a_job(connection: asyncpg.Connection, place: Place) -> None:
    text = f'INSERT INTO {JOBS} ("person", "clinic", "at", "Version") VALUES ($1, $2, 0, 1)'  # noqa: S608  # names of ours
    await connection.execute(text, 3 * place.number + 1, place.person)


SAVED = sent(
    f'UPDATE {PEOPLE} SET "Most; Jobs" = 7, version = version + 1 WHERE "primary" = $1 AND version = 1',  # noqa: S608  # as above
    _saved,
)
REMOVED = sent(f'DELETE FROM {PEOPLE} WHERE "primary" = $1', _removed)  # noqa: S608  # as above
EMPLOYED = Counting(_takes_a_job, _employed)
SCENARIOS: dict[str, tuple[int, Counting, Counting]] = {
    "two count": (0, counted(1), counted(1)),
    "one counts up, one down": (0, counted(3), counted(-1)),
    "one counts, one saves": (0, counted(1), SAVED),
    "one counts, one removes": (0, counted(1), REMOVED),
    "a limit counts down, somebody comes": (1, counted(-1), EMPLOYED),
    "a limit counts up, somebody comes": (1, counted(1), EMPLOYED),
}
"""By name the jobs that there are at first, and the acts of the two transactions."""


@pytest_asyncio.fixture(scope="module", autouse=True)
async def tables(engine: AsyncEngine) -> AsyncIterator[None]:
    """The tables of the network, in a schema of their own."""
    async with tables_of(engine, NETWORK, SCHEMA):
        yield


async def prepared(connection: asyncpg.Connection, jobs: int) -> Place:
    """Adds the rows of a place, and commits."""
    place = Place(next(NUMBERS))
    async with connection.transaction():
        text = f"INSERT INTO {PEOPLE} VALUES ($1, $2, {FIRST}, 1)"  # noqa: S608  # as above
        await connection.execute(text, place.person, f"P{place.number}")
        for clinic in range(3):
            text = f'INSERT INTO {CLINICS} ("select", "größe", version) VALUES ($1, 9, 1)'  # noqa: S608  # as above
            await connection.execute(text, 3 * place.number + clinic)
        for clinic in range(jobs):
            text = f'INSERT INTO {JOBS} ("person", "clinic", "at", "Version") VALUES ($1, $2, 0, 1)'  # noqa: S608  # as above
            await connection.execute(text, 3 * place.number + 2 * clinic, place.person)
    return place


async def found(connection: asyncpg.Connection, place: Place) -> State:
    """What is there of a place."""
    row = await connection.fetchrow(f'SELECT "Most; Jobs", version FROM {PEOPLE} WHERE "primary" = $1', place.person)  # noqa: S608  # as above
    jobs = await connection.fetchval(f'SELECT count(*) FROM {JOBS} WHERE "clinic" = $1', place.person)  # noqa: S608  # as above
    return State(None, jobs=jobs) if row is None else State(row[0], row[1], jobs)


def possible(first: State, kept: list[Counting]) -> list[State]:
    """What may be left of a state by these acts, one after the other in some order, each of which is kept."""
    states = []
    for order in itertools.permutations(kept):
        state: State | None = first
        for each in order:
            state = None if state is None else each.model(state)
        if state is not None:
            states.append(state)
    return states


async def came_to(
    url: str, name: str, levels: tuple[str, str], *, swapped: bool
) -> tuple[list[str], State, list[State]]:
    """What became of two transactions, what is there then, and what might be by those that were kept."""
    jobs, *both = SCENARIOS[name]
    async with connected(url) as connection:
        place = await prepared(connection, jobs)
        first = await found(connection, place)
        assert first == State(FIRST, jobs=jobs)
        one, other = both
        acts = (lambda session: one.act(session, place)), (lambda session: other.act(session, place))
        outcomes = await overlapped(url, acts, levels, PEOPLE, swapped=swapped)
        led = both[::-1] if swapped else both
        kept = [each for each, outcome in zip(led, outcomes, strict=True) if outcome == COMMITTED]
        return outcomes, await found(connection, place), possible(first, kept)


@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
@pytest.mark.parametrize("levels", PAIRS, ids="-".join)
@pytest.mark.parametrize("name", SCENARIOS)
async def test_no_count_is_lost(database_url: str, name: str, levels: tuple[str, str], *, swapped: bool) -> None:
    """Who comes first is kept, and what is there is what the kept transactions make of it one after the other."""
    outcomes, state, states = await came_to(database_url, name, levels, swapped=swapped)
    assert outcomes[0] == COMMITTED
    assert outcomes[1] in (COMMITTED, SERIALIZATION, VIOLATED)
    assert state in states
    follower = levels[0] if swapped else levels[1]
    if name.startswith(("two count", "one counts up")):  # the server adds to what it finds when it has waited
        assert outcomes[1] == (COMMITTED if follower == "RC" else SERIALIZATION)


@pytest.mark.parametrize("levels", [pair for pair in PAIRS if pair[1] == "RC"], ids="-".join)
async def test_a_lost_count_is_noticed(
    database_url: str, levels: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: where the number was read before, and the sum is written, one of two counts is lost."""

    async def read_before(connection: asyncpg.Connection, place: Place) -> None:
        text = f'UPDATE {PEOPLE} SET "Most; Jobs" = {FIRST + 1}, version = version + 1 WHERE "primary" = $1'  # noqa: S608  # as above
        await connection.execute(text, place.person)

    both = Counting(read_before, counted(1).model)
    monkeypatch.setitem(SCENARIOS, "two count", (0, both, both))
    outcomes, state, states = await came_to(database_url, "two count", levels, swapped=False)
    assert outcomes == [COMMITTED, COMMITTED]
    assert state not in states
