"""Comparisons and growths as tables of plain text."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.comparisons import Comparison, Goal
from benchmarks.growths import Growth

SIDES = ("side", "requests", "median us", "least us", "client CPU us")
PAIRS = ("compared", "ratio (min-max)", "minimums", "CPU", "goal", "")


def table(found: Sequence[Comparison | Growth]) -> str:
    """All that was found, one table below the other."""
    return "\n\n".join(_comparison(each) if isinstance(each, Comparison) else _growth(each) for each in found)


def rows_as_text(rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text, whose first row holds the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def title(comparison: Comparison) -> str:
    """What is compared, and with which latency."""
    latency = f", {comparison.latency_ms:g} ms more a round trip" if comparison.latency_ms else ""
    return f"{comparison.section}: {comparison.name}{latency}"


def _comparison(comparison: Comparison) -> str:
    sides = rows_as_text([SIDES, *(_side(comparison, side) for side in comparison.wall_us)])
    pairs = rows_as_text([PAIRS, *(_pair(comparison, *pair) for pair in comparison.pairs)])
    reasons = "\n".join(f"The goal of {goal}: {goal.reason}." for goal in comparison.goals)
    return "\n".join([f"## {title(comparison)}", sides, pairs, *_doubts(comparison), *([reasons] if reasons else [])])


def _side(comparison: Comparison, side: str) -> tuple[str, ...]:
    wall, cpu = comparison.wall_us[side], comparison.cpu_us.get(side)
    requests = f"{comparison.requests[side]:g}" if side in comparison.requests else "-"
    return (
        side,
        requests,
        f"{statistics.median(wall):,.1f}",
        f"{min(wall):,.1f}",
        "-" if cpu is None else f"{statistics.median(cpu):,.1f}",
    )


def _pair(comparison: Comparison, ours: str, other: str, goal: Goal | None) -> tuple[str, ...]:
    ratio, cpu = comparison.ratio(ours, other), comparison.cpu_ratio(ours, other)
    reached = "" if goal is None else "reached" if comparison.is_reached(goal) else "missed"
    return (
        f"{ours} : {other}",
        f"{ratio.median:.2f} ({ratio.least:.2f}-{ratio.greatest:.2f})",
        f"{ratio.of_minimums:.2f}",
        "-" if cpu is None else f"{cpu.median:.2f}",
        "" if goal is None else str(goal),
        reached if comparison.is_trusted(ours, other) else f"{reached} (not trusted)".strip(),
    )


def _doubts(comparison: Comparison) -> Iterator[str]:
    """A line for each reason not to trust a ratio, with all the ratios that it is about."""
    doubts: dict[str, list[str]] = {}
    for ours, other, _ in comparison.pairs:
        if (doubt := comparison.doubt(ours, other)) is not None:
            doubts.setdefault(doubt, []).append(f"{ours} : {other}")
    for doubt, pairs in doubts.items():
        which = "all of it" if len(pairs) == len([*comparison.pairs]) > 1 else ", ".join(pairs)
        yield f"not trusted: {which}: {doubt}"


def _growth(growth: Growth) -> str:
    headings = (growth.unit, *(f"{size:,}" for size in growth.sizes))
    lines = [(name, *(f"{value:,.3g}" for value in values)) for name, values in growth.lines.items()]
    doubts = [] if growth.ground.doubt is None else [f"not trusted: {growth.ground.doubt}"]
    return "\n".join([f"## {growth.section}: {growth.name}", rows_as_text([headings, *lines]), *doubts])
