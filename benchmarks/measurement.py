"""Measures steps side by side: in rounds, one side after the other, so that what slows the machine slows them all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs

Step = Callable[[int], Awaitable[object]]
NANOSECONDS = 1000


class SidesDiffer(AssertionError):
    """Two sides of a benchmark did not do the same, so that comparing their times says nothing."""


async def nothing() -> None:
    """What happens after the steps of a side that leaves nothing to clear."""


@attrs.frozen(kw_only=True)
class Side:
    """One of those that are measured.

    Attributes:
        step: what is timed; it gets 0, 1, 2, ... in one count over all rounds.
        after: what happens after the steps of a round, untimed.
    """

    step: Step
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


async def round_medians(sides: Mapping[str, Side], effort: Effort) -> dict[str, list[float]]:
    """The median step of each side in each round, in microseconds.

    The sides take turns, and each round begins with another one. The garbage collector runs before each round and not
    during it.
    """
    names = list(sides)
    medians: dict[str, list[float]] = {name: [] for name in names}
    for place in range(effort.rounds + 1):
        begin = place % len(names)
        steps = range(place * effort.steps, (place + 1) * effort.steps)
        gc.collect()
        gc.disable()
        try:
            for name in names[begin:] + names[:begin]:
                medians[name].append(await _turn(sides[name], steps))
        finally:
            gc.enable()
    return {name: values[1:] for name, values in medians.items()}


async def _turn(side: Side, steps: Sequence[int]) -> float:
    taken = [await _timed(side.step, step) for step in steps]
    await side.after()
    return statistics.median(taken) / NANOSECONDS


async def _timed(step: Step, place: int) -> int:
    begun = time.perf_counter_ns()
    await step(place)
    return time.perf_counter_ns() - begun
