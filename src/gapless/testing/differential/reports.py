"""What a run of random programs says in the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gapless.testing.differential.processes import Finding


def report(found: Sequence[Finding], seed: int) -> int:
    """Writes one line of all that was run, the smallest programs on which the stores disagree, and what was not run.

    Args:
        found: what came of the batches.
        seed: what they were drawn from.

    Returns:
        0 if the stores agreed on every step; 1 if they did not, or rows could not be prepared.
    """
    told = [finding.failure for finding in found if finding.failure is not None]
    programs, steps = (sum(each) for each in zip(*((f.programs, f.steps) for f in found), strict=True))
    sys.stdout.write(f"{programs} programs, {steps} steps, seed {seed}: {len(told)} disagreements\n")
    sys.stdout.writelines(f"{disagreement}\n" for disagreement in told)
    return 1 if report_unprepared(found) or told else 0


def report_unprepared(found: Sequence[Finding]) -> bool:
    """Writes once for each reason why rows could not be prepared.

    Returns:
        Whether there were any.
    """
    unprepared = dict.fromkeys(finding.unprepared for finding in found if finding.unprepared is not None)
    sys.stdout.writelines(f"The rows could not be prepared for {why}\n" for why in unprepared)
    return bool(unprepared)
