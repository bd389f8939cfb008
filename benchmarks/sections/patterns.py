"""What a pattern that counts costs PostgreSQL: as it is declared, and as it is compiled to a loop and a length."""

from __future__ import annotations

import json
from collections.abc import Mapping

import asyncpg

from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context
from benchmarks.ground import Ground
from gapless.adapters.postgres.sql.text import condition
from gapless.domain.values import E164_PATTERN
from gapless.kit.columns import Column, ColumnType
from gapless.kit.patterns import to_postgres
from gapless.kit.predicates import Field, Matches
from tests.integration.databases import connected

NAME = "patterns"
TEXT = Column("text", ColumnType.TEXT, nullable=False)
COUNTING: Mapping[str, tuple[str, str]] = {
    "a telephone number": (E164_PATTERN, "'+' || 998000000000 + n"),
    "a digest": ("[0-9a-f]{64}", "md5(n::text) || md5(n::text)"),
    "a code": ("[A-Z]{2}[0-9]{1,6}", "'AB' || n"),
}
"""Patterns, each with the texts that fit, as an expression over their number."""
ROWS, ROUNDS = 110_000, 9
GOALS = {"a telephone number": 0.4}
REASON = "what is compiled takes about a third of the time"
COMPILED, DECLARED = "compiled", "declared"
MICROSECONDS = 1000


async def measured(context: Context) -> list[Comparison]:
    """Measures both forms of each pattern in turn, by the server's own clock."""
    async with context.database(is_migrated=False) as url, connected(url) as connection:
        await connection.execute("SET max_parallel_workers_per_gather = 0")
        ground, rows = context.ground(with_server=True), context.size(ROWS, 9)
        rounds = context.effort(rounds=ROUNDS, steps=1).rounds
        return [await _pattern(connection, ground, name, rows, rounds) for name in COUNTING]


async def _pattern(connection: asyncpg.Connection, ground: Ground, name: str, rows: int, rounds: int) -> Comparison:
    pattern, text = COUNTING[name]
    await connection.execute("DROP TABLE IF EXISTS texts")
    made = f'SELECT ({text}) COLLATE "C" AS text FROM generate_series(1, {rows}) AS n'  # noqa: S608  # ours
    await connection.execute(f"CREATE TEMPORARY TABLE texts AS {made}")
    forms = {COMPILED: condition(Matches(Field(TEXT), pattern)), DECLARED: f"text ~ '{to_postgres(pattern)}'"}
    wall: dict[str, list[float]] = {form: [] for form in forms}
    for place in range(rounds + 1):
        for form, where in [*forms.items()][:: -1 if place % 2 else 1]:
            wall[form].append(await _microseconds(connection, where, rows))
    goals = [
        Goal(ours=COMPILED, other=DECLARED, greatest=greatest, reason=REASON)
        for whose, greatest in GOALS.items()
        if whose == name
    ]
    return Comparison(
        section=NAME,
        name=f"{name} among {rows:,}: {forms[COMPILED]}",
        ground=ground,
        wall_us={form: times[1:] for form, times in wall.items()},
        goals=goals,
    )


async def _microseconds(connection: asyncpg.Connection, where: str, rows: int) -> float:
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT FROM texts WHERE {where}"
    (plan,) = json.loads(await connection.fetchval(explain))
    if plan["Plan"]["Actual Rows"] != rows:
        raise AssertionError(f"Not every text fits {where}.")
    return float(plan["Execution Time"]) * MICROSECONDS
