"""Many sessions of plain SQL that write at random at the same time; whatever they commit is asked what it breaks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Generic

import asyncpg
import attrs

from tests.integration.databases import connected
from tests.integration.postgres.acts import Act, P
from tests.integration.postgres.overlaps import SOON
from tests.integration.postgres.races import (
    COMMITTED,
    DEADLOCK,
    LEVELS,
    MISSING_PARENT,
    RESTRICTED,
    SERIALIZATION,
    TAKEN,
    VIOLATED,
    finish,
    outcome,
)

TWO_UPDATERS = "XX000"
EXPECTED = frozenset({COMMITTED, VIOLATED, MISSING_PARENT, RESTRICTED, TAKEN, SERIALIZATION, DEADLOCK, TWO_UPDATERS})
"""What may become of a transaction that writes rows of several places in any order.

XX000 is the server's own: `new multixact has more than one updating member`, above READ COMMITTED in one of 100,000.
"""
MOST_ACTS = 3
ASKED_EVERY = 5
"""After how many of its transactions a session asks what is broken."""
SILENT = "SET session_replication_role = replica"
"""No trigger is carried out, so that neither rules nor references are enforced."""


@attrs.frozen(kw_only=True)
class Stress(Generic[P]):
    """What is written at random.

    Attributes:
        acts: what a transaction may do.
        places: where.
        broken: asks which rules the committed rows break.
        workers: how many sessions write at the same time.
        transactions: how many each of them begins.
    """

    acts: Sequence[Act[P]]
    places: Sequence[P]
    broken: Callable[[asyncpg.Connection], Awaitable[list[str]]]
    workers: int
    transactions: int

    async def run(self, url: str, seed: int, *, silent: bool = False) -> tuple[Counter[str], set[str]]:
        """Runs all sessions to their ends.

        Args:
            url: the database.
            seed: of what they choose; what overlaps is up to the server.
            silent: whether no rule is enforced.

        Returns:
            How many transactions ended in which way, and the rules that were found broken.
        """
        ends, found = Counter[str](), set[str]()
        async with asyncio.TaskGroup() as group:
            for number in range(self.workers):
                group.create_task(self._write(url, Random(f"{seed}, {number}"), ends, found, silent=silent))
        async with connected(url) as last:
            found |= {*await self.broken(last)}
        return ends, found

    async def _write(self, url: str, random: Random, ends: Counter[str], found: set[str], *, silent: bool) -> None:
        async with connected(url) as connection:
            await connection.execute(SOON)
            if silent:
                await connection.execute(SILENT)
            for number in range(self.transactions):
                ends[await self._transaction(connection, random)] += 1
                if number % ASKED_EVERY == 0:
                    found |= {*await self.broken(connection)}

    async def _transaction(self, connection: asyncpg.Connection, random: Random) -> str:
        await connection.execute(f"BEGIN ISOLATION LEVEL {random.choice([*LEVELS.values()])}")
        for _ in range(random.randint(1, MOST_ACTS)):
            act, place = random.choice(self.acts), random.choice(self.places)
            so_far = await outcome(act(connection, place))
            if so_far != COMMITTED:
                return await finish(connection, so_far)
        return await finish(connection, COMMITTED)
