"""Measures what use cases cost while the number of stored rows grows."""

from __future__ import annotations

import gc
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

import attrs

from benchmarks.context import Context
from benchmarks.growths import Growth
from benchmarks.measurement import Step
from gapless.kit.errors import DeadlineExceeded

MILLISECONDS = 1e6
TRIES = 30
WARMING = 6
"""For each so many tries there is one before, which warms up and does not count."""
QUICK_SIZES = (10, 20)


async def nothing(_: int) -> None:
    """What is around a use case that needs nothing before and leaves nothing behind."""


@attrs.frozen(kw_only=True)
class Case:
    """A use case, as it is measured.

    Attributes:
        step: what is timed; it gets a number that no other try gets.
        before: what it needs, untimed; it gets the same number.
        after: what takes it back, untimed.
    """

    step: Step
    before: Step = nothing
    after: Step = nothing


Cases: TypeAlias = Mapping[str, Case]


@attrs.frozen(kw_only=True)
class Growing:
    """What grows, and what is done meanwhile.

    Attributes:
        section: the section of the benchmarks.
        name: what grows.
        sizes: how many there are to be, rising.
        grow: adds rows until there are so many.
        cases: the use cases once there are so many; the same ones for each size.
        with_server: whether a server is part of it.
        tries: how often each use case is tried at each size.
    """

    section: str
    name: str
    sizes: Sequence[int]
    grow: Callable[[int], Awaitable[object]]
    cases: Callable[[int], Awaitable[Cases]]
    with_server: bool
    tries: int = TRIES


def sizes_of(context: Context, usual: Sequence[int]) -> Sequence[int]:
    """How many rows there are to be: as usual, or few where it is only shown that the section works."""
    return QUICK_SIZES if context.is_quick else usual


async def grown(context: Context, growing: Growing) -> Growth:
    """Lets the rows grow, and measures each use case at each size: the median of some tries, in milliseconds.

    Where a unit of work does not end in time, the rows have grown enough, and the name of what grows says so.

    Raises:
        DeadlineExceeded: not even the least size could be measured.
    """
    measured: dict[int, dict[str, float]] = {}
    name, numbers, tries = growing.name, itertools.count(), context.effort(rounds=growing.tries, steps=1).rounds
    for size in growing.sizes:
        await growing.grow(size)
        try:
            cases = await growing.cases(size)
            measured[size] = {each: await _median(case, numbers, tries) for each, case in cases.items()}
        except DeadlineExceeded as error:
            if not measured:
                raise
            name = f"{name} (among {size:,}: {error})"
            break
    least = next(iter(measured.values()))
    return Growth(
        section=growing.section,
        name=name,
        unit="ms",
        sizes=[*measured],
        lines={each: [costs[each] for costs in measured.values()] for each in least},
        ground=context.ground(with_server=growing.with_server),
    )


async def _median(case: Case, numbers: itertools.count[int], tries: int) -> float:
    for _ in range(tries // WARMING):
        await milliseconds(case, next(numbers))
    gc.collect()
    gc.disable()
    try:
        return statistics.median([await milliseconds(case, next(numbers)) for _ in range(tries)])
    finally:
        gc.enable()


async def milliseconds(case: Case, number: int) -> float:
    """Tries a use case once; returns what it took."""
    await case.before(number)
    begun = time.perf_counter_ns()
    await case.step(number)
    taken = time.perf_counter_ns() - begun
    await case.after(number)
    return taken / MILLISECONDS
