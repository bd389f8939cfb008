"""Behind the face of a unit of PostgreSQL: the connection that it works by."""

from __future__ import annotations

from typing import cast

import asyncpg

from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.adapters.postgres.transaction import PostgresTransaction
from gapless.adapters.writing.units import StoreReading, StoreSystemUnit, StoreUnit


def session_of(unit: object) -> UnitConnection:
    """The session of a unit or a reading."""
    opened = cast("StoreUnit | StoreReading | StoreSystemUnit", unit)._unit
    return cast(PostgresTransaction, opened.transaction).unit_connection


async def is_unit_blocked(watcher: asyncpg.Connection, unit: object) -> bool:
    """Whether a unit waits for a lock of another session."""
    return await is_session_blocked(watcher, session_of(unit).driver.get_server_pid())


async def is_session_blocked(watcher: asyncpg.Connection, pid: int) -> bool:
    """Whether a session waits for a lock of another one."""
    return bool(await watcher.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid))
