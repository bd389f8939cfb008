"""What a run of hostile calls says in the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gapless.testing.differential.processes import Finding
from gapless.testing.differential.reports import report_unprepared

WARM = 0.25
"""The part of a run after which caches are full."""
GROWTH = 1.1
"""How many times as much memory there may be in the end as when caches were full."""


def report(found: Sequence[Finding], seed: int) -> int:
    """Writes one line of all that was called, and what was wrong.

    Args:
        found: what came of the batches.
        seed: what they were drawn from.

    Returns:
        0 if all was right; 1 if something was not, or rows could not be prepared.
    """
    told = [finding.failure for finding in found if finding.failure is not None]
    growth = growth_of(found)
    calls = sum(finding.steps for finding in found)
    sys.stdout.write(f"{calls} calls on each store, seed {seed}: {len(told)} wrong, memory x {growth:.2f}\n")
    sys.stdout.writelines(f"{failure}\n" for failure in told)
    return 1 if report_unprepared(found) or told or growth > GROWTH else 0


def growth_of(found: Sequence[Finding]) -> float:
    """How many times as many blocks of memory there are in the end as when caches were full.

    Args:
        found: what came of the batches, in their order; the least of several is taken, as one may end amid another's;
            those whose rows could not be prepared are left out, because nothing was called.
    """
    called = [finding for finding in found if finding.unprepared is None]
    if not called:
        return 1.0
    warm = called[int(len(called) * WARM) :]
    third = max(1, len(warm) // 3)
    return min(each.blocks for each in warm[-third:]) / min(each.blocks for each in warm[:third])
