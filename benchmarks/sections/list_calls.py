"""W3: the newest 500 calls are listed."""

from __future__ import annotations

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.sections.rows import CALL, told
from benchmarks.stage import LATENCIES, Stage
from benchmarks.works import Task, Work, compared

NAME = "list"
CALLS, QUICK = 500, 20
EFFORTS = dict(zip(LATENCIES, (Effort(rounds=40, steps=10), Effort(rounds=20, steps=5)), strict=True))
GOAL = Goal(
    ours=GAPLESS,
    other=BY_HAND,
    greatest=1.05,
    requests=1,
    reason="by hand is at its best and makes the same entities; a page may add a twentieth",
)


async def prepared(stage: Stage, entry: Entry, contender: Contender, _: Effort) -> Task:
    """Calls that are listed again and again; those that were listed last are compared."""
    home = await stage.home(entry.schema)
    number = stage.context.size(CALLS, QUICK)
    await contender.add_calls(home.id, 2 * number)
    await stage.tidy("calls")
    listed: list[object] = []

    async def step(_: int) -> None:
        listed[:] = await contender.list_calls(home.id, number)

    async def outcome() -> dict[str, object]:
        return {"calls": [told(call, CALL) for call in listed]}

    return Task(side=Side(step=step), outcome=outcome)


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders."""
    name = f"list {context.size(CALLS, QUICK)} calls"
    return await compared(
        context, Work(section=NAME, name=name, prepare=prepared, efforts=EFFORTS, goals={0.0: [GOAL]})
    )
