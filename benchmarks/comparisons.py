"""What the sides of one piece of work took: ratios of paired rounds, goals, and what can't be trusted."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import attrs

from benchmarks.ground import Ground

FEWEST_ROUNDS = 5
GREATEST_SPREAD = 0.25
GREATEST_DIFFERENCE = 0.2


@attrs.frozen(kw_only=True)
class Goal:
    """What one side may take beside another.

    Attributes:
        ours: the side that has the goal.
        other: the side it is compared with.
        greatest: the greatest ratio of the times that reaches the goal; None if only the requests have one.
        requests: how many requests of ours for one step reach the goal; None if they have none.
        reason: why the goal is that.
    """

    ours: str
    other: str
    greatest: float | None = None
    requests: float | None = None
    reason: str

    def __str__(self) -> str:
        limits = [] if self.greatest is None else [f"<= {self.greatest:.2f}"]
        limits += [] if self.requests is None else [f"{self.requests:g} req."]
        return ", ".join(limits)


@attrs.frozen(kw_only=True)
class Ratio:
    """How many times as much one side takes as another.

    Attributes:
        rounds: the ratio in each round.
        of_minimums: that of the least of all rounds, which a busy machine disturbs least.
    """

    rounds: Sequence[float]
    of_minimums: float

    @property
    def median(self) -> float:
        """The ratio that counts."""
        return statistics.median(self.rounds)

    @property
    def least(self) -> float:
        """That of the round with the least."""
        return min(self.rounds)

    @property
    def greatest(self) -> float:
        """That of the round with the greatest."""
        return max(self.rounds)

    @property
    def spread(self) -> float:
        """How far the middle half of the rounds reaches, as a part of the median."""
        if len(self.rounds) == 1:
            return 0.0
        first, _, third = statistics.quantiles(self.rounds, n=4, method="inclusive")
        return (third - first) / self.median

    @property
    def doubt(self) -> str | None:
        """Why the ratio can't be trusted; None if it can."""
        if len(self.rounds) < FEWEST_ROUNDS:
            return f"less than {FEWEST_ROUNDS} rounds"
        if self.spread > GREATEST_SPREAD:
            return f"the middle half of its rounds spreads over {self.spread:.0%} of the median"
        if abs(self.of_minimums / self.median - 1) > GREATEST_DIFFERENCE:
            return f"the ratio of the minimums, {self.of_minimums:.2f}, is far from the median"
        return None


@attrs.frozen(kw_only=True)
class Comparison:
    """One piece of work, done by several sides.

    Attributes:
        section: the section of the benchmarks that it belongs to.
        name: what is done.
        latency_ms: how much longer than usual each round trip to the server took, in milliseconds.
        ground: what was measured on.
        wall_us: what a step took in each round, in microseconds, by side; ours is the first.
        cpu_us: the CPU of this process in it, in microseconds, by side; nothing where another process did the work.
        requests: how many requests a side sends to the server for one step; nothing if there is no server.
        goals: what is to be reached.
        runs: how many of the rounds belong to each run, one after the other; all to one if nothing is said.
    """

    section: str
    name: str
    latency_ms: float = 0.0
    ground: Ground
    wall_us: Mapping[str, Sequence[float]]
    cpu_us: Mapping[str, Sequence[float]] = attrs.field(factory=dict)
    requests: Mapping[str, float] = attrs.field(factory=dict)
    goals: Sequence[Goal] = ()
    runs: Sequence[int] = attrs.field()

    @runs.default
    def _one_run(self) -> Sequence[int]:
        return [len(next(iter(self.wall_us.values())))]

    def ratio(self, ours: str, other: str) -> Ratio:
        """How many times as long one side takes as another."""
        return _ratio(self.wall_us[ours], self.wall_us[other])

    def ratios_of_runs(self, ours: str, other: str) -> list[Ratio]:
        """The same, of each run by itself."""
        ends = [*accumulate(self.runs)]
        parts = [slice(end - number, end) for number, end in zip(self.runs, ends, strict=True)]
        return [_ratio(self.wall_us[ours][part], self.wall_us[other][part]) for part in parts]

    def cpu_ratio(self, ours: str, other: str) -> Ratio | None:
        """How many times as much CPU of this process one side takes as another; None if it was not measured."""
        if ours not in self.cpu_us or other not in self.cpu_us or not all(self.cpu_us[other]):
            return None
        return _ratio(self.cpu_us[ours], self.cpu_us[other])

    def doubt(self, ours: str, other: str) -> str | None:
        """Why the ratio of these two can't be trusted; None if it can."""
        return self.ground.doubt or self.ratio(ours, other).doubt

    def is_trusted(self, ours: str, other: str) -> bool:
        """Whether the ratio of these two says something."""
        return self.doubt(ours, other) is None

    def is_reached(self, goal: Goal) -> bool:
        """Whether a goal is reached, for the time and for the requests."""
        is_fast = goal.greatest is None or self.ratio(goal.ours, goal.other).median <= goal.greatest
        return is_fast and (goal.requests is None or self.requests[goal.ours] <= goal.requests)

    @property
    def pairs(self) -> Iterator[tuple[str, str, Goal | None]]:
        """What is compared, with the goal if there is one: our side with each other, and what else has a goal."""
        goals = {(goal.ours, goal.other): goal for goal in self.goals}
        ours, *others = self.wall_us
        for other in others:
            yield ours, other, goals.pop((ours, other), None)
        for (one, other), goal in goals.items():
            yield one, other, goal


def _ratio(ours: Sequence[float], other: Sequence[float]) -> Ratio:
    return Ratio(
        rounds=[mine / theirs for mine, theirs in zip(ours, other, strict=True)], of_minimums=min(ours) / min(other)
    )
