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
from benchmarks.measurement import Side
from benchmarks.works import Task, side_by_side
from gapless.domain.catalogue import GAPLESS
from tests.integration.databases import connected

NAME = "rules"
RULED, BARE = "with rules", "without rules"
SCHEMAS = {RULED: "ruled", BARE: "bare"}
GOAL = Goal(
    ours=RULED, other=BARE, greatest=2.0, reason="rules over many rows may at most double what a statement takes"
)
NUMBER, QUICK_NUMBER = 1_000, 3
"""How many organizations there are."""
ROWS: Mapping[int, tuple[int, int]] = {1: (1, 15), 10: (2, 10), 100: (4, 5)}
"""How many rows a statement changes of each; how many it is in a quick run, and how many rounds there are."""

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
    return [
        each
        for usual, (quick, rounds) in ROWS.items()
        for each in await _of_size(context, context.size(usual, quick), rounds)
    ]


async def _of_size(context: Context, rows: int, rounds: int) -> list[Comparison]:
    organizations = context.size(NUMBER, QUICK_NUMBER)
    async with context.database(is_migrated=False) as url:
        await migrated(url, *SCHEMAS.values())
        async with _connected(url, SCHEMAS[RULED]) as ruled, _connected(url, SCHEMAS[BARE]) as bare:
            await _switch_off(bare)
            for connection in (ruled, bare):
                await _populate(connection, organizations, rows)
            connections = {RULED: ruled, BARE: bare}
            tasks = [{name: _task(line, each, rows) for name, each in connections.items()} for line in LINES]
            effort = context.effort(rounds=rounds, steps=1)
            names = [line.name.format(f"{organizations * rows:,}") for line in LINES]
            found = [
                await side_by_side(context, NAME, name, each, effort) for name, each in zip(names, tasks, strict=True)
            ]
            return [attrs.evolve(each, goals=[GOAL]) for each in found]


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


def _task(line: Bulk, connection: asyncpg.Connection, rows: int) -> Task:
    arguments = (rows,) if "$1" in line.change else ()
    results: list[int] = []

    async def step(_: int) -> None:
        await connection.execute(line.change, *arguments)

    async def after() -> None:
        results.append(await connection.fetchval(line.result))
        await connection.execute(line.undo)
        await connection.execute("VACUUM")
        await connection.execute("CHECKPOINT")

    async def outcome() -> dict[str, object]:
        return {"rows": results}

    return Task(side=Side(step=step, after=after), outcome=outcome)
