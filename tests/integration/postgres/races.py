"""Two transactions of plain SQL that overlap, led step by step: nothing is decided by time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import asyncpg
import attrs

from tests.integration.databases import connected
from tests.integration.postgres.rows import add_call, add_number, add_organizations, add_users
from tests.integration.store.sessions import is_session_blocked

SECONDS = 30
COMMITTED = "committed"
LEVELS = {"RC": "READ COMMITTED", "RR": "REPEATABLE READ", "SER": "SERIALIZABLE"}
PAIRS = [("RC", "RC"), ("RR", "RR"), ("SER", "SER"), ("RC", "RR"), ("RR", "RC"), ("SER", "RC")]
"""The levels of two transactions that overlap."""
VIOLATED, TAKEN, MISSING_PARENT, RESTRICTED = "23514", "23505", "23503", "23001"
SERIALIZATION, DEADLOCK = "40001", "40P01"
"""How the server refuses a transaction: for a rule, for a reference, or because of another transaction."""


@attrs.frozen
class Place:
    """The rows that two transactions fight over: an organization with owners and a phone number, and another one."""

    organization: UUID
    owners: tuple[UUID, ...]
    other: UUID
    number: UUID


Act = Callable[[asyncpg.Connection, Place], Awaitable[None]]


@attrs.frozen
class Scenario:
    """What either transaction does, and where.

    Attributes:
        name: for the reader.
        acts: what the two transactions do.
        owners: how many owners the organization has at first.
        seats, numbers: its quotas; it has one phone number at first, and a missed call to it.
        is_deleted: whether it is deleted at first.
    """

    name: str
    acts: tuple[Act, Act]
    owners: int = 2
    seats: int = 1000
    numbers: int = 1000
    is_deleted: bool = False


async def prepare(connection: asyncpg.Connection, scenario: Scenario) -> Place:
    """Adds the rows of a scenario, and commits."""
    place = Place(uuid4(), tuple(uuid4() for _ in range(scenario.owners)), uuid4(), uuid4())
    async with connection.transaction():
        await add_organizations(connection, [place.organization], seats=scenario.seats, numbers=scenario.numbers)
        await add_organizations(connection, [place.other])
        await add_users(connection, [(place.organization, owner) for owner in place.owners])
        await add_users(connection, [(place.other, uuid4())])
        await add_number(connection, place.organization, place.number)
        await add_call(connection, place.organization, place.number, status="MISSED")
        if scenario.is_deleted:
            await delete_organization(connection, place)
    return place


async def race(url: str, scenario: Scenario, place: Place, levels: tuple[str, str], *, swapped: bool) -> list[str]:
    """Lets both transactions take their snapshots, then the leader act, then the follower; then both commit, in order.

    Returns:
        What became of the leader and of the follower: "committed", or the SQLSTATE.
    """
    first, second = scenario.acts
    acts = (lambda connection: first(connection, place), lambda connection: second(connection, place))
    return await overlapped(url, acts, levels, "gapless.users", swapped=swapped)


async def overlapped(
    url: str,
    acts: Sequence[Callable[[asyncpg.Connection], Awaitable[None]]],
    levels: tuple[str, str],
    table: str,
    *,
    swapped: bool,
) -> list[str]:
    """As `race`, for any two acts.

    Args:
        url: the database.
        acts: what the two transactions do.
        levels: the isolation level of either.
        table: the table of which either reads a row first, and so takes its snapshot.
        swapped: whether the second one leads.
    """
    pairs = [*zip(acts, levels, strict=True)]
    (leading, leaders), (following, followers) = reversed(pairs) if swapped else pairs
    async with (
        asyncio.timeout(SECONDS),
        connected(url) as leader,
        connected(url) as follower,
        connected(url) as watcher,
    ):
        for connection, level in ((leader, leaders), (follower, followers)):
            await connection.execute(f"BEGIN ISOLATION LEVEL {LEVELS[level]}")
            await connection.fetch(f"SELECT FROM {table} LIMIT 1")
        first = await outcome(leading(leader))
        pending = asyncio.create_task(outcome(following(follower)))
        await until_done_or_blocked(watcher, follower.get_server_pid(), pending)
        return [await finish(leader, first), await finish(follower, await pending)]


async def outcome(work: Awaitable[object]) -> str:
    """Awaits something, and says what became of it."""
    try:
        await work
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return COMMITTED


async def finish(connection: asyncpg.Connection, so_far: str) -> str:
    """Commits a transaction if its act succeeded."""
    if so_far != COMMITTED:
        await connection.execute("ROLLBACK")
        return so_far
    return await outcome(connection.execute("COMMIT"))


async def until_done_or_blocked(watcher: asyncpg.Connection, pid: int, task: asyncio.Task[object]) -> None:
    """Waits until a statement has ended, or waits for a lock of another session."""
    while not task.done():
        if await is_session_blocked(watcher, pid):
            return


async def demote(connection: asyncpg.Connection, place: Place, owner: int) -> None:
    """Takes the role of an owner away."""
    await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", place.owners[owner])


async def delete_organization(connection: asyncpg.Connection, place: Place) -> None:
    """Deletes the organization softly."""
    await connection.execute(
        "UPDATE gapless.organizations SET is_deleted = true, deleted_at = now() WHERE id = $1", place.organization
    )


async def restore_organization(connection: asyncpg.Connection, place: Place) -> None:
    """Restores the organization."""
    await connection.execute(
        "UPDATE gapless.organizations SET is_deleted = false, deleted_at = NULL WHERE id = $1", place.organization
    )


_BROKEN = """
    SELECT rule FROM gapless.organizations AS o
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE role = 'OWNER') AS owners, count(*) AS seats FROM gapless.users
        WHERE organization_id = o.id AND is_active AND NOT is_deleted
    ) AS members
    CROSS JOIN LATERAL (
        SELECT count(*) AS numbers FROM gapless.phone_numbers WHERE organization_id = o.id
    ) AS telephones
    CROSS JOIN LATERAL (
        SELECT count(*) AS active, count(*) - count(phone_number_id) AS lost FROM gapless.calls
        WHERE organization_id = o.id AND status = 'ACTIVE'
    ) AS going_on
    CROSS JOIN LATERAL (VALUES
        ('last_owner', NOT o.is_deleted AND owners = 0), ('team_members_quota', seats > o.team_members_quota),
        ('phone_numbers_quota', numbers > o.phone_numbers_quota),
        ('no_active_calls', o.is_deleted AND active > 0), ('calls_active_needs_number', lost > 0)
    ) AS checked (rule, is_broken)
    WHERE o.id = ANY ($1) AND is_broken
"""


async def violations(connection: asyncpg.Connection, place: Place) -> list[str]:
    """The rules that the committed rows of a place break."""
    return [
        row[0]
        for row in await connection.fetch(
            _BROKEN,
            [place.organization, place.other],
        )
    ]
