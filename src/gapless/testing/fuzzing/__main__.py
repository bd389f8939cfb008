"""Makes calls with hostile arguments on the in-memory store and on PostgreSQL, and says what was wrong with them.

python -m gapless.testing.fuzzing --calls 100000 [--seed 7] [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence

from gapless.testing.differential.databases import database
from gapless.testing.differential.options import add_database_url, from_one_on
from gapless.testing.differential.processes import Finding, run_batches
from gapless.testing.fuzzing.batches import batches, run_batch

WARM = 0.25
"""The part of a run after which caches are full."""
GROWTH = 1.1
"""How many times as much memory there may be in the end as when caches were full."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes as many calls as are asked for, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if all was right; else 1, after what was wrong, with the smallest sequence of calls that shows it.
    """
    asked = _parser().parse_args(arguments)
    seed = secrets.randbelow(1 << 31) if asked.seed is None else asked.seed
    with database(asked.database_url) as (url, schema):
        found = run_batches(batches(asked.calls, seed, url, schema), run_batch)
    told = [finding.failure for finding in found if finding.failure is not None]
    growth = growth_of(found)
    calls = sum(finding.steps for finding in found)
    sys.stdout.write(f"{calls} calls on each store, seed {seed}: {len(told)} wrong, memory x {growth:.2f}\n")
    sys.stdout.writelines(f"{failure}\n" for failure in told)
    return 1 if told or growth > GROWTH else 0


def growth_of(found: Sequence[Finding]) -> float:
    """How many times as many blocks of memory there are in the end as when caches were full.

    Args:
        found: what came of the batches, in their order; the least of several is taken, as one may end amid another's.
    """
    warm = found[int(len(found) * WARM) :]
    third = max(1, len(warm) // 3)
    return min(each.blocks for each in warm[-third:]) / min(each.blocks for each in warm[:third])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gapless.testing.fuzzing", description=__doc__)
    parser.add_argument("--calls", type=from_one_on, default=1000, help="how many calls at least")
    parser.add_argument("--seed", type=int, help="what they are drawn from; by default another one each time")
    add_database_url(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
