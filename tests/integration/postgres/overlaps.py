"""Transactions of several statements in plain SQL that overlap, led step by step: nothing is decided by time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import asyncpg
import attrs

from gapless.testing.counterexamples.attempts import PlainSql
from tests.integration.databases import connected
from tests.integration.postgres.races import COMMITTED, SECONDS, outcome, until_done_or_blocked

BEGIN, COMMIT = PlainSql("BEGIN"), PlainSql("COMMIT")
LOCKED = "SELECT FROM gapless.organizations WHERE id = $1 FOR NO KEY UPDATE"
SOON = "SET deadlock_timeout = '10ms'"
"""The server looks for a deadlock when somebody has waited for that long."""


@attrs.define
class Side:
    """One of the transactions that overlap.

    Attributes:
        connection: on which it runs.
        left: the statements that it has not begun.
        running: the statement that has begun, and may wait.
        came_to: "committed" or an SQLSTATE, when it is over.
    """

    connection: asyncpg.Connection
    left: list[PlainSql] = attrs.field(factory=list)
    running: asyncio.Task[str] | None = None
    came_to: str = ""

    def starts(self, statements: Sequence[PlainSql]) -> None:
        """Takes the statements of a transaction."""
        self.left, self.running, self.came_to = [BEGIN, *statements, COMMIT], None, ""

    async def goes_on(self, watcher: asyncpg.Connection) -> bool:
        """Runs the next statement, until it is done or waits for another transaction; whether anything was done."""
        if self.running is None:
            statement = self.left.pop(0)
            self.running = asyncio.create_task(outcome(self.connection.execute(statement.text, *statement.values)))
        await until_done_or_blocked(watcher, self.connection.get_server_pid(), self.running)
        if not self.running.done():
            return False
        came_to, self.running = self.running.result(), None
        if came_to != COMMITTED:
            await self.connection.execute("ROLLBACK")
            self.left.clear()
        if not self.left:
            self.came_to = came_to
        return True


@attrs.frozen
class Overlap:
    """Sides that overlap, and somebody who watches them."""

    sides: tuple[Side, ...]
    watcher: asyncpg.Connection

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str, *begins: str) -> AsyncIterator[Overlap]:
        """Two sides on a database.

        Args:
            url: its address, by the owner.
            begins: what the session of each side begins with.
        """
        async with AsyncExitStack() as stack:
            watcher, *others = [await stack.enter_async_context(connected(url)) for _ in range(3)]
            for connection, first in zip(others, begins or ("", ""), strict=True):
                await connection.execute(f"{SOON}; SET search_path = gapless; {first}")
            yield cls(tuple(map(Side, others)), watcher)

    async def come_to(self, *transactions: Sequence[PlainSql]) -> list[str]:
        """Runs the sides' transactions, a statement of each in turn, as far as they don't wait for each other.

        Returns:
            What became of each: "committed", or an SQLSTATE.
        """
        async with asyncio.timeout(SECONDS):
            for side, statements in zip(self.sides, transactions, strict=True):
                side.starts(statements)
            while going := [side for side in self.sides if not side.came_to]:
                if not any([await side.goes_on(self.watcher) for side in going]):
                    await self._open()
                    await asyncio.wait(
                        [side.running for side in going if side.running], return_when=asyncio.FIRST_COMPLETED
                    )
        await self._open()
        return [side.came_to for side in self.sides]

    async def close(self, organization: UUID) -> None:
        """Locks an organization, so that who locks it waits; until nobody can do anything else."""
        await self.watcher.execute("BEGIN")
        await self.watcher.execute(LOCKED, organization)

    async def _open(self) -> None:
        """Lets go of what was locked."""
        if self.watcher.is_in_transaction():
            await self.watcher.execute("COMMIT")
