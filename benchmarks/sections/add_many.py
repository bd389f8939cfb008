"""W4: many calls are made, validated and added.

gapless and by hand make entities, which validate each call. The others make plain values, at which only the constraints
of the tables look.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.stage import LATENCIES, Contents, Stage
from benchmarks.works import Prepare, Task, Work, compared

NAME = "add_many"
EFFORTS: Mapping[int, Mapping[float, Effort]] = {
    1_000: dict(zip(LATENCIES, (Effort(rounds=30, steps=2), Effort(rounds=10, steps=2)), strict=True)),
    10_000: dict(zip(LATENCIES, (Effort(rounds=14, steps=1), Effort(rounds=5, steps=1)), strict=True)),
}
QUICK = {1_000: 10, 10_000: 20}
GOAL = Goal(
    ours=GAPLESS,
    other=BY_HAND,
    greatest=1.1,
    reason="by hand is at its best and makes the same entities; what refuses by rule may add a tenth",
)


def prepared(number: int) -> Prepare:
    """Makes what prepares so many calls; what they leave is compared after each round, and then removed."""

    async def prepare(stage: Stage, entry: Entry, contender: Contender, _: Effort) -> Task:
        home = await stage.home(entry.schema)
        left: list[Contents] = []

        async def step(_: int) -> None:
            await contender.add_calls(home.id, number)

        async def after() -> None:
            found = await stage.contents(entry.schema, [home.id], with_events=entry.has_events)
            if found not in left:  # each round leaves the same, unless something is wrong
                left.append(found)
            await stage.connection.execute(f"DELETE FROM {entry.schema}.calls")  # noqa: S608  # the schema is ours
            await stage.connection.execute(f"VACUUM {entry.schema}.calls")
            await stage.connection.execute("CHECKPOINT")

        async def outcome() -> dict[str, object]:
            return {table: [each[table] for each in left] for table in left[0]}

        return Task(side=Side(step=step, after=after), outcome=outcome)

    return prepare


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders, with a thousand and with ten thousand calls."""
    works = []
    for usual, efforts in EFFORTS.items():
        number = context.size(usual, QUICK[usual])
        name = f"add {number:,} calls"
        works.append(Work(section=NAME, name=name, prepare=prepared(number), efforts=efforts, goals={0.0: [GOAL]}))
    return await compared(context, *works)
