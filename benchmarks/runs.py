"""Several runs of the benchmarks as one: the rounds of all of them, and of growths the median of each cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import attrs

from benchmarks.comparisons import Comparison
from benchmarks.ground import Ground
from benchmarks.growths import Growth

Found = Comparison | Growth


class RunsDiffer(Exception):
    """The runs have not measured the same."""


def merged(runs: Sequence[Sequence[Found]]) -> list[Found]:
    """What several runs have found together, in the order of the first.

    Where the machine was busy with something else, a run does not count, unless it was so in each.

    Args:
        runs: what each run has found.

    Raises:
        RunsDiffer: they have measured different works, sizes or sides, other requests, or on different machines.
    """
    first, *others = ({_key(found): found for found in run} for run in runs)
    for other in others:
        if first.keys() != other.keys():
            raise RunsDiffer(f"Not in each run: {sorted(map(str, first.keys() ^ other.keys()))}.")
    return [_together([found, *(other[key] for other in others)]) for key, found in first.items()]


def _key(found: Found) -> tuple[str, str, float]:
    return found.section, found.name, found.latency_ms if isinstance(found, Comparison) else 0.0


def _together(found: Sequence[Found]) -> Found:
    ground = _ground([each.ground for each in found])
    counted = [each for each in found if each.ground.doubt is None] or found
    comparisons = [each for each in counted if isinstance(each, Comparison)]
    growths = [each for each in counted if isinstance(each, Growth)]
    return _rounds(comparisons, ground) if comparisons else _medians(growths, ground)


def _ground(grounds: Sequence[Ground]) -> Ground:
    """The ground of the run in which the machine was busiest, of those that count."""
    if len({str(ground) for ground in grounds}) > 1:
        raise RunsDiffer(f"Measured on {' and on '.join(sorted({str(ground) for ground in grounds}))}.")
    quiet = [ground for ground in grounds if ground.doubt is None]
    return max(quiet or grounds, key=lambda ground: ground.load)


def _rounds(found: Sequence[Comparison], ground: Ground) -> Comparison:
    first = found[0]
    if any(each.requests != first.requests for each in found):
        raise RunsDiffer(f"{first.name}: {' and '.join(str(dict(each.requests)) for each in found)} requests.")
    return attrs.evolve(
        first,
        ground=ground,
        wall_us=_chained(first.name, [each.wall_us for each in found]),
        cpu_us=_chained(first.name, [each.cpu_us for each in found]),
        runs=[*chain.from_iterable(each.runs for each in found)],
    )


def _chained(name: str, found: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, list[float]]:
    first, *others = (each.keys() for each in found)
    if any(first != other for other in others):
        raise RunsDiffer(f"{name}: not each run has the same sides.")
    return {side: [*chain.from_iterable(each[side] for each in found)] for side in first}


def _medians(found: Sequence[Growth], ground: Ground) -> Growth:
    first = found[0]
    if any((each.sizes, each.lines.keys()) != (first.sizes, first.lines.keys()) for each in found):
        raise RunsDiffer(f"{first.name}: not each run has the same sizes and cases.")
    lines = {name: _median_of(each.lines[name] for each in found) for name in first.lines}
    return attrs.evolve(first, ground=ground, lines=lines)


def _median_of(lines: Iterable[Sequence[float]]) -> list[float]:
    return [statistics.median(costs) for costs in zip(*lines, strict=True)]
