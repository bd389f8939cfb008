"""Works on PostgreSQL: what all contenders do side by side, with requests counted and shown to have done the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack

import attrs

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import contenders
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side, SidesDiffer, round_medians, where_they_differ
from benchmarks.stage import LATENCIES, OUTBOX, Stage, opened_stage

WARMING = 2


@attrs.frozen(kw_only=True)
class Task:
    """A work as one contender does it.

    Attributes:
        side: what is measured.
        outcome: what all steps have left or read, by what is compared, in values that are equal for all contenders.
            What a contender does not do, such as the outbox, is left out.
    """

    side: Side
    outcome: Callable[[], Awaitable[Mapping[str, object]]]


Prepare = Callable[[Stage, Entry, Contender, Effort], Awaitable[Task]]


@attrs.frozen(kw_only=True)
class Work:
    """One work.

    Attributes:
        section: the section of the benchmarks that it belongs to.
        name: what is done.
        prepare: makes an organization for a contender, and says what it does there.
        efforts: how much is measured, by latency.
        goals: what is to be reached, by latency.
        pool_size: how many connections each contender has.
    """

    section: str
    name: str
    prepare: Prepare
    efforts: Mapping[float, Effort]
    goals: Mapping[float, Sequence[Goal]]
    pool_size: int = 1


async def compared(context: Context, *works: Work) -> list[Comparison]:
    """Compares all contenders in each work, with each latency, in a database of their own.

    Raises:
        SidesDiffer: they have not done the same.
    """
    found = []
    async with opened_stage(context) as stage:
        for work in works:
            requests = await _counted(stage, work)
            found += [await _measured(stage, work, latency, requests) for latency in LATENCIES]
    return found


async def _measured(stage: Stage, work: Work, latency: float, requests: Mapping[str, float]) -> Comparison:
    usual = work.efforts[latency]
    effort = stage.context.effort(rounds=usual.rounds, steps=usual.steps)
    async with AsyncExitStack() as stack:
        tasks = await _tasks(stack, stage, work, stage.ways[latency], effort)
        found = await side_by_side(stage.context, work.section, work.name, tasks, effort)
    return attrs.evolve(found, latency_ms=latency, requests=requests, goals=work.goals.get(latency, ()))


async def side_by_side(
    context: Context, section: str, name: str, tasks: Mapping[str, Task], effort: Effort
) -> Comparison:
    """Measures some tasks in turns, and sees to it that they have done the same; the goals are the caller's to add.

    Raises:
        SidesDiffer: one has done something else.
    """
    ground = context.ground(with_server=True)
    rounds = await round_medians({side: task.side for side, task in tasks.items()}, effort)
    await require_equal(name, tasks)
    return Comparison(
        section=section,
        name=name,
        ground=ground,
        wall_us={side: each.wall_us for side, each in rounds.items()},
        cpu_us={side: each.cpu_us for side, each in rounds.items()},
    )


async def _tasks(stack: AsyncExitStack, stage: Stage, work: Work, way: str, effort: Effort) -> dict[str, Task]:
    tasks = {}
    for name, entry in contenders().items():
        contender = await stack.enter_async_context(entry.opened(way, work.pool_size))
        tasks[name] = await work.prepare(stage, entry, contender, effort)
    return tasks


async def _counted(stage: Stage, work: Work) -> dict[str, float]:
    """How many requests a step takes through the proxy, once every statement is prepared, by contender."""
    effort = Effort(rounds=1, steps=2)
    async with AsyncExitStack() as stack:
        tasks = await _tasks(stack, stage, work, stage.counted, effort)
        requests = {name: await _requests(stage, task.side, effort) for name, task in tasks.items()}
        await require_equal(work.name, tasks)
    return requests


async def _requests(stage: Stage, side: Side, effort: Effort) -> float:
    requests = 0
    for turn in range(WARMING + 1):
        await side.before()
        stage.proxy.messages.clear()
        for step in range(turn * effort.steps, (turn + 1) * effort.steps):
            await side.step(step)
        requests = stage.proxy.requests
        await side.after()
    return requests / effort.steps


async def require_equal(name: str, tasks: Mapping[str, Task]) -> None:
    """Sees to it that all contenders have done the same, as far as they do it.

    Raises:
        SidesDiffer: one has not.
    """
    outcomes = {each: await task.outcome() for each, task in tasks.items()}
    first, expected = next(iter(outcomes.items()))
    for other, found in outcomes.items():
        if missing := expected.keys() - found.keys() - {OUTBOX}:
            raise SidesDiffer(f"{name}: {other} tells nothing of {', '.join(sorted(missing))}.")
        for what in found:
            if found[what] != expected[what]:
                mine, theirs = where_they_differ(str(expected[what]), str(found[what]))
                told = f"{first} left {mine}; {other} left {theirs}."
                raise SidesDiffer(f"{name}: {first} and {other} have not done the same to {what}. {told}")
