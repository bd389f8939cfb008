"""Runs random programs on the store in memory and on PostgreSQL, and says whether they agree.

python -m gapless.testing.differential --programs 10000 --seed 1 [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from gapless.testing.differential.batches import Finding, batches, run_batch
from gapless.testing.differential.databases import EMBEDDED, database

PROCESSES = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs as many programs as are asked for, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if the stores agreed on every step; else 1, after the smallest program on which they do not.
    """
    asked = _parser().parse_args(arguments)
    with database(asked.database_url) as (url, schema):
        findings = _run(asked.programs, asked.seed, url, schema)
    told = [finding.disagreement for finding in findings if finding.disagreement is not None]
    programs, steps = (sum(each) for each in zip(*((f.programs, f.steps) for f in findings), strict=True))
    sys.stdout.write(f"{programs} programs, {steps} steps, seed {asked.seed}: {len(told)} disagreements\n")
    sys.stdout.writelines(f"{disagreement}\n" for disagreement in told)
    return 1 if told else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gapless.testing.differential", description=__doc__)
    parser.add_argument("--programs", type=_from_one_on, default=1000, help="how many random programs")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from")
    parser.add_argument(
        "--database-url", default=EMBEDDED, help="a database for a schema that is dropped at the end; or: embedded"
    )
    return parser


def _from_one_on(given: str) -> int:
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return number


def _run(programs: int, seed: int, url: str, schema: str) -> list[Finding]:
    """What came of each batch; after a disagreement no other is begun."""
    found: list[Finding] = []
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for finding in pool.map(run_batch, batches(programs, seed, url, schema)):
            found.append(finding)
            if finding.disagreement is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return found


if __name__ == "__main__":
    sys.exit(main())
