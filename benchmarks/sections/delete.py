"""W5: an organization of a thousand users is deleted softly, and its number is released."""

from __future__ import annotations

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.stage import LATENCIES, Home, Stage
from benchmarks.works import Task, Work, compared

NAME = "delete"
USERS, QUICK = 1_000, 5
EFFORTS = dict(zip(LATENCIES, (Effort(rounds=20, steps=2), Effort(rounds=8, steps=2)), strict=True))
GOAL = Goal(
    ours=GAPLESS,
    other=BY_HAND,
    greatest=1.15,
    reason="by hand is at its best, with all that it reads and all that it writes in one request each",
)


async def prepared(stage: Stage, entry: Entry, contender: Contender, effort: Effort) -> Task:
    """Organizations that are made before each round and deleted in it; what stands in the tables is compared."""
    made: list[Home] = []

    async def before() -> None:
        users = stage.context.size(USERS, QUICK)
        made.extend([await stage.home(entry.schema, users) for _ in range(effort.steps)])
        await stage.tidy("users", "organizations", "phone_numbers")

    async def step(place: int) -> None:
        await contender.delete(made[place].id)

    async def outcome() -> dict[str, object]:
        homes = [home.id for home in made]
        return dict(await stage.contents(entry.schema, homes, with_events=entry.has_events))

    return Task(side=Side(step=step, before=before), outcome=outcome)


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders."""
    name = f"delete an organization of {context.size(USERS, QUICK):,} users"
    return await compared(
        context, Work(section=NAME, name=name, prepare=prepared, efforts=EFFORTS, goals={0.0: [GOAL]})
    )
