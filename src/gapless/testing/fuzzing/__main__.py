"""Makes calls with hostile arguments on the in-memory store and on PostgreSQL, and says what was wrong with them.

python -m gapless.testing.fuzzing --calls 100000 [--seed 7] [--catalogue package.module:NAME]
    [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence

from gapless.cli.declarations import declared
from gapless.testing.differential.databases import database
from gapless.testing.differential.options import add_calls, add_catalogue, add_database_url
from gapless.testing.differential.processes import run_batches
from gapless.testing.fuzzing.batches import batches, run_batch
from gapless.testing.fuzzing.reports import report


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes as many calls as are asked for, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if all was right; else 1, after what was wrong, with the smallest sequence of calls that shows it.
    """
    parser = argparse.ArgumentParser(prog="python -m gapless.testing.fuzzing", description=__doc__)
    add_calls(parser)
    add_catalogue(parser)
    add_database_url(parser)
    asked = parser.parse_args(arguments)
    seed = secrets.randbelow(1 << 31) if asked.seed is None else asked.seed
    catalogue = declared(asked.catalogue, None).catalogue
    with database(asked.database_url, catalogue) as (url, schema):
        return report(run_batches(batches(asked.calls, seed, url, schema, catalogue, asked.catalogue), run_batch), seed)


if __name__ == "__main__":
    sys.exit(main())
