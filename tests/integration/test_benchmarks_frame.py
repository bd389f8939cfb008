"""The frame of the benchmarks: rounds, ratios, doubts, goals, tables, and JSON that can be read back."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import __main__ as program
from benchmarks.comparisons import FEWEST_ROUNDS, Comparison, Goal
from benchmarks.context import Context
from benchmarks.ground import OURS, Ground
from benchmarks.growths import Growth
from benchmarks.measurement import Effort, Side, SidesDiffer, round_medians
from benchmarks.results import as_json, from_json
from benchmarks.sections import registry
from benchmarks.sections.registry import Found
from benchmarks.tables import table

QUIET = Ground(python="CPython 3.11.7", postgresql="18.0", cores=2, load=0.5, own_load=0.0)
GROWTH = Growth(section="growth", name="calls", unit="ms", sizes=(100, 1000), lines={"list": (0.5, 0.25)}, ground=QUIET)
TIMES = st.lists(st.floats(0.1, 1e6), min_size=FEWEST_ROUNDS, max_size=9)


def a_comparison(
    ours: Sequence[float], other: Sequence[float], requests: float = 4, ground: Ground = QUIET
) -> Comparison:
    """A comparison of these times."""
    return Comparison(
        section="works",
        name="a work",
        ground=ground,
        wall_us={"gapless": ours, "by hand": other},
        cpu_us={"gapless": ours, "by hand": other},
        requests={"gapless": requests, "by hand": 6},
        goals=[Goal(ours="gapless", other="by hand", greatest=1.0, requests=4, reason="a test needs one")],
    )


@given(TIMES, st.floats(0.1, 10), st.integers(1, 9))
def test_goal(times: list[float], factor: float, requests: int) -> None:
    """The goal is reached if neither the time nor the requests are more than it allows."""
    comparison = a_comparison([time * factor for time in times], times, requests)
    ratio = comparison.ratio("gapless", "by hand")
    assert ratio.median == pytest.approx(factor)
    assert comparison.is_reached(comparison.goals[0]) is (ratio.median <= 1.0 and requests <= 4)


def test_what_is_not_trusted() -> None:
    """Rounds that spread, few rounds, minimums that say another thing, and a busy machine: each is told."""
    steady = [1.0] * FEWEST_ROUNDS
    busy = attrs.evolve(QUIET, load=OURS + 1.6)
    found = {
        None: a_comparison(steady, steady),
        "less than 5 rounds": a_comparison(steady[1:], steady[1:]),
        "spreads": a_comparison([0.5, 0.5, 1.0, 2.0, 2.0], steady),
        "minimums": a_comparison([0.1, 1.0, 1.0, 1.0, 1.0], steady),
        "busy": a_comparison(steady, steady, ground=busy),
    }
    for why, comparison in found.items():
        doubt = comparison.doubt("gapless", "by hand")
        assert (why is None) if doubt is None else why is not None and why in doubt
        assert comparison.is_trusted("gapless", "by hand") is (why is None)
        assert ("not trusted" in table([comparison])) is (why is not None)
    assert attrs.evolve(busy, own_load=OURS).load - OURS > 1.5
    assert attrs.evolve(busy, load=OURS + 1.4, own_load=OURS).doubt is None


@given(TIMES)
def test_what_was_found_can_be_read_back(times: list[float]) -> None:
    """JSON holds what was found, and gives it back; programs and people are told the same ratio."""
    comparison = a_comparison(times, times)
    written = as_json([comparison, GROWTH])
    read = from_json(json.loads(json.dumps(written)))
    assert as_json(read) == written
    assert [type(each) for each in read] == [Comparison, Growth]
    assert "1.00 (1.00-1.00)" in table(read)
    assert table(read) == table([comparison, GROWTH])
    assert json.loads(json.dumps(written))["comparisons"][0]["ratios"][0]["reached"] is True


def test_goals_of_other_sides_are_compared_as_well() -> None:
    """Our side is compared with each other, and a goal of two others adds a line."""
    comparison = attrs.evolve(
        a_comparison([1.0], [1.0]),
        wall_us={"gapless": [2.0], "raw": [1.0], "orm": [4.0]},
        goals=[Goal(ours="raw", other="orm", greatest=0.5, reason="a test needs one")],
    )
    assert [pair[:2] for pair in comparison.pairs] == [("gapless", "raw"), ("gapless", "orm"), ("raw", "orm")]
    assert [pair[2] is None for pair in comparison.pairs] == [True, True, False]


@pytest.mark.asyncio
async def test_rounds_are_interleaved() -> None:
    """The sides take turns, each round begins with another one, and the round that warms up does not count."""
    taken: list[tuple[str, int]] = []

    def side(name: str) -> Side:
        async def step(place: int) -> None:
            taken.append((name, place))

        return Side(step=step)

    rounds = await round_medians({"a": side("a"), "b": side("b")}, Effort(rounds=2, steps=1))
    assert taken == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
    assert {name: (len(each.wall_us), len(each.cpu_us)) for name, each in rounds.items()} == {"a": (2, 2), "b": (2, 2)}


@pytest.mark.soak
@pytest.mark.asyncio
async def test_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The program ends with 0 although a goal is missed, and with 1 if the two sides did not do the same."""

    async def slow(context: Context) -> Found:
        return [a_comparison([2.0] * context.effort(rounds=9, steps=1).rounds, [1.0, 1.0])]

    async def different(context: Context) -> Found:
        raise SidesDiffer(f"{context.rounds} rounds of nonsense")

    sections = {"slow": slow, "different": different}
    monkeypatch.setattr(registry, "SECTIONS", sections)
    monkeypatch.setattr(program, "SECTIONS", sections)
    written = tmp_path / "bench.json"
    arguments = ["--only", "slow", "--rounds", "2", "--json", str(written)]
    assert await asyncio.to_thread(program.main, arguments) == 0
    printed = capsys.readouterr().out
    assert "missed" in printed
    assert "The goal of <= 1.00, 4 req.: a test needs one." in printed
    assert from_json(json.loads(written.read_text()))
    assert await asyncio.to_thread(program.main, ["--quick", "--rounds", "2"]) == 1
    assert "2 rounds of nonsense" in capsys.readouterr().err
