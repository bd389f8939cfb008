"""Runs random programs on the in-memory store and on PostgreSQL, and says whether they agree.

python -m gapless.testing.differential --programs 10000 --seed 1 [--catalogue package.module:NAME]
    [--database-url URL | embedded]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gapless.cli.declarations import declared
from gapless.testing.differential.batches import batches, run_batch
from gapless.testing.differential.databases import database
from gapless.testing.differential.options import add_catalogue, add_database_url, add_programs
from gapless.testing.differential.processes import run_batches
from gapless.testing.differential.reports import report


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs as many programs as are asked for, about one entity of a catalogue after the other, and writes one line.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if the stores agreed on every step; else 1, after the smallest program on which they do not.
    """
    asked = _parser().parse_args(arguments)
    catalogue = declared(asked.catalogue, None).catalogue
    with database(asked.database_url, catalogue) as (url, schema):
        run = batches(asked.programs, asked.seed, url, schema, catalogue, asked.catalogue)
        return report(run_batches(run, run_batch), asked.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gapless.testing.differential", description=__doc__)
    add_programs(parser)
    add_catalogue(parser)
    add_database_url(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
