"""Removes every row of a catalogue's tables: of the databases of tests, whose owner alone may do it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.sql.text import qualified, quoted
from gapless.kit import Catalogue

# The guards of TRUNCATE that are switched on, and how: O as usual, A always, R on a replica.
_GUARDS = """
SELECT relname, tgname, CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = to_regnamespace(:schema) AND tgtype & 32 > 0 AND tgenabled <> 'D'
"""


async def empty(connection: AsyncConnection, catalogue: Catalogue, schema: str) -> None:
    """Removes every row of a catalogue's tables, and of what refers to them, in the transaction of a connection.

    Append-only tables refuse that to everybody; here their owner lifts the guards and puts them back as they were.

    Args:
        connection: of the owner of the tables.
        catalogue: whose tables they are.
        schema: where they are.

    Raises:
        DBAPIError: something still uses the rows.
    """
    tables = ", ".join(qualified(schema, model.stored) for model in catalogue.models)
    guards = (await connection.execute(sa.text(_GUARDS), {"schema": quoted(schema)})).all()
    for table, guard, _ in guards:
        await _switch(connection, schema, table, "DISABLE", guard)
    await connection.exec_driver_sql(f"TRUNCATE {tables} CASCADE")
    for table, guard, enable in guards:
        await _switch(connection, schema, table, enable, guard)


async def _switch(connection: AsyncConnection, schema: str, table: str, how: str, guard: str) -> None:
    await connection.exec_driver_sql(f"ALTER TABLE {qualified(schema, table)} {how} TRIGGER {quoted(guard)}")
