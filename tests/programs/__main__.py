"""Runs random programs over the voice service and a host's entities on both stores, and says whether they agree.

python -m tests.programs --programs 10000 --seed 1 [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gapless.testing.differential.databases import database
from gapless.testing.differential.options import add_database_url, add_programs
from gapless.testing.differential.processes import run_batches
from gapless.testing.differential.reports import report
from tests.programs.batches import batches, run_batch
from tests.voice.hosted import HOSTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs as many programs as are asked for, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if the stores agreed on every step; else 1, after the smallest program on which they do not.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.programs", description=__doc__)
    add_programs(parser)
    add_database_url(parser)
    asked = parser.parse_args(arguments)
    with database(asked.database_url, HOSTED) as (url, schema):
        return report(run_batches(batches(asked.programs, asked.seed, url, schema), run_batch), asked.seed)


if __name__ == "__main__":
    sys.exit(main())
