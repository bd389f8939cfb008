"""Whether two connections lead to one database, shown by a lock that the one holds and the other does not get.

Addresses don't tell: one server has several, and servers that were made from one copy say the same of themselves. Such
a lock is in one database of one running server, and asks no right of a role.
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
