"""Limits in rows beside the parent, when transactions overlap that add, change and remove both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.clinics.harbours import HARBOURS
from tests.integration.databases import connected
from tests.integration.postgres.acts import Act, Acts
from tests.integration.postgres.races import COMMITTED, PAIRS, SERIALIZATION, VIOLATED, overlapped
from tests.stores import tables_of

SCHEMA = "supplements"
OWNERS = "supplements.owners"
NUMBERS = count(1)
pytestmark = pytest.mark.asyncio


@attrs.frozen
class Owner:
    """An owner who lends boats in a harbour each, so that only what is counted below the owner can be too much."""

    number: int


ACTS = Acts[Owner]()
BOAT = "INSERT INTO supplements.boats VALUES ($1, $1, 'a', $2, false, true, 1)"
"""Boats of one owner are in harbours of their own, whose numbers begin with the owner's."""


def boat(place: int) -> Act[Owner]:
    """The act that adds a boat."""
    return ACTS.sql(BOAT, lambda owner: 10 * owner.number + place, lambda owner: owner.number)


def permit(text: str) -> Act[Owner]:
    """An act on the permit of the owner."""
    return ACTS.sql(text.replace("permits", "supplements.permits"), lambda owner: owner.number)


ALLOW_ONE = permit("INSERT INTO permits VALUES ($1, 1, 1)")
LOWER = permit("UPDATE permits SET most = 1 WHERE owner = $1")
RAISE = permit("UPDATE permits SET most = 4 WHERE owner = $1")
TAKE_BACK = permit("DELETE FROM permits WHERE owner = $1")


@attrs.frozen
class Scenario:
    """Two acts, and what is there before them.

    Attributes:
        there: how many boats the owner has.
        most: how many he may have by a permit; None without one, where the field says two.
        acts: what is done.
        second: whether the second act is right behind the first one, and the first one behind the second.
    """

    there: int
    most: int | None
    acts: tuple[Act[Owner], Act[Owner]]
    second: tuple[bool, bool]


SCENARIOS = {
    "two boats, no permit": Scenario(1, None, (boat(8), boat(9)), (False, False)),
    "two boats, a permit": Scenario(2, 3, (boat(8), boat(9)), (False, False)),
    "a boat, a permit for fewer comes": Scenario(1, None, (boat(8), ALLOW_ONE), (True, False)),
    "a boat, the permit allows fewer": Scenario(1, 2, (boat(8), LOWER), (True, False)),
    "a boat, the permit goes": Scenario(2, 3, (boat(8), TAKE_BACK), (True, False)),
    "a boat, the permit allows more": Scenario(1, 2, (boat(8), RAISE), (True, True)),
}
"""A limit that shrinks refuses nothing of what is there, and what comes behind it."""


@pytest_asyncio.fixture(scope="module")
async def tables(engine: AsyncEngine) -> AsyncIterator[None]:
    """The tables in a schema of their own."""
    async with tables_of(engine, HARBOURS, SCHEMA):
        yield


async def prepared(connection: asyncpg.Connection, there: int, most: int | None) -> Owner:
    """Adds an owner with boats, and perhaps a permit."""
    owner = Owner(next(NUMBERS))
    async with connection.transaction():
        await connection.execute("INSERT INTO supplements.owners VALUES ($1, 1)", owner.number)
        for place in range(10):
            await connection.execute("INSERT INTO supplements.harbours VALUES ($1, 1)", 10 * owner.number + place)
            await connection.execute("INSERT INTO supplements.piers VALUES ($1, 'a', 1)", 10 * owner.number + place)
        if most is not None:
            await connection.execute("INSERT INTO supplements.permits VALUES ($1, $2, 1)", owner.number, most)
        for place in range(there):
            await boat(place)(connection, owner)
    return owner


async def raced(url: str, scenario: Scenario, levels: tuple[str, str], *, swapped: bool) -> list[str]:
    """What becomes of two transactions that overlap."""
    async with connected(url) as connection:
        owner = await prepared(connection, scenario.there, scenario.most)
    first, second = scenario.acts
    acts = (lambda session: first(session, owner)), (lambda session: second(session, owner))
    return await overlapped(url, acts, levels, OWNERS, swapped=swapped)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
@pytest.mark.parametrize("levels", PAIRS, ids="-".join)
@pytest.mark.parametrize("name", SCENARIOS)
async def test_no_overlap_breaks_a_limit(
    database_url: str, name: str, levels: tuple[str, str], *, swapped: bool
) -> None:
    """The first is kept, and the second is refused if it would break the limit that is there then.

    At a level that keeps its snapshot it conflicts, as with a limit that is a field of the parent.
    """
    scenario = SCENARIOS[name]
    leader, follower = await raced(database_url, scenario, levels, swapped=swapped)
    assert leader == COMMITTED
    keeps_snapshot = (levels[0] if swapped else levels[1]) != "RC"
    is_right = scenario.second[1] if swapped else scenario.second[0]
    assert follower == (SERIALIZATION if keeps_snapshot else COMMITTED if is_right else VIOLATED)


@pytest.mark.usefixtures("tables")
async def test_a_limit_that_does_not_meet_what_it_limits_is_noticed(database_url: str) -> None:
    """Planted: without the triggers of the supplement a lower limit is kept beside a boat that has not seen it."""
    scenario, levels = SCENARIOS["a boat, the permit allows fewer"], ("RR", "RR")
    switch = "ALTER TABLE supplements.permits {} TRIGGER supplemented_boats_of_owner"
    async with connected(database_url) as connection:
        await connection.execute(switch.format("DISABLE"))
        assert await raced(database_url, scenario, levels, swapped=False) == [COMMITTED, COMMITTED]
        await connection.execute(switch.format("ENABLE"))


@pytest.mark.usefixtures("tables")
async def test_limits_go_with_their_parents(database_url: str) -> None:
    """A pier that goes takes its berths along, and who changes another field of a limit's row meets nobody."""
    async with connected(database_url) as connection:
        owner = await prepared(connection, 0, 3)
        await connection.execute("INSERT INTO supplements.berths VALUES ('a', $1, 1, 1)", 10 * owner.number)
        await connection.execute("DELETE FROM supplements.harbours WHERE id = $1", 10 * owner.number)
        before = await connection.fetchval("SELECT touches FROM supplements.owners WHERE id = $1", owner.number)
        await connection.execute("UPDATE supplements.permits SET version = 2 WHERE owner = $1", owner.number)
        assert await connection.fetchval("SELECT touches FROM supplements.owners WHERE id = $1", owner.number) == before
