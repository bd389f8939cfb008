"""Writing one row by plain SQL: with gapless's triggers, and on the same tables without them.

Three of the writes concern no rule over many rows, so that their triggers only look. The others put an invariant in
question, which the commit then decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import asyncpg
import attrs

from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.sections.rules_cost import BARE, RULED
from benchmarks.stage import LATENCIES, OURS, PLAIN, Home, Stage, opened_stage
from benchmarks.works import Task, side_by_side
from tests.integration.databases import connected

NAME = "rules_of_one_row"
SCHEMAS = {RULED: OURS, BARE: PLAIN}
EFFORT = Effort(rounds=30, steps=100)
GOAL = Goal(ours=RULED, other=BARE, greatest=1.15, reason="a write that no invariant concerns pays for a look at most")

# schemas are ours
ROLE = "UPDATE {0}.users SET role = $3, version = version + 1 WHERE organization_id = $1 AND id = $2"
RENAME = "UPDATE {0}.organizations SET name = $2, version = version + 1 WHERE id = $1"
COMPLETE = """
UPDATE {0}.calls SET status = 'COMPLETED', ended_at = started_at + interval '1 second', duration_seconds = 1,
    version = version + 1 WHERE organization_id = $1 AND id = $2"""
INVITE = """
INSERT INTO {0}.users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted, version)
VALUES ($1, $2, now(), $3, 'Bob', 'MANAGER', 'en', true, false, 1)"""
START = """
INSERT INTO {0}.calls (organization_id, id, created_at, phone_number_id, status, started_at, handled_by, version)
SELECT $1, $2, now(), id, 'ACTIVE', now(), 'AI', 1 FROM {0}.phone_numbers WHERE organization_id = $1"""


@attrs.frozen(kw_only=True)
class Write:
    """One write.

    Attributes:
        statement: in which `{0}` stands for the schema.
        arguments: what it is given behind the organization, for a step; and the id of a row that belongs to this step.
        is_looked_at_only: whether no invariant concerns it.
        start: whether a call has to be started for each step before.
    """

    statement: str
    arguments: Callable[[Home, int, UUID], tuple[object, ...]]
    is_looked_at_only: bool = False
    start: bool = False


WRITES = {
    "rename an organization": Write(
        statement=RENAME, arguments=lambda _home, place, _own: (f"Acme {place % 2}",), is_looked_at_only=True
    ),
    "change a member's role": Write(
        statement=ROLE,
        arguments=lambda home, place, _own: (home.member, ("ADMIN", "MANAGER")[place % 2]),
        is_looked_at_only=True,
    ),
    "complete a call": Write(
        statement=COMPLETE, arguments=lambda _home, _place, own: (own,), is_looked_at_only=True, start=True
    ),
    "change an owner's role": Write(
        statement=ROLE, arguments=lambda home, place, _own: (home.owner, ("ADMIN", "OWNER")[place % 2])
    ),
    "invite a user": Write(statement=INVITE, arguments=lambda _home, place, own: (own, f"new{place}@acme.org")),
    "start a call": Write(statement=START, arguments=lambda _home, _place, own: (own,)),
}


async def measured(context: Context) -> list[Comparison]:
    """Compares both sides for each write."""
    async with opened_stage(context) as stage:
        return [await _compared(stage, name, write) for name, write in WRITES.items()]


async def _compared(stage: Stage, name: str, write: Write) -> Comparison:
    effort = stage.context.effort(rounds=EFFORT.rounds, steps=EFFORT.steps)
    async with AsyncExitStack() as stack:
        tasks = {}
        for side, schema in SCHEMAS.items():
            connection = await stack.enter_async_context(connected(stage.ways[LATENCIES[0]]))
            tasks[side] = await prepared(stage, schema, connection, write, effort)
        found = await side_by_side(stage.context, NAME, name, tasks, effort)
    goals = [GOAL] if write.is_looked_at_only else []
    return attrs.evolve(found, requests=dict.fromkeys(tasks, 1), goals=goals)


async def prepared(stage: Stage, schema: str, connection: asyncpg.Connection, write: Write, effort: Effort) -> Task:
    """A write in an organization of its own; what stands in the tables is compared."""
    home, ids = await stage.home(schema), list[UUID]()
    statement = write.statement.format(schema)

    async def before() -> None:
        ids.extend(uuid4() for _ in range(effort.steps))
        if write.start:
            await connection.executemany(START.format(schema), [(home.id, own) for own in ids[-effort.steps :]])

    async def step(place: int) -> None:
        await connection.execute(statement, home.id, *write.arguments(home, place, ids[place]))

    return Task(side=Side(step=step, before=before), outcome=_outcome(stage, schema, home))


def _outcome(stage: Stage, schema: str, home: Home) -> Callable[[], Awaitable[dict[str, object]]]:
    async def outcome() -> dict[str, object]:
        return dict(await stage.contents(schema, [home.id], with_events=False))

    return outcome
