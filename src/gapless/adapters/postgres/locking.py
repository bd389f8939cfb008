"""The lock that a unit takes on its organization's row, as one more command of the script that opens the unit."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from gapless.adapters.postgres.connections import Lease
from gapless.adapters.postgres.plan import Plans

NOT_THERE = "SELECT 0"
"""The tag of the command if there is no such organization."""


def lock_statement(plans: Plans) -> str:
    """Locks the row of an organization against other units; $1 is its id."""
    root = plans.catalogue.root
    return f"SELECT 1 FROM {plans.of(root.entity).name} WHERE {root.key[0]} = $1 FOR NO KEY UPDATE"  # noqa: S608  # names of ours


async def lock_command(taken: Lease, statement: str, id: UUID, seconds: float) -> str:
    """The command that runs the statement for this organization.

    To plan it costs more than to run it, so that happens once a connection, at the first unit; it takes a few requests.

    Args:
        taken: the connection, outside of a transaction.
        statement: what `lock_statement` gave.
        id: the organization's.
        seconds: how long a request may take.
    """
    kept = taken.pooled.info  # as long as the connection lives
    if statement not in kept:
        kept[statement] = await _prepared(taken.driver, statement, seconds)
    prepared: asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record] | None = kept[statement]
    return statement.replace("$1", f"'{id}'") if prepared is None else f"EXECUTE {prepared.get_name()}('{id}')"


async def _prepared(
    driver: asyncpg.Connection, statement: str, seconds: float
) -> asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record] | None:
    """The statement planned on the server; nothing if a pooler is between, for which a connection is not one session."""
    backend = await driver.fetchval("SELECT pg_backend_pid()", timeout=seconds)
    if backend != driver.get_server_pid():
        return None
    return await driver.prepare(statement, timeout=seconds)
