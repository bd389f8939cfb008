"""Measures steps side by side: in rounds, one side after the other, so that what slows the machine slows them all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs

Step = Callable[[int], Awaitable[object]]
NANOSECONDS = 1000
SHOWN = 300


class SidesDiffer(AssertionError):
    """Two sides of a benchmark did not do the same, so that comparing their times says nothing."""


async def nothing() -> None:
    """What happens around the steps of a side that leaves nothing to prepare or to clear."""


@attrs.frozen(kw_only=True)
class Side:
    """One of those that are measured.

    Attributes:
        step: what is timed; it gets 0, 1, 2, ... in one count over all rounds.
        before: what happens before the steps of a round, untimed.
        after: what happens after the steps of a round, untimed.
    """

    step: Step
    before: Callable[[], Awaitable[object]] = nothing
    after: Callable[[], Awaitable[object]] = nothing


@attrs.frozen(kw_only=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: how many rounds count; one more comes before them to warm up, and does not.
        steps: how many steps each side takes in a round.
    """

    rounds: int
    steps: int


@attrs.frozen(kw_only=True)
class Rounds:
    """What a side took in each round.

    Attributes:
        wall_us: the median of its steps, in microseconds.
        cpu_us: the CPU of this process for one step, on average, in microseconds.
    """

    wall_us: Sequence[float]
    cpu_us: Sequence[float]


async def round_medians(sides: Mapping[str, Side], effort: Effort) -> dict[str, Rounds]:
    """What each side takes in each round.

    The sides take turns, and each round begins with another one. The garbage collector runs before each turn and not
    during it.
    """
    names = list(sides)
    turns: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for place in range(effort.rounds + 1):
        begin = place % len(names)
        steps = range(place * effort.steps, (place + 1) * effort.steps)
        for name in names[begin:] + names[:begin]:
            turns[name].append(await _turn(sides[name], steps))
    return {
        name: Rounds(wall_us=[wall for wall, _ in taken[1:]], cpu_us=[cpu for _, cpu in taken[1:]])
        for name, taken in turns.items()
    }


async def _turn(side: Side, steps: Sequence[int]) -> tuple[float, float]:
    await side.before()
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time_ns()
        taken = [await _timed(side.step, step) for step in steps]
        cpu = (time.process_time_ns() - begun) / len(steps)
    finally:
        gc.enable()
    await side.after()
    return statistics.median(taken) / NANOSECONDS, cpu / NANOSECONDS


async def _timed(step: Step, place: int) -> int:
    begun = time.perf_counter_ns()
    await step(place)
    return time.perf_counter_ns() - begun


def where_they_differ(here: str, there: str) -> tuple[str, str]:
    """Both texts from a little before their first difference."""
    place = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
    begin = max(0, place - SHOWN // 3)
    return here[begin : begin + SHOWN], there[begin : begin + SHOWN]
