"""Options of the commands that run random programs."""

from __future__ import annotations

import argparse

from gapless.testing.differential.databases import EMBEDDED


def add_database_url(parser: argparse.ArgumentParser) -> None:
    """Adds the option that says in which database programs are run: by default on a temporary server."""
    parser.add_argument(
        "--database-url", default=EMBEDDED, help="a database for a schema that is dropped at the end; or: embedded"
    )


def from_one_on(given: str) -> int:
    """The number that an option is given.

    Raises:
        ArgumentTypeError: it is less than one.
        ValueError: it is no whole number; argparse says so.
    """
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return number
