"""Writes the page of the benchmarks from what they have found: `python -m benchmarks.page bench.json`.

Several files are several runs, whose rounds count together. The results go into the documentation, beside the drawings.
Without a file the page is written anew from these, to the same bytes unless this program has changed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import attrs

from benchmarks import plots
from benchmarks.comparisons import Comparison, Goal
from benchmarks.growths import Growth
from benchmarks.markdown import escaped, image, table
from benchmarks.results import Json, as_json, from_json
from benchmarks.runs import merged
from benchmarks.sections.registry import SECTIONS

DOCS = Path(__file__).parents[1] / "docs"
FOLDER = "benchmarks"
RESULTS = f"{FOLDER}/results.json"
PAGE = "benchmarks.md"
DIGITS = 4
Pair = tuple[Comparison, str, str, Goal | None]
"""A comparison and two of its sides."""
BEGINNING = f"""\
# Benchmarks

`make bench` has measured this, and `make bench-page` has written it from [what was found]({RESULTS}).
Each opponent's code stands in `benchmarks/contenders`, and what a section measures in `benchmarks/sections`.

A ratio is the median over the rounds of the ratio of a round's two medians, with the least and the greatest; where
there were several runs, the rounds of all count, but for those on a busy machine, and a growth is the median of theirs.
The sides take turns in each round.
Beside it are the ratio of the two least medians, which a busy machine disturbs least, and that of the client's CPU.
Requests are counted by a proxy. Milliseconds of another machine are others; ratios differ less. What is "not trusted"
says nothing, and is an outline in the drawings; the last section has the reasons. There, a bar to the left of 1 means
that the side which is named first takes less, and a green mark is the goal. Where a goal is missed, [decision
52](decisions/0052-where-a-goal-is-missed.md) says what the time goes to.
"""


def main(arguments: Sequence[str]) -> int:
    """Writes the page, the drawings and the results into the documentation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    said = "what runs of `python -m benchmarks --json` have written; by default what is in the documentation"
    parser.add_argument("results", type=Path, nargs="*", help=said)
    paths = parser.parse_args(arguments).results or [DOCS / RESULTS]
    runs = [from_json(json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    results = settled(merged(runs))
    for path in (DOCS / FOLDER).glob("*.svg"):
        path.unlink()
    for name, text in rendered(results, sections_told()).items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text, encoding="utf-8")
        print(DOCS / name)
    return 0


def sections_told() -> dict[str, str]:
    """What each section measures, as its module says."""
    modules = {name: sys.modules[measured.__module__] for name, measured in SECTIONS.items()}
    return {name: (module.__doc__ or "").strip() for name, module in modules.items()}


def settled(found: Sequence[Comparison | Growth]) -> dict[str, Json]:
    """What was found as plain values, of which all ratios follow: read back and written again they are the same."""
    measured = cast("dict[str, Json]", rounded(cast("Json", as_json(found))))
    return cast("dict[str, Json]", rounded(cast("Json", as_json(from_json(measured)))))


def rounded(value: Json) -> Json:
    """Results without the digits that no measurement has."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return {name: rounded(each) for name, each in value.items()} if isinstance(value, dict) else value


def rendered(results: dict[str, Json], told: Mapping[str, str]) -> dict[str, str]:
    """The texts of all files, by their paths in the documentation.

    Args:
        results: what `results.as_json` gives.
        told: what a section measures, by its name.
    """
    found = from_json(results)
    files = {RESULTS: json.dumps(results, indent=1) + "\n"}
    parts = [BEGINNING, *_grounds(found), *_goals(found, files)]
    for section in dict.fromkeys(each.section for each in found):
        parts += [f"## {section}", told.get(section, "")]
        parts += _section([each for each in found if each.section == section], files)
    text = "\n\n".join(part.strip("\n") for part in [*parts, *_doubts(found)] if part)
    return {PAGE: f"{text}\n", **files}


def _grounds(found: Sequence[Comparison | Growth]) -> Iterator[str]:
    """What all of it was measured on, and how busy the machine was."""
    for ground in dict.fromkeys(str(each.ground) for each in found):
        loads = [each.ground.load for each in found if str(each.ground) == ground]
        yield f"Measured on {ground}; the load of the machine was {min(loads):.2f} to {max(loads):.2f}."


def _goals(found: Sequence[Comparison | Growth], files: dict[str, str]) -> Iterator[str]:
    """The goals in one table and one drawing."""
    pairs = [pair for pair in _pairs(found) if pair[3] is not None]
    yield "## Goals"
    drawn = [_bar_of_goal(*pair) for pair in pairs if pair[3] is not None and pair[3].greatest is not None]
    if drawn:
        svg = plots.bars(drawn, "the ratio, as a part of what its goal allows")
        yield _drawing(files, "goals", svg, "Each ratio beside its goal")
    headings = ("work", "compared", "ratio", "of each run", "goal", "requests", "")
    yield table(headings, [_goal_row(*pair) for pair in pairs])


def _pairs(found: Sequence[Comparison | Growth]) -> Iterator[Pair]:
    for each in found:
        if isinstance(each, Comparison):
            yield from ((each, *pair) for pair in each.pairs)


def _goal_row(comparison: Comparison, ours: str, other: str, goal: Goal | None) -> tuple[str, ...]:
    verdict = "" if goal is None else "reached" if comparison.is_reached(goal) else "missed"
    return (
        title(comparison),
        f"{ours} : {other}",
        _ratio(comparison, ours, other),
        ", ".join(f"{ratio.median:.2f}" for ratio in comparison.ratios_of_runs(ours, other)),
        str(goal or ""),
        f"{comparison.requests[ours]:g}" if ours in comparison.requests else "",
        verdict if comparison.is_trusted(ours, other) else f"{verdict} (not trusted)",
    )


def _section(found: Sequence[Comparison | Growth], files: dict[str, str]) -> Iterator[str]:
    """The drawing of a section's ratios, and then each comparison and each growth."""
    pairs = [*_pairs(found)]
    if pairs:
        drawn = plots.bars([_bar(*pair) for pair in pairs], "the ratio of the times")
        yield _drawing(files, found[0].section, drawn, f"The ratios of {found[0].section}")
    for place, each in enumerate(found):
        yield f"### {escaped(title(each))}"
        if isinstance(each, Comparison):
            yield _sides(each)
        else:
            yield _drawing(files, f"{each.section}-{place + 1}", plots.lines(each), title(each))
            headings = (each.unit, *(f"{size:,}" for size in each.sizes))
            yield table(headings, [(name, *map(_short, values)) for name, values in each.lines.items()])


def title(found: Comparison | Growth) -> str:
    """What is compared or grows, without the section's name, and with the latency."""
    if isinstance(found, Comparison) and found.latency_ms:
        return f"{found.name}, {found.latency_ms:g} ms more a round trip"
    return found.name


def _sides(comparison: Comparison) -> str:
    ours = next(iter(comparison.wall_us))
    headings = ("side", "requests", "median", "client CPU", f"{ours} : it", "minimums", "CPU")
    return table(headings, [_side(comparison, ours, side) for side in comparison.wall_us])


def _side(comparison: Comparison, ours: str, side: str) -> tuple[str, ...]:
    cpu, cpu_ratio = comparison.cpu_us.get(side), comparison.cpu_ratio(ours, side)
    return (
        side,
        f"{comparison.requests[side]:g}" if side in comparison.requests else "",
        duration(statistics.median(comparison.wall_us[side])),
        "" if cpu is None else duration(statistics.median(cpu)),
        "" if side == ours else _ratio(comparison, ours, side),
        "" if side == ours else f"{comparison.ratio(ours, side).of_minimums:.2f}",
        "" if side == ours or cpu_ratio is None else f"{cpu_ratio.median:.2f}",
    )


def _ratio(comparison: Comparison, ours: str, other: str) -> str:
    ratio = comparison.ratio(ours, other)
    return f"{ratio.median:.2f} ({ratio.least:.2f} to {ratio.greatest:.2f})"


def duration(microseconds: float) -> str:
    """A time with three digits."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{_short(microseconds / size)} {unit}"
    return f"{_short(microseconds)} µs"


def _short(value: float) -> str:
    return f"{float(f'{value:.3g}'):,g}"


def _bar(comparison: Comparison, ours: str, other: str, goal: Goal | None) -> plots.Bar:
    ratio, greatest = comparison.ratio(ours, other), None if goal is None else goal.greatest
    is_trusted = comparison.is_trusted(ours, other)
    notes = [] if greatest is None else [f"goal {greatest:g}"]
    notes += [] if is_trusted else ["not trusted"]
    return plots.Bar(
        name=f"{title(comparison)}: {ours} : {other}",
        value=ratio.median,
        least=ratio.least,
        greatest=ratio.greatest,
        goal=greatest,
        label=", ".join([f"{ratio.median:.2f}", *notes]),
        is_trusted=is_trusted,
    )


def _bar_of_goal(comparison: Comparison, ours: str, other: str, goal: Goal | None) -> plots.Bar:
    bar = _bar(comparison, ours, other, goal)
    allowed = bar.goal or 1.0
    return attrs.evolve(
        bar, value=bar.value / allowed, least=bar.least / allowed, greatest=bar.greatest / allowed, goal=1.0
    )


def _drawing(files: dict[str, str], name: str, drawn: str, said: str) -> str:
    path = f"{FOLDER}/{name}.svg"
    files[path] = drawn
    return image(path, said)


def _doubts(found: Sequence[Comparison | Growth]) -> Iterator[str]:
    """What says nothing, and why."""
    lines = [
        f"- {escaped(f'{title(comparison)}, {ours} : {other}')}: {doubt}."
        for comparison, ours, other, _ in _pairs(found)
        if (doubt := comparison.doubt(ours, other)) is not None
    ]
    lines += [
        f"- {escaped(title(each))}: {each.ground.doubt}."
        for each in found
        if isinstance(each, Growth) and each.ground.doubt is not None
    ]
    yield "## Not trusted"
    yield "\n".join(lines) or "Everything is trusted."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
