"""W6: thirty-two tasks change a role at once, each in an organization of its own, on eight connections."""

from __future__ import annotations

import asyncio

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.stage import LATENCIES, Stage
from benchmarks.works import Task, Work, compared
from gapless.domain.users import Role

NAME = "concurrent"
TASKS, QUICK, POOL_SIZE = 32, 4, 8
ROLES = (Role.ADMIN, Role.MANAGER)
EFFORTS = dict(zip(LATENCIES, (Effort(rounds=30, steps=6), Effort(rounds=15, steps=4)), strict=True))
REASON = "with pools of one size, waiting for a connection costs no more than by hand"


async def prepared(stage: Stage, entry: Entry, contender: Contender, _: Effort) -> Task:
    """As many organizations as tasks; a step is one change in each, and what stands in the tables is compared."""
    homes = [await stage.home(entry.schema) for _ in range(stage.context.size(TASKS, QUICK))]

    async def step(place: int) -> None:
        role = ROLES[place % 2]
        await asyncio.gather(*(contender.change_role(home.id, home.member, role) for home in homes))

    async def outcome() -> dict[str, object]:
        return dict(await stage.contents(entry.schema, [home.id for home in homes], with_events=entry.has_events))

    return Task(side=Side(step=step), outcome=outcome)


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders, each with a pool of the same size."""
    tasks = context.size(TASKS, QUICK)
    goal = Goal(ours=GAPLESS, other=BY_HAND, greatest=1.2, requests=4 * tasks, reason=REASON)
    work = Work(
        section=NAME,
        name=f"{tasks} tasks change a role at once on {POOL_SIZE} connections",
        prepare=prepared,
        efforts=EFFORTS,
        goals={0.0: [goal]},
        pool_size=POOL_SIZE,
    )
    return await compared(context, work)
