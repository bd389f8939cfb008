"""Changing many rows in one statement: with the rules over many rows, and with every trigger of ours switched off.

Both sides have the same tables, checks, references and indexes, in a schema each. What is compared is what the triggers
cost: they look at the rows before and after, lock the organizations, write to them, and decide them at the commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import attrs
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.figures import Figure
from benchmarks.ground import ground
from benchmarks.measurement import Effort, Side, SidesDiffer, round_medians
from gapless.domain.catalogue import GAPLESS
from gapless.embedded import EmbeddedServer
from gapless.postgres import migrate
from tests.integration.databases import connected

GREATEST_RATIO = 2.0
REASON = "rules over many rows may at most double what a statement takes"
SCHEMAS = ("with_rules", "without_rules")

ORGANIZATIONS = """
INSERT INTO organizations (id, created_at, name, slug, call_minutes_quota, team_members_quota, phone_numbers_quota,
    storage_quota, used_minutes, used_storage, quota_warning_80_sent, quota_warning_90_sent, quota_warning_100_sent,
    storage_warning_80_sent, storage_warning_90_sent, storage_warning_100_sent, is_deleted, version)
SELECT gen_random_uuid(), now(), 'Organization', 'o-' || n, 1000, 1000000, 1000000, 0, 0, 0, false, false, false,
    false, false, false, false, 1
FROM generate_series(1, $1) AS n
"""
USERS = """
INSERT INTO users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted, version)
SELECT id, gen_random_uuid(), now(), gen_random_uuid() || '@example.org', 'User', $2, 'en', $3, false, 1
FROM (SELECT id, row_number() OVER () AS n FROM organizations) AS o, generate_series(1, $1) AS m
"""
NUMBERS = """
INSERT INTO phone_numbers (organization_id, id, created_at, number, provider, is_released, version)
SELECT id, id, now(), '+1' || (1000000000 + row_number() OVER ()), 'vapi', false, 1 FROM organizations
"""
CALLS = """
INSERT INTO calls (organization_id, id, created_at, phone_number_id, status, started_at, handled_by, version)
SELECT id, gen_random_uuid(), now(), id, 'ACTIVE', now(), 'AI', 1 FROM organizations, generate_series(1, $1) AS m
"""


@attrs.frozen(kw_only=True)
class Bulk:
    """One statement that is measured, and what takes it back.

    Attributes:
        name: how the line is called; `{}` stands for the number of rows.
        change: the statement; its parameter, if any, is the number of rows for each organization.
        undo: what makes the tables as they were.
        result: a query whose answer both sides must give after the change.
    """

    name: str
    change: str
    undo: str
    result: str


LINES = (
    Bulk(
        name="activate {} users",
        change="UPDATE users SET is_active = true WHERE role = 'OPERATOR'",
        undo="UPDATE users SET is_active = false WHERE role = 'OPERATOR'",
        result="SELECT count(*) FROM users WHERE is_active",
    ),
    Bulk(
        name="add {} users",
        change=USERS.replace("$2", "'MANAGER'").replace("$3", "true"),
        undo="DELETE FROM users WHERE role = 'MANAGER'",
        result="SELECT count(*) FROM users",
    ),
    Bulk(
        name="start {} calls",
        change=CALLS,
        undo="DELETE FROM calls",
        result="SELECT count(*) FROM calls WHERE status = 'ACTIVE'",
    ),
)


async def benchmark(rounds: int, *, organizations: int = 1000, rows: int = 100) -> list[Figure]:
    """Measures each line on a server of its own.

    Args:
        rounds: how many rounds count.
        organizations: how many there are.
        rows: how many rows of each the statement changes.
    """
    with EmbeddedServer.start() as server:
        await _migrated(server.url())
        async with _connected(server.url(), SCHEMAS[0]) as ruled, _connected(server.url(), SCHEMAS[1]) as bare:
            await _switch_off(bare)
            for connection in (ruled, bare):
                await _populate(connection, organizations, rows)
            version = str(await ruled.fetchval("SHOW server_version")).split(maxsplit=1)[0]
            return [await _line(line, (ruled, bare), rounds, organizations, rows, version) for line in LINES]


async def _migrated(url: str) -> None:
    engine = create_async_engine(url)
    try:
        for schema in SCHEMAS:
            await migrate(engine, schema=schema)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _connected(url: str, schema: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(url) as connection:
        await connection.execute(f"SET search_path TO {schema}")
        yield connection


async def _switch_off(connection: asyncpg.Connection) -> None:
    for model in GAPLESS.models:
        await connection.execute(f"ALTER TABLE {model.table} DISABLE TRIGGER USER")


async def _populate(connection: asyncpg.Connection, organizations: int, rows: int) -> None:
    """Organizations with an owner and a phone number each, and operators who take no seat."""
    async with connection.transaction():
        await connection.execute(ORGANIZATIONS, organizations)
        await connection.execute(USERS, 1, "OWNER", True)
        await connection.execute(USERS, rows, "OPERATOR", False)
        await connection.execute(NUMBERS)
    await connection.execute("VACUUM ANALYZE")


async def _line(  # what is measured, on what, how often, and how much of it
    line: Bulk,
    connections: tuple[asyncpg.Connection, asyncpg.Connection],
    rounds: int,
    organizations: int,
    rows: int,
    version: str,
) -> Figure:
    results: set[int] = set()
    sides = {
        schema: _side(line, connection, rows, results) for schema, connection in zip(SCHEMAS, connections, strict=True)
    }
    medians = await round_medians(sides, Effort(rounds=rounds, steps=1))
    require_equal(results)
    return Figure(
        name=line.name.format(f"{organizations * rows:,}"),
        ours="with rules",
        other="without",
        ours_us=medians[SCHEMAS[0]].wall_us,
        other_us=medians[SCHEMAS[1]].wall_us,
        goal=GREATEST_RATIO,
        reason=REASON,
        ground=ground(version),
    )


def _side(line: Bulk, connection: asyncpg.Connection, rows: int, results: set[int]) -> Side:
    arguments = (rows,) if "$1" in line.change else ()

    async def step(_: int) -> None:
        await connection.execute(line.change, *arguments)

    async def after() -> None:
        results.add(await connection.fetchval(line.result))
        await connection.execute(line.undo)
        await connection.execute("VACUUM")
        await connection.execute("CHECKPOINT")

    return Side(step=step, after=after)


def require_equal(results: set[int]) -> None:
    """Sees to it that both sides have changed the same number of rows, in every round.

    Raises:
        SidesDiffer: they have not.
    """
    if len(results) != 1:
        raise SidesDiffer("change many rows: the two sides have left different data.")
