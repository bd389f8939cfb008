"""The lock that a unit takes on its root's row: one more command in the script that opens the unit."""

from __future__ import annotations

from typing import NamedTuple, cast
from uuid import UUID

import asyncpg
import attrs

from gapless.adapters.postgres.connections.pool import PooledConnection
from gapless.adapters.postgres.server.poolers import is_pooled
from gapless.adapters.postgres.sql.text import quoted, type_name
from gapless.adapters.postgres.statements.compiled_statements import CompiledCatalogue
from gapless.kit.ids import RootId
from gapless.kit.model import Model, Validated

NOT_THERE = "SELECT 0"
"""The tag of the command if there is no such root."""
NAMES = "gapless lock names"
"""How many names a connection has seen, among what the pool keeps of it."""


@attrs.frozen
class Lock:
    """How a connection locks a root.

    Attributes:
        before, behind: the command around the root's key.
    """

    before: str
    behind: str

    def of(self, id: RootId) -> str:
        """The command that locks this root."""
        return f"{self.before}{_constant(id)}{self.behind}"


def _constant(id: RootId) -> str:
    """The key of a root as a constant that no setting of the server reads otherwise, and that surely ends there."""
    if type(id) is UUID:
        return f"'{id.int:032x}'"
    if type(id) is int:
        return f"({id:d})"
    # Whether a backslash escapes in a constant is a setting; hexadecimal digits have none.
    digits = cast(str, id).encode().hex()
    return f"pg_catalog.convert_from(pg_catalog.decode('{digits}', 'hex'), 'UTF8')"


class Locked(NamedTuple):
    """The root that a unit locks.

    Attributes:
        root: the model of the root.
        id: its key.
    """

    root: Model[Validated]
    id: RootId


async def lock_on(taken: PooledConnection, compiled: CompiledCatalogue, root: Model[Validated], seconds: float) -> Lock:
    """How this connection, which is outside of a transaction, locks a root of a store.

    To plan the statement takes the server longer than to run it, so that happens once, at the second unit of a
    connection, in a few requests of its own. Some pools have no second unit, and then it would not pay.

    Args:
        taken: the connection.
        compiled: the statements of the store.
        root: the model of the root.
        seconds: how long a request may take.
    """
    kept: dict[object, Lock | None] = taken.pooled.info  # as long as the connection lives
    locking = compiled, root.entity
    if locking not in kept:
        # Preparing pays from the second unit on, and on some pools a connection never has one (decision 0006).
        kept[locking] = None
        return planned_each_time(compiled, root)
    found = kept[locking]
    if found is None:
        found = kept[locking] = await _planned_once(taken.driver, compiled, root, _unused_name(taken), seconds)
    return found


def _unused_name(taken: PooledConnection) -> str:
    """A name that no other store, and no attempt that was cancelled, has given to a statement of this connection."""
    numbers: dict[object, int] = taken.pooled.info
    numbers[NAMES] = numbers.get(NAMES, 0) + 1
    return f"gapless_lock_{numbers[NAMES]}"


def planned_each_time(compiled: CompiledCatalogue, root: Model[Validated]) -> Lock:
    """The lock as a statement that the server plans whenever it comes."""
    table, key = compiled.of(root.entity).name, quoted(root.key_columns[0].stored)
    return Lock(f"SELECT 1 FROM {table} WHERE {key} = ", " FOR NO KEY UPDATE")  # noqa: S608  # names of our own


async def _planned_once(
    driver: asyncpg.Connection, compiled: CompiledCatalogue, root: Model[Validated], name: str, seconds: float
) -> Lock:
    """The same as a prepared statement, unless a pooler stands before the server: then it may be another's session.

    It is prepared by SQL: what the driver prepares leaves the server within a transaction that nobody has begun.
    """
    lock = planned_each_time(compiled, root)
    # A pooler gives the next transaction to another process, where the name is unknown or means another's statement
    # (decision 0027).
    if await is_pooled(driver, seconds):
        return lock
    kind = type_name(root.key_columns[0])
    await driver.execute(f"PREPARE {name} ({kind}) AS {lock.before}$1{lock.behind}", timeout=seconds)
    return Lock(f"EXECUTE {name}(", ")")
