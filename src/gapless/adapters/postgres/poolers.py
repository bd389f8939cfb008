"""Poolers between the application and the server, such as PgBouncer: noticed, whether or not somebody said so.

In transaction mode a pooler gives each transaction another of the server's processes, where the names of prepared
statements mean others. That is no mere error: a name may be there, and be another client's statement.
"""

from __future__ import annotations

import asyncpg

from gapless.domain.errors import DatabaseUnsuitable


async def is_pooled(driver: asyncpg.Connection, seconds: float) -> bool:
    """Whether the process of the server that answers is another than the one that greeted."""
    return bool(await driver.fetchval("SELECT pg_backend_pid()", timeout=seconds) != driver.get_server_pid())


async def require_no_names(driver: asyncpg.Connection, seconds: float) -> None:
    """Refuses a connection through a pooler on which the driver prepares statements by name.

    Raises:
        DatabaseUnsuitable: it is one.
    """
    if not await is_pooled(driver, seconds):
        return
    prepared = await driver.prepare("SELECT 1", timeout=seconds)
    await prepared.fetchval(timeout=seconds)  # what is only prepared keeps the server's process to itself
    if prepared.get_name():
        raise DatabaseUnsuitable(
            "A pooler stands before the server, and nobody said so: statements that are prepared on one connection "
            "would be run on another. Say pooler=true in the URL, or make the engine with statement_cache_size=0; "
            "where the pooler keeps track of prepared statements, open it with verify=False."
        )
