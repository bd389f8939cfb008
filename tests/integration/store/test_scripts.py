"""What each script begins is what it says, whatever the session would begin by itself."""

from __future__ import annotations

import asyncpg
import pytest

from gapless.adapters.postgres.connections import scripts
from tests.integration.databases import connected

OTHERWISE = (
    "SET default_transaction_isolation = 'serializable'; SET lock_timeout = '7s'; SET statement_timeout = '7s'; "
    "SET idle_in_transaction_session_timeout = '7s'"
)
SHOWN = (
    *("transaction_isolation", "transaction_read_only", "lock_timeout", "statement_timeout"),
    "idle_in_transaction_session_timeout",
)
BEGUN = {
    "unit": (scripts.unit(3, 2), ("read committed", "off", "2s", "3s", "3s")),
    "unit that has less time than a lock may take": (scripts.unit(3, 0), ("read committed", "off", "0", "3s", "3s")),
    "snapshot": (scripts.snapshot(3), ("repeatable read", "on", "7s", "3s", "3s")),
}


async def begins(connection: asyncpg.Connection, script: str) -> tuple[str, ...]:
    """What holds in the transaction that a script begins."""
    await connection.execute(script)
    found = [str(await connection.fetchval(f"SHOW {name}")) for name in SHOWN]
    await connection.execute("ROLLBACK")
    return tuple(found)


@pytest.mark.asyncio
async def test_each_script_begins_what_it_says(database_url: str) -> None:
    """Isolation, limits and whether anything can be written: none is left to the session that a script sets."""
    async with connected(database_url) as connection:
        await connection.execute(OTHERWISE)
        assert {name: await begins(connection, script) for name, (script, _) in BEGUN.items()} == {
            name: expected for name, (_, expected) in BEGUN.items()
        }


@pytest.mark.asyncio
@pytest.mark.parametrize("name", BEGUN)
async def test_a_script_that_leaves_something_out_is_noticed(database_url: str, name: str) -> None:
    """Planted: without any one of its parts but the mark, a script begins something else."""
    script, expected = BEGUN[name]
    parts = [
        part
        for part in ("ISOLATION LEVEL READ COMMITTED", "ISOLATION LEVEL REPEATABLE READ", "READ ONLY")
        if part in script
    ]
    limits = [part for part in script.split("; ") if part.startswith("SET LOCAL") and "gapless" not in part]
    async with connected(database_url) as connection:
        await connection.execute(OTHERWISE)
        for part in (*parts, *limits):
            without = script.replace(part, "SELECT 1" if part in limits else "")
            assert await begins(connection, without) != expected, part
