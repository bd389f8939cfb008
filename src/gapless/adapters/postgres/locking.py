"""The lock that a unit takes on its organization's row: one more command in the script that opens the unit."""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

import asyncpg
import attrs

from gapless.adapters.postgres.connections import Lease
from gapless.adapters.postgres.plan import Plans
from gapless.adapters.postgres.poolers import is_pooled

NOT_THERE = "SELECT 0"
"""The tag of the command if there is no such organization."""
# In quotes because only the stubs of asyncpg make it generic.
Prepared: TypeAlias = "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]"


@attrs.frozen
class Lock:
    """How a connection locks an organization.

    Attributes:
        before, behind: the command around the organization's id.
        prepared: the statement that the command runs, which lives as long as somebody holds it; None if it runs none.
    """

    before: str
    behind: str
    prepared: Prepared | None = None

    def of(self, id: UUID) -> str:
        """The command that locks this organization."""
        return f"{self.before}'{id}'{self.behind}"


async def lock_on(taken: Lease, plans: Plans, seconds: float) -> Lock:
    """How this connection, which is outside of a transaction, locks an organization of a store.

    To plan the statement takes the server longer than to run it, so that happens once, at the second unit of a
    connection, in a few requests of its own. Some pools have no second unit, and then it would not pay.

    Args:
        taken: the connection.
        plans: those of the store.
        seconds: how long a request may take.
    """
    kept: dict[object, Lock | None] = taken.pooled.info  # as long as the connection lives
    if plans not in kept:
        kept[plans] = None
        return _planned_each_time(plans)
    found = kept[plans]
    if found is None:
        found = kept[plans] = await _planned_once(taken.driver, _planned_each_time(plans), seconds)
    return found


def _planned_each_time(plans: Plans) -> Lock:
    root = plans.catalogue.root
    table, key = plans.of(root.entity).name, root.key[0]
    return Lock(f"SELECT 1 FROM {table} WHERE {key} = ", " FOR NO KEY UPDATE")  # noqa: S608  # names of our own


async def _planned_once(driver: asyncpg.Connection, lock: Lock, seconds: float) -> Lock:
    """The same as a prepared statement, unless a pooler stands before the server: then it may be another's session."""
    if await is_pooled(driver, seconds):
        return lock
    prepared = await driver.prepare(f"{lock.before}$1{lock.behind}", timeout=seconds)
    if not prepared.get_name():  # the host has switched off the driver's cache, and with it the names
        return lock
    return Lock(f"EXECUTE {prepared.get_name()}(", ")", prepared)
