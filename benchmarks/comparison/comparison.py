"""What comparing two commits found about a piece of work, and whether that is no worse."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from fractions import Fraction

import attrs

LIMIT = 1.05
"""The client CPU of this checkout may be so many times that of the other commit."""
GREATEST_DOUBT = Fraction(5, 100)


@attrs.frozen(kw_only=True)
class Interval:
    """Where the true median lies.

    Attributes:
        least, greatest: between these two.
        confidence: with at least this probability.
    """

    least: float
    greatest: float
    confidence: float


def median_interval(values: Sequence[float]) -> Interval:
    """The confidence interval of a median by order statistics: it assumes nothing of how the values are distributed.

    The k-th least and the k-th greatest of n values enclose the median unless fewer than k of them fell below it, or
    above it, and each falls there with a probability of one half. The greatest k is taken that leaves 95 %. Fewer than
    six values can't promise that; the interval is then all of them, with the confidence that is left.
    """
    ordered, number = sorted(values), len(values)
    ways, beyond, k = 2**number, 1, 1  # of all ways to fall around the median, those that leave it beyond the k-th
    while 2 * (beyond + math.comb(number, k)) <= ways * GREATEST_DOUBT:
        beyond += math.comb(number, k)
        k += 1
    return Interval(least=ordered[k - 1], greatest=ordered[-k], confidence=float(1 - Fraction(2 * beyond, ways)))


@attrs.frozen(kw_only=True)
class Comparison:
    """One piece of work on both sides.

    Attributes:
        name: what is done.
        against: how the other commit is called.
        requests: how many requests to the server one step takes, here and there; None if there is no server.
        here_us, there_us: the client CPU of a step in each round, in microseconds, in pairs.
        limit: how many times the other's client CPU is still no worse.
    """

    name: str
    against: str
    requests: tuple[float, float] | None
    here_us: Sequence[float]
    there_us: Sequence[float]
    limit: float = LIMIT

    @property
    def ratio_of_medians(self) -> float:
        """The median of all rounds here, to that there."""
        return statistics.median(self.here_us) / statistics.median(self.there_us)

    @property
    def ratio_of_minimums(self) -> float:
        """The least of all rounds here, to that there."""
        return min(self.here_us) / min(self.there_us)

    @property
    def ratios(self) -> list[float]:
        """The ratio of each pair."""
        return [here / there for here, there in zip(self.here_us, self.there_us, strict=True)]

    @property
    def median_ratio(self) -> float:
        """The median of the ratios of the pairs."""
        return statistics.median(self.ratios)

    @property
    def interval(self) -> Interval:
        """The confidence interval of the median ratio."""
        return median_interval(self.ratios)

    @property
    def complaints(self) -> tuple[str, ...]:
        """In what this checkout is worse, in sentences; none if it is no worse."""
        return tuple(filter(None, (self._more_requests(), self._more_cpu())))

    def _more_requests(self) -> str | None:
        if self.requests is None or self.requests[0] <= self.requests[1]:
            return None
        here, there = self.requests
        return f"{self.name}: this checkout sends {here:g} requests, {self.against} sends {there:g}."

    def _more_cpu(self) -> str | None:
        interval = self.interval
        if interval.least <= self.limit:
            return None
        return (
            f"{self.name}: this checkout takes {self.median_ratio:.2f} times the client CPU of {self.against}; the "
            f"whole interval, {interval.least:.2f} to {interval.greatest:.2f}, is above the limit of {self.limit:g}."
        )

    def as_json(self) -> dict[str, object]:
        """The comparison for programs."""
        return {
            **attrs.asdict(self),
            "ratio_of_medians": self.ratio_of_medians,
            "ratio_of_minimums": self.ratio_of_minimums,
            "median_ratio": self.median_ratio,
            "interval": attrs.asdict(self.interval),
            "complaints": self.complaints,
        }

    def as_row(self) -> tuple[str, ...]:
        """The comparison for people; see HEADINGS."""
        return (
            self.name,
            "-" if self.requests is None else " / ".join(f"{number:g}" for number in self.requests),
            f"{statistics.median(self.here_us):.1f} / {statistics.median(self.there_us):.1f}",
            f"{self.ratio_of_medians:.3f}",
            f"{self.ratio_of_minimums:.3f}",
            f"{self.median_ratio:.3f} ({self.interval.least:.3f}-{self.interval.greatest:.3f})",
            "worse" if self.complaints else "no worse",
        )


HEADINGS = ("work", "requests", "client CPU us", "medians", "minimums", "median ratio (interval)", "")
