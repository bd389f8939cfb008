"""Makes a comparison of sides that this process has measured without a server."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context
from benchmarks.measurement import Rounds


def compared_in_process(
    context: Context, section: str, name: str, sides: Mapping[str, Rounds], goal: Goal
) -> Comparison:
    """The comparison, with the CPU of this process.

    Args:
        context: the run.
        section: the section that has measured.
        name: what was done.
        sides: what was measured, by side; ours is the first.
        goal: what is to be reached.
    """
    return Comparison(
        section=section,
        name=name,
        ground=context.ground(with_server=False),
        wall_us={side: rounds.wall_us for side, rounds in sides.items()},
        cpu_us={side: rounds.cpu_us for side, rounds in sides.items()},
        goals=[goal],
    )
