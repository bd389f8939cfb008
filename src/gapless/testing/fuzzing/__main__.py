"""Makes calls with hostile arguments on the store in memory and on PostgreSQL, and says what was wrong with them.

python -m gapless.testing.fuzzing --calls 100000 [--seed 7] [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from gapless.testing.differential.databases import EMBEDDED, database
from gapless.testing.fuzzing.batches import Finding, batches, run_batch

PROCESSES = 2
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
        found = _run(asked.calls, seed, url, schema)
    told = [finding.failure for finding in found if finding.failure is not None]
    growth = growth_of(found)
    calls = sum(finding.calls for finding in found)
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
    parser.add_argument("--calls", type=int, default=1000, help="how many calls at least")
    parser.add_argument("--seed", type=int, help="what they are drawn from; by default another one each time")
    parser.add_argument(
        "--database-url", default=EMBEDDED, help="a database for a schema that is dropped at the end; or: embedded"
    )
    return parser


def _run(calls: int, seed: int, url: str, schema: str) -> list[Finding]:
    """What came of each batch; after a failure no other is begun."""
    found: list[Finding] = []
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for finding in pool.map(run_batch, batches(calls, seed, url, schema)):
            found.append(finding)
            if finding.failure is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return found


if __name__ == "__main__":
    sys.exit(main())
