"""What a run of random programs says in the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gapless.testing.differential.processes import Finding


def report(found: Sequence[Finding], seed: int) -> int:
    """Writes one line of all that was run, and the smallest programs on which the stores disagree.

    Args:
        found: what came of the batches.
        seed: what they were drawn from.

    Returns:
        0 if the stores agreed on every step; else 1.
    """
    told = [finding.failure for finding in found if finding.failure is not None]
    programs, steps = (sum(each) for each in zip(*((f.programs, f.steps) for f in found), strict=True))
    sys.stdout.write(f"{programs} programs, {steps} steps, seed {seed}: {len(told)} disagreements\n")
    sys.stdout.writelines(f"{disagreement}\n" for disagreement in told)
    return 1 if told else 0
