"""Rules that go through a row which is no root, and references by the id alone, when transactions overlap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import count

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.clinics.shapes import SHAPES, clinics
from tests.integration.databases import connected
from tests.integration.postgres.acts import Act, Acts
from tests.integration.postgres.races import (
    COMMITTED,
    LEVELS,
    MISSING_PARENT,
    PAIRS,
    SERIALIZATION,
    VIOLATED,
    overlapped,
)
from tests.stores import tables_of

SCHEMA = "parents"
USUAL = "number, code alone"
SHAPED = ("number, clinic first", USUAL, "number, code alone, indexed", "uuid, clinic last")
NUMBERS = count(1)
pytestmark = pytest.mark.asyncio


@attrs.frozen
class Place:
    """A clinic with a doctor who has two first visits, and takes one more.

    Attributes:
        home: the key of the clinic; the second clinic has only a doctor.
        doctor, other: the codes of the doctors.
        visits: the two first visits.
    """

    home: object
    away: object
    doctor: str
    other: str
    visits: tuple[int, int]


ACTS = Acts[Place]()


async def add_visit(connection: asyncpg.Connection, place: Place, *, is_first: bool = False) -> None:
    """Adds a visit to the doctor of a place."""
    text = "INSERT INTO parents.visits VALUES ($1, $2, $3, $4, 1)"
    await connection.execute(text, 10**9 + next(NUMBERS), place.doctor, place.home, is_first)


async def add_across(connection: asyncpg.Connection, place: Place) -> None:
    """Adds a visit whose doctor is of another clinic."""
    await add_visit(connection, attrs.evolve(place, doctor=place.other))


ADD: Act[Place] = add_visit
FIRST = ACTS.sql("DELETE FROM parents.visits WHERE id = $1", lambda place: place.visits[0])
SECOND = ACTS.sql("DELETE FROM parents.visits WHERE id = $1", lambda place: place.visits[1])
NO_FIRST = ACTS.sql("UPDATE parents.visits SET is_first = false WHERE id = $1", lambda place: place.visits[1])
CLOSE = ACTS.sql("UPDATE parents.doctors SET is_open = false WHERE code = $1", lambda place: place.doctor)
REMOVE = ACTS.sql("DELETE FROM parents.doctors WHERE code = $1", lambda place: place.doctor)
SCENARIOS = {
    "remove, remove": (FIRST, SECOND),
    "remove, change": (FIRST, NO_FIRST),
    "change, remove": (NO_FIRST, FIRST),
    "add, add": (ADD, ADD),
    "add, close": (ADD, CLOSE),
    "add, remove the doctor": (ADD, REMOVE),
}
"""Pairs of acts, each of which is right alone."""


@pytest_asyncio.fixture(
    scope="module", params=[pytest.param(name, marks=() if name == USUAL else pytest.mark.soak) for name in SHAPED]
)
async def shaped(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[str]:
    """The tables of a shape in a schema of their own; its name."""
    async with tables_of(engine, clinics(SHAPES[request.param]).catalogue, SCHEMA):
        yield request.param


async def prepared(connection: asyncpg.Connection, name: str, *, most: int = 3) -> Place:
    """Adds the rows of a place, and commits."""
    number, key = next(NUMBERS), SHAPES[name].home
    place = Place(key(2 * number), key(2 * number + 1), f"a{number}", f"b{number}", (2 * number, 2 * number + 1))
    async with connection.transaction():
        for home in (place.home, place.away):
            await connection.execute("INSERT INTO parents.clinics (number, beds, version) VALUES ($1, 9, 1)", home)
        for doctor, home, is_open in ((place.doctor, place.home, True), (place.other, place.away, False)):
            await add_doctor(connection, doctor, home, most=most, is_open=is_open)
        for first in place.visits:
            text = "INSERT INTO parents.visits VALUES ($1, $2, $3, true, 1)"
            await connection.execute(text, first, place.doctor, place.home)
    return place


async def add_doctor(
    connection: asyncpg.Connection, code: str, home: object, *, most: int = 3, is_open: bool = False
) -> None:
    """Adds a doctor."""
    text = "INSERT INTO parents.doctors (code, clinic, most, is_open, boss, version) VALUES ($1, $2, $3, $4, NULL, 1)"
    await connection.execute(text, code, home, most, is_open)


BROKEN = """
    SELECT rule FROM parents.doctors AS d
    CROSS JOIN LATERAL (
        SELECT count(*) AS visits, count(*) FILTER (WHERE is_first) AS firsts FROM parents.visits
        WHERE doctor = d.code AND clinic = d.clinic
    ) AS counted
    CROSS JOIN LATERAL (VALUES
        ('visits_first', d.is_open AND firsts = 0), ('visits_of_doctor', visits > d.most),
        ('visits_doctor_fkey', EXISTS (SELECT FROM parents.visits WHERE doctor = d.code AND clinic <> d.clinic))
    ) AS checked (rule, is_broken)
    WHERE d.code = ANY ($1) AND is_broken
    UNION ALL
    SELECT 'visits_doctor_fkey' FROM parents.visits AS v WHERE v.doctor = ANY ($1)
        AND NOT EXISTS (SELECT FROM parents.doctors AS d WHERE d.code = v.doctor AND d.clinic = v.clinic)
"""


async def broken(connection: asyncpg.Connection, place: Place) -> list[str]:
    """The rules that the committed rows of a place break."""
    return [row[0] for row in await connection.fetch(BROKEN, [place.doctor, place.other])]


def acting(acts: Sequence[Act[Place]], place: Place) -> list[Callable[[asyncpg.Connection], Awaitable[None]]]:
    """Acts in a place."""

    def bound(act: Act[Place]) -> Callable[[asyncpg.Connection], Awaitable[None]]:
        return lambda connection: act(connection, place)

    return list(map(bound, acts))


@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
@pytest.mark.parametrize("levels", PAIRS, ids="-".join)
@pytest.mark.parametrize("name", SCENARIOS)
async def test_no_overlap_breaks_a_rule(
    database_url: str, shaped: str, name: str, levels: tuple[str, str], *, swapped: bool
) -> None:
    """Of two transactions that are right alone the first is kept, and the second only if both are right together."""
    async with connected(database_url) as connection:
        place = await prepared(connection, shaped)
        leader, follower = await overlapped(
            database_url, acting(SCENARIOS[name], place), levels, "parents.doctors", swapped=swapped
        )
        assert leader == COMMITTED
        together = name in ("add, close", "add, remove the doctor") and not swapped
        assert follower in (VIOLATED, MISSING_PARENT, SERIALIZATION, *((COMMITTED,) if together else ()))
        assert await broken(connection, place) == []


@pytest.mark.parametrize("mine", [True, False], ids=["of its root", "of another"])
@pytest.mark.parametrize("level", LEVELS)
async def test_what_is_newer_than_the_moment_is_not_there(
    database_url: str, shaped: str, level: str, *, mine: bool
) -> None:
    """A row that came after a transaction's moment is referred to at READ COMMITTED only, and in its root only."""
    async with connected(database_url) as connection, connected(database_url) as late:
        place = await prepared(connection, shaped)
        await late.execute(f"BEGIN ISOLATION LEVEL {LEVELS[level]}")
        await late.fetch("SELECT FROM parents.doctors LIMIT 1")
        newer = attrs.evolve(place, home=place.home if mine else place.away, doctor=f"c{next(NUMBERS)}")
        async with connection.transaction():
            await add_doctor(connection, newer.doctor, newer.home, is_open=True)
            await add_visit(connection, newer, is_first=True)
        try:
            await add_visit(late, attrs.evolve(newer, home=place.home))
            await late.execute("COMMIT")
            found = COMMITTED
        except asyncpg.PostgresError as error:
            found = str(error.sqlstate)
        assert found == (COMMITTED if mine and level == "RC" else MISSING_PARENT)
        assert await broken(connection, newer) == []


@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
@pytest.mark.parametrize("levels", PAIRS, ids="-".join)
async def test_a_reference_across_never_stays(
    database_url: str, shaped: str, levels: tuple[str, str], *, swapped: bool
) -> None:
    """A row that refers to one of another root is refused, whether that one stays or is being removed meanwhile."""
    gone = ACTS.sql("DELETE FROM parents.doctors WHERE code = $1", lambda place: place.other)
    async with connected(database_url) as connection:
        place = await prepared(connection, shaped)
        found = await overlapped(
            database_url, acting((add_across, gone), place), levels, "parents.doctors", swapped=swapped
        )
        across, removal = reversed(found) if swapped else found
        assert across in (MISSING_PARENT, SERIALIZATION)
        assert removal == COMMITTED
        assert await broken(connection, place) == []
