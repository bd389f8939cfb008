"""Rules over many rows when two transactions of plain SQL overlap, at every isolation level."""

import itertools
from functools import partial
from uuid import uuid4

import asyncpg
import pytest

from tests.integration.databases import connected
from tests.integration.postgres.races import (
    COMMITTED,
    LEVELS,
    MISSING_PARENT,
    PAIRS,
    SERIALIZATION,
    VIOLATED,
    Place,
    Scenario,
    delete_organization,
    demote,
    prepare,
    race,
    restore_organization,
    violations,
)
from tests.integration.postgres.rows import add_call, add_number, add_users


async def remove(connection: asyncpg.Connection, place: Place, owner: int) -> None:
    """Removes an owner for good."""
    await connection.execute("DELETE FROM gapless.users WHERE id = $1", place.owners[owner])


async def upsert(connection: asyncpg.Connection, place: Place, owner: int) -> None:
    """Demotes an owner by an insertion that becomes an update."""
    sql = (
        "INSERT INTO gapless.users SELECT * FROM gapless.users WHERE id = $1"
        " ON CONFLICT (organization_id, id) DO UPDATE SET role = 'ADMIN'"
    )
    await connection.execute(sql, place.owners[owner])


async def deactivate(connection: asyncpg.Connection, place: Place, owner: int) -> None:
    """Takes an owner's seat away."""
    await connection.execute("UPDATE gapless.users SET is_active = false WHERE id = $1", place.owners[owner])


async def delete_softly(connection: asyncpg.Connection, place: Place, owner: int) -> None:
    """Deletes an owner softly."""
    sql = "UPDATE gapless.users SET is_deleted = true, deleted_at = now() WHERE id = $1"
    await connection.execute(sql, place.owners[owner])


async def replace(connection: asyncpg.Connection, place: Place, owner: int) -> None:
    """Adds an operator, and demotes an owner: the reference's lock comes first, the touch after it."""
    await add(connection, place)
    await demote(connection, place, owner)


async def add(connection: asyncpg.Connection, place: Place, *, is_active: bool = True) -> None:
    """Adds an operator."""
    await add_users(connection, [(place.organization, uuid4())], role="OPERATOR", is_active=is_active)


async def start(connection: asyncpg.Connection, place: Place) -> None:
    """Starts a call."""
    await add_call(connection, place.organization, place.number, status="ACTIVE")


async def revive(connection: asyncpg.Connection, place: Place) -> None:
    """Makes the call that was missed one that is going on."""
    sql = "UPDATE gapless.calls SET status = 'ACTIVE' WHERE organization_id = $1"
    await connection.execute(sql, place.organization)


async def take_number(connection: asyncpg.Connection, place: Place) -> None:
    """Adds a phone number."""
    await add_number(connection, place.organization)


async def release_number(connection: asyncpg.Connection, place: Place) -> None:
    """Removes the phone number."""
    await connection.execute("DELETE FROM gapless.phone_numbers WHERE id = $1", place.number)


SCENARIOS = [
    Scenario("demote, demote", (partial(demote, owner=0), partial(demote, owner=1))),
    Scenario("remove, demote", (partial(remove, owner=0), partial(demote, owner=1))),
    Scenario("upsert, deactivate", (partial(upsert, owner=0), partial(deactivate, owner=1))),
    Scenario("delete softly, remove", (partial(delete_softly, owner=0), partial(remove, owner=1))),
    Scenario("restore, demote", (restore_organization, partial(demote, owner=0)), owners=1, is_deleted=True),
    Scenario("replace, replace", (partial(replace, owner=0), partial(replace, owner=1))),
]
LAST_SEAT = Scenario("add, add", (add, add), owners=1, seats=2)
NUMBERS_AND_CALLS = [
    Scenario("take the last number, twice", (take_number, take_number), numbers=2),
    Scenario("start, delete organization", (start, delete_organization)),
    Scenario("revive, delete organization", (revive, delete_organization)),
    Scenario("start, release the number", (start, release_number)),
    Scenario("revive, release the number", (revive, release_number)),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
@pytest.mark.parametrize("levels", PAIRS, ids="-".join)
@pytest.mark.parametrize(
    "scenario", [*SCENARIOS, LAST_SEAT, *NUMBERS_AND_CALLS], ids=lambda scenario: str(scenario.name)
)
async def test_exactly_one_wins(
    database_url: str, scenario: Scenario, levels: tuple[str, str], *, swapped: bool
) -> None:
    """Of two transactions that are right alone and wrong together, the second is refused, and no rule is broken."""
    async with connected(database_url) as connection:
        place = await prepare(connection, scenario)
        leader, follower = await race(database_url, scenario, place, levels, swapped=swapped)
        assert leader == COMMITTED
        assert follower in (VIOLATED, MISSING_PARENT, SERIALIZATION)
        assert await violations(connection, place) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("is_active", [True, False], ids=["with a seat", "without a seat"])
async def test_nobody_enters_while_the_organization_is_deleted(
    database_url: str, level: str, *, is_active: bool
) -> None:
    """An addition that overlaps a deletion which came first is refused; one that came first stays."""
    adding = partial(add, is_active=is_active)
    scenario = Scenario("add, delete organization", (adding, delete_organization))
    for swapped in (False, True):
        async with connected(database_url) as connection:
            place = await prepare(connection, scenario)
            leader, follower = await race(database_url, scenario, place, (level, level), swapped=swapped)
            counting = "SELECT count(*) FROM gapless.users WHERE organization_id = $1"
            added = await connection.fetchval(counting, place.organization) - scenario.owners
        assert leader == COMMITTED
        assert added == int(not swapped)
        assert follower in ((VIOLATED, SERIALIZATION) if swapped else (COMMITTED, SERIALIZATION))


NAIVE_CHECK = """
CREATE FUNCTION gapless.naive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gapless.organizations WHERE id = OLD.organization_id AND NOT is_deleted) AND NOT EXISTS (
        SELECT FROM gapless.users
        WHERE organization_id = OLD.organization_id AND role = 'OWNER' AND is_active AND NOT is_deleted
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'last_owner';
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER rules_updated ON gapless.users;
DROP TRIGGER rules_deleted ON gapless.users;
CREATE CONSTRAINT TRIGGER naive AFTER UPDATE OR DELETE ON gapless.users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gapless.naive();
"""


@pytest.mark.asyncio
async def test_races_notice_a_check_that_only_counts(connection: asyncpg.Connection, own_database: str) -> None:
    """A deferred trigger that counts without touching the organization holds alone, and these races break it."""
    await connection.execute(NAIVE_CHECK)
    place = await prepare(connection, SCENARIOS[0])
    await demote(connection, place, 0)
    with pytest.raises(asyncpg.CheckViolationError):
        await demote(connection, place, 1)
    broken = []
    for scenario, levels in itertools.product(SCENARIOS[:4], PAIRS):
        place = await prepare(connection, scenario)
        if await race(own_database, scenario, place, levels, swapped=False) == [COMMITTED, COMMITTED]:
            assert await violations(connection, place) == ["last_owner"]
            broken.append((scenario.name, levels))
    assert ("demote, demote", ("RR", "RR")) in broken
