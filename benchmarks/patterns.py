"""What a pattern that counts costs PostgreSQL, declared and compiled: `python -m benchmarks.patterns`.

It prints the server's milliseconds for texts that fit, and the ratio of paired rounds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from statistics import median

import asyncpg

from gapless.adapters.postgres.sql.text import condition
from gapless.domain.values import E164_PATTERN
from gapless.embedded import EmbeddedServer
from gapless.embedded.server import PORT
from gapless.kit.columns import Column, ColumnType
from gapless.kit.patterns import to_postgres
from gapless.kit.predicates import Field, Matches

TEXT = Column("text", ColumnType.TEXT, nullable=False)
COUNTING: Mapping[str, tuple[str, str]] = {
    "a telephone number": (E164_PATTERN, "'+' || 998000000000 + n"),
    "a digest": ("[0-9a-f]{64}", "md5(n::text) || md5(n::text)"),
    "a code": ("[A-Z]{2}[0-9]{1,6}", "'AB' || n"),
}
"""Patterns, each with the texts that fit, as an expression over their number."""
ROWS, ROUNDS = 110_000, 9


async def measured(rows: int = ROWS, rounds: int = ROUNDS) -> list[str]:
    """Measures both forms of each pattern in turn, on a server of its own.

    Args:
        rows: how many texts are compared with a pattern.
        rounds: how many pairs are measured.

    Returns:
        A line for each pattern.
    """
    with EmbeddedServer.start() as server:
        connection = await asyncpg.connect(host=str(server.directory), port=PORT, user="postgres", database="postgres")
        try:
            await connection.execute("SET max_parallel_workers_per_gather = 0")
            return [await _line(connection, name, rows, rounds) for name in COUNTING]
        finally:
            await connection.close()


async def _line(connection: asyncpg.Connection, name: str, rows: int, rounds: int) -> str:
    pattern, text = COUNTING[name]
    await connection.execute("DROP TABLE IF EXISTS texts")
    made = f'SELECT ({text}) COLLATE "C" AS text FROM generate_series(1, {rows}) AS n'  # noqa: S608  # ours
    await connection.execute(f"CREATE TEMPORARY TABLE texts AS {made}")
    declared, compiled = f"text ~ '{to_postgres(pattern)}'", condition(Matches(Field(TEXT), pattern))
    pairs = [
        (await _milliseconds(connection, declared, rows), await _milliseconds(connection, compiled, rows))
        for _ in range(rounds)
    ]
    before, after = (median(times) for times in zip(*pairs, strict=True))
    ratio = median(compiled_ms / declared_ms for declared_ms, compiled_ms in pairs)
    return f"{name}: {before:.0f} ms declared, {after:.0f} ms compiled for {rows} texts, ratio {ratio:.2f}: {compiled}"


async def _milliseconds(connection: asyncpg.Connection, where: str, rows: int) -> float:
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT FROM texts WHERE {where}"
    (plan,) = json.loads(await connection.fetchval(explain))
    if plan["Plan"]["Actual Rows"] != rows:
        raise AssertionError(f"Not every text fits {where}.")
    return float(plan["Execution Time"])


if __name__ == "__main__":
    print("\n".join(asyncio.run(measured())))
