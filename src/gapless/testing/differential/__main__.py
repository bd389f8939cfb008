"""Runs random programs on the in-memory store and on PostgreSQL, and says whether they agree.

python -m gapless.testing.differential --programs 10000 --seed 1 [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gapless.testing.differential.batches import batches, run_batch
from gapless.testing.differential.databases import database
from gapless.testing.differential.options import add_database_url, from_one_on
from gapless.testing.differential.processes import run_batches


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs as many programs as are asked for, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if the stores agreed on every step; else 1, after the smallest program on which they do not.
    """
    asked = _parser().parse_args(arguments)
    with database(asked.database_url) as (url, schema):
        findings = run_batches(batches(asked.programs, asked.seed, url, schema), run_batch)
    told = [finding.failure for finding in findings if finding.failure is not None]
    programs, steps = (sum(each) for each in zip(*((f.programs, f.steps) for f in findings), strict=True))
    sys.stdout.write(f"{programs} programs, {steps} steps, seed {asked.seed}: {len(told)} disagreements\n")
    sys.stdout.writelines(f"{disagreement}\n" for disagreement in told)
    return 1 if told else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gapless.testing.differential", description=__doc__)
    parser.add_argument("--programs", type=from_one_on, default=1000, help="how many random programs")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from")
    add_database_url(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
