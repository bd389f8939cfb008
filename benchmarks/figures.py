"""What a benchmark found: two sides, the ratio of their medians, and whether the goal is reached."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import attrs

from benchmarks.ground import Ground
from benchmarks.tables import rows_as_text


@attrs.frozen(kw_only=True)
class Figure:
    """One comparison.

    Attributes:
        name: what is compared.
        ours, other: how the two sides are called.
        ours_us, other_us: their median in each round, in microseconds.
        goal: the greatest ratio of ours to the other that reaches the goal.
        reason: why the goal is that.
        requests: how many requests each sends to the server for one step; None if there is no server.
        greatest_requests: how many of ours reach the goal.
        ground: what was measured on.
    """

    name: str
    ours: str
    other: str
    ours_us: Sequence[float]
    other_us: Sequence[float]
    goal: float
    reason: str
    requests: tuple[float, float] | None = None
    greatest_requests: int | None = None
    ground: Ground

    @property
    def ratios(self) -> list[float]:
        """The ratio in each round."""
        return [ours / other for ours, other in zip(self.ours_us, self.other_us, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def ratio_of_minimums(self) -> float:
        """The least of all rounds, ours to the other: what a busy machine disturbs least."""
        return min(self.ours_us) / min(self.other_us)

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached, for the time and for the requests."""
        few = self.requests is None or self.greatest_requests is None or self.requests[0] <= self.greatest_requests
        return few and self.ratio <= self.goal

    def as_json(self) -> dict[str, object]:
        """The figure for programs."""
        return {
            **attrs.asdict(self),
            "median_ours_us": statistics.median(self.ours_us),
            "median_other_us": statistics.median(self.other_us),
            "ratio": self.ratio,
            "ratio_of_minimums": self.ratio_of_minimums,
            "least_ratio": min(self.ratios),
            "greatest_ratio": max(self.ratios),
            "reached": self.is_reached,
        }

    def as_row(self) -> tuple[str, ...]:
        """The figure for people; see HEADINGS."""
        ours, other = statistics.median(self.ours_us), statistics.median(self.other_us)
        limit = "" if self.greatest_requests is None else f", {self.greatest_requests} req."
        return (
            self.name,
            "-" if self.requests is None else " / ".join(f"{number:g}" for number in self.requests),
            f"{self.ours} {ours:.1f}",
            f"{self.other} {other:.1f}",
            f"{self.ratio:.2f} ({min(self.ratios):.2f}-{max(self.ratios):.2f})",
            f"{self.ratio_of_minimums:.2f}",
            f"<= {self.goal:.2f}{limit}",
            "reached" if self.is_reached else "missed",
        )


HEADINGS = ("benchmark", "requests", "median us", "median us", "ratio (min-max)", "minimums", "goal", "")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table of plain text."""
    return rows_as_text([HEADINGS, *(figure.as_row() for figure in figures)])
