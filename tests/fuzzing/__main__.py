"""Makes hostile calls of the voice service's use cases, the ports and public functions, and says what was wrong.

python -m tests.fuzzing --calls 100000 [--seed 7] [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence

from gapless.testing.differential.databases import database
from gapless.testing.differential.options import add_calls, add_database_url
from gapless.testing.differential.processes import run_batches
from gapless.testing.fuzzing.reports import report
from tests.fuzzing.batches import batches, run_batch
from tests.voice.hosted import HOSTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes as many calls as are asked for, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if all was right; else 1, after what was wrong, with the smallest sequence of calls that shows it.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    add_calls(parser)
    add_database_url(parser)
    asked = parser.parse_args(arguments)
    seed = secrets.randbelow(1 << 31) if asked.seed is None else asked.seed
    with database(asked.database_url, HOSTED) as (url, schema):
        return report(run_batches(batches(asked.calls, seed, url, schema), run_batch), seed)


if __name__ == "__main__":
    sys.exit(main())
