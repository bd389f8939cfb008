"""What was found, as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias, cast

import attrs

from benchmarks.comparisons import Comparison, Goal
from benchmarks.ground import Ground
from benchmarks.growths import Growth

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def as_json(found: Sequence[Comparison | Growth]) -> dict[str, Json]:
    """All that was found as plain values, each comparison with its ratios, for programs that read nothing else."""
    return {
        "comparisons": [_comparison(each) for each in found if isinstance(each, Comparison)],
        "growths": [_plain(each) for each in found if isinstance(each, Growth)],
    }


def from_json(results: dict[str, Json]) -> list[Comparison | Growth]:
    """What was found, of what `as_json` has written: first the comparisons, then the growths."""
    return [
        *(_comparison_of(each) for each in _objects(results["comparisons"])),
        *(_growth_of(each) for each in _objects(results["growths"])),
    ]


def _plain(value: Comparison | Growth) -> dict[str, Json]:
    return cast(dict[str, Json], json.loads(json.dumps(attrs.asdict(value))))


def _comparison(comparison: Comparison) -> dict[str, Json]:
    return {**_plain(comparison), "ratios": [_ratio(comparison, *pair) for pair in comparison.pairs]}


def _ratio(comparison: Comparison, ours: str, other: str, goal: Goal | None) -> Json:
    ratio, cpu = comparison.ratio(ours, other), comparison.cpu_ratio(ours, other)
    return {
        "ours": ours,
        "other": other,
        "median": ratio.median,
        "least": ratio.least,
        "greatest": ratio.greatest,
        "of_minimums": ratio.of_minimums,
        "cpu": None if cpu is None else cpu.median,
        "doubt": comparison.doubt(ours, other),
        "reached": None if goal is None else comparison.is_reached(goal),
    }


def _comparison_of(value: dict[str, Json]) -> Comparison:
    fields = {name: each for name, each in value.items() if name != "ratios"}
    goals = [Goal(**each) for each in _objects(fields["goals"])]  # type: ignore[arg-type]  # attrs.asdict wrote it
    return Comparison(**{**fields, "goals": goals, "ground": _ground_of(fields)})  # type: ignore[arg-type]  # as above


def _growth_of(value: dict[str, Json]) -> Growth:
    return Growth(**{**value, "ground": _ground_of(value)})  # type: ignore[arg-type]  # attrs.asdict wrote it


def _ground_of(value: dict[str, Json]) -> Ground:
    return Ground(**cast(dict[str, Json], value["ground"]))  # type: ignore[arg-type]  # attrs.asdict wrote it


def _objects(value: Json) -> list[dict[str, Json]]:
    return cast(list[dict[str, Json]], value)
