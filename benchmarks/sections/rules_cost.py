"""Changing many rows in one statement: with the rules over many rows, and with every trigger of ours switched off.

Both sides have the same tables, checks, references and indexes, in a schema each. What is compared is what the triggers
cost: they look at the rows before and after, lock the organizations, write to them, and decide them at the commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
import attrs

from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context, migrated
from benchmarks.measurement import Side, SidesDiffer, round_medians
from gapless.domain.catalogue import GAPLESS
from tests.integration.databases import connected

NAME = "rules"
RULED, BARE = "with rules", "without rules"
SCHEMAS = {RULED: "ruled", BARE: "bare"}
GOAL = Goal(
    ours=RULED, other=BARE, greatest=2.0, reason="rules over many rows may at most double what a statement takes"
)
ROUNDS, ORGANIZATIONS_NUMBER, ROWS = 5, 1000, 100

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


async def measured(context: Context) -> list[Comparison]:
    """Compares both sides for each line.

    Raises:
        SidesDiffer: they have not changed the same number of rows.
    """
    organizations, rows = context.size(ORGANIZATIONS_NUMBER, 3), context.size(ROWS, 4)
    async with context.database(is_migrated=False) as url:
        await migrated(url, *SCHEMAS.values())
        async with _connected(url, SCHEMAS[RULED]) as ruled, _connected(url, SCHEMAS[BARE]) as bare:
            await _switch_off(bare)
            for connection in (ruled, bare):
                await _populate(connection, organizations, rows)
            connections = {RULED: ruled, BARE: bare}
            return [await _line(context, line, connections, organizations, rows) for line in LINES]


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


async def _line(
    context: Context, line: Bulk, connections: Mapping[str, asyncpg.Connection], organizations: int, rows: int
) -> Comparison:
    results: set[int] = set()
    sides = {name: _side(line, connection, rows, results) for name, connection in connections.items()}
    ground = context.ground(with_server=True)
    rounds = await round_medians(sides, context.effort(rounds=ROUNDS, steps=1))
    require_equal(results)
    return Comparison(
        section=NAME,
        name=line.name.format(f"{organizations * rows:,}"),
        ground=ground,
        wall_us={name: each.wall_us for name, each in rounds.items()},
        cpu_us={name: each.cpu_us for name, each in rounds.items()},
        goals=[GOAL],
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
