"""Options of the commands that run random programs."""

from __future__ import annotations

import argparse

from gapless.testing.differential.databases import EMBEDDED


def add_database_url(parser: argparse.ArgumentParser) -> None:
    """Adds the option that says in which database programs are run: by default on a temporary server."""
    parser.add_argument(
        "--database-url", default=EMBEDDED, help="a database for a schema that is dropped at the end; or: embedded"
    )


def add_programs(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say how many programs are run, and what they are drawn from."""
    parser.add_argument("--programs", type=from_one_on, default=1000, help="how many random programs")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from")


def add_calls(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say how many calls are made, and what they are drawn from."""
    parser.add_argument("--calls", type=from_one_on, default=1000, help="how many calls at least")
    parser.add_argument("--seed", type=int, help="what they are drawn from; by default another one each time")


def add_catalogue(parser: argparse.ArgumentParser) -> None:
    """Adds the option that says of which entities programs speak."""
    parser.add_argument("--catalogue", help="package.module:NAME of a catalogue; by default that of gapless")


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
