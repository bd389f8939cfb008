"""Says what is wrong with the types that hosts see: `python -m tests.typing`, which is a part of `make types`."""

from __future__ import annotations

import sys

import click

from tests.typing import completeness, expectations

if __name__ == "__main__":
    wrong = [*expectations.found(), *completeness.found()]
    click.echo("\n".join(wrong) or "Both checkers find what the cases say, and the types of the faces are complete.")
    sys.exit(bool(wrong))
