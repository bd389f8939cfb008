"""The tests mean the same on every machine: what its environment asks of programs decides nothing."""

import os
import subprocess
import sys

from tests.environment import COLOURING, PLAIN, without_colours

ASKED = dict.fromkeys(COLOURING, "1")
LINTER = ("-m", "ruff", "check", "--isolated", "--select", "E501", "--line-length", "20", __file__)
"""A program that colours what it prints if it is asked to, like others that tests read."""


def coloured(environment: dict[str, str]) -> bool:
    """Whether the program colours what it prints."""
    done = subprocess.run([sys.executable, *LINTER], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout
    return "\x1b[" in done.stdout


def test_no_program_colours() -> None:
    """A program that tests start and read prints without colours, whatever the environment of the run asks for."""
    asked = {**os.environ, **ASKED}
    del asked[PLAIN]
    plain = dict(asked)
    without_colours(plain)
    assert (coloured(asked), coloured(plain)) == (True, False)


def test_this_run_asks_for_none() -> None:
    """The run itself has taken from its environment what asks for colours, so that what it starts inherits none."""
    assert not any(name in os.environ for name in COLOURING)
    assert os.environ[PLAIN]
