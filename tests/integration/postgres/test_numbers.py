"""Numbers of records in plain SQL: under the root's lock, in the order of the commits, whatever the writer says."""

import asyncio
from typing import Literal, get_args
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.postgres import Profile, grants
from tests.integration.databases import connected
from tests.integration.postgres.test_lock_function import until_it_waits
from tests.voice.rows import an_audit_record, created

pytestmark = pytest.mark.asyncio

AUDIT_RECORD = """
INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, job, action, resource_type, resource_id,
    metadata, number, recorded_at)
SELECT $1, gen_random_uuid(), '1999-01-01Z', 'system', 'sql', 'a' || n, 'row', '1', '{}', 4711, '1999-01-01Z'
FROM generate_series(1, $2::int) AS n
RETURNING number, recorded_at
"""
NUMBERS = "SELECT number FROM gapless.audit_logs WHERE root_id = $1 ORDER BY number"
UNLOCKED = "SELECT pg_get_functiondef('gapless.fill_audit_logs'::regproc)"
MANY = 3_000
Level = Literal["read_committed", "repeatable_read", "serializable"]
LEVELS: tuple[Level, ...] = get_args(Level)


async def home_of(engine: AsyncEngine) -> OrganizationId:
    """An organization with one audit record."""
    return (await created(PostgresStore(engine, GAPLESS))).id


async def numbers(connection: asyncpg.Connection, home: UUID) -> list[int]:
    """The numbers of its audit records."""
    return [number for (number,) in await connection.fetch(NUMBERS, home)]


async def race(database: str, home: UUID, level: Level, *, waits: bool = True) -> list[str]:
    """Two transactions take their snapshots, the first adds a record, then the second, and both commit in turn."""
    async with connected(database) as leader, connected(database) as follower:
        told = []
        first, second = leader.transaction(isolation=level), follower.transaction(isolation=level)
        await first.start()
        await second.start()
        for session in (leader, follower):
            await session.fetch("SELECT 1")
        await leader.fetch(AUDIT_RECORD, home, 1)
        waiting = asyncio.ensure_future(follower.fetch(AUDIT_RECORD, home, 2))
        if waits:
            await until_it_waits(database, waiting)
        else:
            await waiting
        await first.commit()
        told.append("committed")
        try:
            await waiting
            await second.commit()
            told.append("committed")
        except asyncpg.SerializationError:
            await second.rollback()
            told.append("40001")
    return told


@pytest.mark.parametrize("level", LEVELS)
async def test_writers_wait_for_the_row_of_the_root(own_database: str, own_engine: AsyncEngine, level: Level) -> None:
    """A second writer waits until the first has committed, and counts on from there, or has to begin again."""
    home = await home_of(own_engine)
    newest = level == "read_committed"
    assert await race(own_database, home, level) == ["committed", "committed" if newest else "40001"]
    async with connected(own_database) as connection:
        assert await numbers(connection, home) == ([1, 2, 3, 4] if newest else [1, 2])


async def test_a_counter_without_the_lock_is_found(
    own_database: str, own_engine: AsyncEngine, connection: asyncpg.Connection
) -> None:
    """The race sees it when the number is not handed out under the lock: two audit records have the same."""
    home = await home_of(own_engine)
    definition = await connection.fetchval(UNLOCKED)
    faulty = definition.replace(" FOR NO KEY UPDATE", "")
    assert faulty != definition
    await connection.execute(faulty)
    await connection.execute("ALTER TABLE gapless.audit_logs DISABLE TRIGGER count_audit_logs")
    assert await race(own_database, home, "read_committed", waits=False) == ["committed", "committed"]
    assert await numbers(connection, home) == [1, 2, 2, 3]


async def test_rows_of_a_statement_are_numbered_in_its_order(
    own_engine: AsyncEngine, connection: asyncpg.Connection
) -> None:
    """Numbers and times are the server's own, one after the other, for many rows in one statement as well."""
    home = await home_of(own_engine)
    began = await connection.fetchval("SELECT clock_timestamp()")
    rows = await connection.fetch(AUDIT_RECORD, home, MANY)
    ended = await connection.fetchval("SELECT clock_timestamp()")
    assert [row["number"] for row in rows] == list(range(2, MANY + 2))
    assert all(began <= row["recorded_at"] <= ended for row in rows)
    ordered = "SELECT action FROM gapless.audit_logs WHERE root_id = $1 AND job = 'sql' ORDER BY number"
    assert [action for (action,) in await connection.fetch(ordered, home)] == [f"a{n}" for n in range(1, MANY + 1)]
    assert await connection.fetchval("SELECT last_number FROM gapless.organizations WHERE id = $1", home) == MANY + 1


async def test_what_is_taken_back_leaves_no_gap(own_engine: AsyncEngine, connection: asyncpg.Connection) -> None:
    """Neither a savepoint that is rolled back nor a row that was there already takes a number."""
    home = await home_of(own_engine)
    taken = await connection.fetchval("SELECT id FROM gapless.audit_logs WHERE root_id = $1", home)
    twice = AUDIT_RECORD.replace("gen_random_uuid()", f"'{taken}'").replace(
        "RETURNING", "ON CONFLICT DO NOTHING RETURNING"
    )
    async with connection.transaction():
        savepoint = connection.transaction()
        await savepoint.start()
        await connection.fetch(AUDIT_RECORD, home, 3)
        await savepoint.rollback()
        assert await connection.fetch(twice, home, 2) == []
        await connection.fetch(AUDIT_RECORD, home, 1)
    assert await numbers(connection, home) == [1, 2]


async def test_records_before_the_change_that_they_tell_of(
    own_engine: AsyncEngine, connection: asyncpg.Connection
) -> None:
    """One statement may add an audit record, and change the organization whose counter it takes, in either order."""
    home = await home_of(own_engine)
    change = "UPDATE gapless.organizations SET name = 'Other' WHERE id = $1"
    counted = "AND (SELECT count(*) FROM told) = $2"
    await connection.execute(f"WITH told AS ({AUDIT_RECORD}) {change} {counted}", home, 1)
    await connection.execute(f"WITH changed AS ({change} RETURNING 1) {AUDIT_RECORD}", home, 1)
    assert await connection.fetchval("SELECT name FROM gapless.organizations WHERE id = $1", home) == "Other"
    assert await numbers(connection, home) == [1, 2, 3]


async def test_a_restore_keeps_the_numbers(own_engine: AsyncEngine, connection: asyncpg.Connection) -> None:
    """Where triggers are silent, as in a restore or a replica, rows keep the numbers and times that they come with."""
    home = await home_of(own_engine)
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.fetch(AUDIT_RECORD, home, 1)
    assert await numbers(connection, home) == [1, 4711]
    await connection.fetch(AUDIT_RECORD, home, 1)
    assert await numbers(connection, home) == [1, 4711, 4712]


async def test_a_role_of_grants_writes_no_number(
    own_engine: AsyncEngine, connection: asyncpg.Connection, database_name: str
) -> None:
    """The application's role may add audit records, and write neither number nor time, nor the counter."""
    home, role = await home_of(own_engine), f"{database_name}_numbers"
    plain = AUDIT_RECORD.replace(",\n    metadata, number, recorded_at", ", metadata").replace(
        ", 4711, '1999-01-01Z'", ""
    )
    writes = {
        "audit record": (plain, (home, 1)),
        "number": (AUDIT_RECORD, (home, 1)),
        "counter": ("UPDATE gapless.organizations SET last_number = 0 WHERE id = $1", (home,)),
    }
    refused = []
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"CREATE ROLE {role}")
    await connection.execute("; ".join(grants(role, profile=Profile.REQUESTS)))
    await connection.execute(f"SET LOCAL ROLE {role}")
    for name, (text, arguments) in writes.items():
        try:
            async with connection.transaction():
                await connection.fetch(text, *arguments)
        except asyncpg.InsufficientPrivilegeError:
            refused.append(name)
    await transaction.rollback()
    assert refused == ["number", "counter"]


async def test_a_use_case_and_plain_sql_share_the_counter(
    own_engine: AsyncEngine, connection: asyncpg.Connection
) -> None:
    """Audit records of a unit and of plain SQL stand in one order."""
    home = await home_of(own_engine)
    store = PostgresStore(own_engine, GAPLESS)
    for _ in range(2):
        await connection.fetch(AUDIT_RECORD, home, 1)
        async with store.unit(home) as unit:
            await unit.audit_trail.add(an_audit_record(home))
            await unit.commit()
    assert await numbers(connection, home) == [1, 2, 3, 4, 5]
