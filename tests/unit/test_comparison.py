"""What the comparison of two commits calls worse, on given numbers."""

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.comparison.comparison import Comparison, median_interval


def a_comparison(here: Sequence[float], there: Sequence[float], requests: tuple[float, float] = (4, 4)) -> Comparison:
    """A comparison of these times."""
    return Comparison(name="some work", against="before", requests=requests, here_us=here, there_us=there, limit=1.05)


@pytest.mark.parametrize("number", range(1, 15))
def test_interval_of_a_median(number: int) -> None:
    """Of all ways in which values can fall around the true median, the interval encloses it as often as it says."""
    ways = list(itertools.product((-1, 1), repeat=number))
    intervals = [median_interval([sign * (place + 1) for place, sign in enumerate(way)]) for way in ways]
    enclosing = sum(interval.least <= 0 <= interval.greatest for interval in intervals)
    confidence = intervals[0].confidence
    assert enclosing / len(ways) == confidence
    assert (confidence >= 0.95) is (number >= 6)


def test_interval_of_many_rounds() -> None:
    """With forty values the interval leaves thirteen on each side, and thousands are no problem."""
    interval = median_interval(range(40))
    assert (interval.least, interval.greatest) == (13, 26)
    assert 0.95 <= median_interval(range(3000)).confidence < 0.955


RATIOS = st.lists(st.floats(0.5, 2), min_size=1, max_size=50)


@given(RATIOS, st.integers(1, 6), st.integers(1, 6))
def test_worse(ratios: list[float], here: int, there: int) -> None:
    """It is worse exactly if it sends more requests, or the whole interval of its client CPU is above the limit."""
    comparison = a_comparison([ratio * 8 for ratio in ratios], [8.0] * len(ratios), (here, there))
    assert comparison.interval.least <= comparison.median_ratio <= comparison.interval.greatest
    reasons = [here > there, comparison.interval.least > 1.05]
    assert len(comparison.complaints) == sum(reasons)


NOISE = [math.sin(number) / 50 for number in range(40)]


@pytest.mark.parametrize(
    ("factor", "is_worse"), [(0.8, False), (1.0, False), (1.04, False), (1.05, False), (1.08, True), (1.5, True)]
)
def test_slowdown_in_noise(factor: float, is_worse: bool) -> None:
    """Two per cent of noise hide neither that both are equal, nor that one is slower by more than the limit."""
    times = [100.0 * (1 + noise) for noise in NOISE]
    comparison = a_comparison([factor * time for time in reversed(times)], times)
    assert bool(comparison.complaints) is is_worse
    assert comparison.ratio_of_medians == pytest.approx(factor)
    assert comparison.ratio_of_minimums == pytest.approx(factor)


def test_fewer_requests_are_no_worse() -> None:
    """Requests may become fewer, and are told exactly if they become more."""
    assert a_comparison([1.0], [1.0], (3, 4)).complaints == ()
    assert a_comparison([1.0], [1.0], (4.5, 4)).complaints == (
        "some work: this checkout sends 4.5 requests, before sends 4.",
    )
