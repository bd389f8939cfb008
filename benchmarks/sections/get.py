"""W1: a user is read by its id."""

from __future__ import annotations

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.sections.rows import USER, told
from benchmarks.stage import LATENCIES, Stage
from benchmarks.works import Task, Work, compared

NAME = "get"
EFFORTS = dict(zip(LATENCIES, (Effort(rounds=40, steps=100), Effort(rounds=20, steps=20)), strict=True))
GOAL = Goal(
    ours=GAPLESS,
    other=BY_HAND,
    greatest=1.05,
    requests=1,
    reason="by hand is at its best and sends the same request; a repository may add a twentieth",
)


async def prepared(stage: Stage, entry: Entry, contender: Contender, _: Effort) -> Task:
    """Users that are read in turns; what was read of each is compared."""
    home = await stage.home(entry.schema)
    read: dict[int, object] = {}

    async def step(place: int) -> None:
        number = place % len(home.users)
        read[number] = await contender.get_user(home.id, home.users[number])

    async def outcome() -> dict[str, object]:
        return {"users": {number: told(user, USER) for number, user in sorted(read.items())}}

    return Task(side=Side(step=step), outcome=outcome)


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders."""
    work = Work(section=NAME, name="get a user", prepare=prepared, efforts=EFFORTS, goals={0.0: [GOAL]})
    return await compared(context, work)
