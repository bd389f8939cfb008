"""Finds out whether two connections lead to one database, by a lock that one holds and the other can't get.

Addresses don't tell: a server has several, and servers that are copies of one say the same about themselves. Such a
lock belongs to one database of one running server, and needs no right of a role.
"""

from __future__ import annotations

import secrets

import asyncpg

KEY_BITS = 63


async def is_same_database(one: asyncpg.Connection, other: asyncpg.Connection) -> bool:
    """Whether two connections, both outside of any transaction, lead to one database of one running server."""
    key = secrets.randbits(KEY_BITS)
    # A pooler keeps a connection for as long as a transaction lasts.
    await one.execute("BEGIN")
    await other.execute("BEGIN")
    await one.execute(f"SELECT pg_catalog.pg_advisory_xact_lock({key})")
    is_free = await other.fetchval(f"SELECT pg_catalog.pg_try_advisory_xact_lock({key})")
    await other.execute("ROLLBACK")
    await one.execute("ROLLBACK")
    return not is_free
