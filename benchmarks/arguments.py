"""What the benchmarks and their comparison read from the command line in the same way."""

from __future__ import annotations

import argparse


def number_of_rounds(text: str) -> int:
    """The number of rounds that this text says.

    Raises:
        argparse.ArgumentTypeError: it is less than one.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one round")
    return number
