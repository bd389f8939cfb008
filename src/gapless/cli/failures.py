"""The failure of a command: one sentence, the code of the error, and an exit status for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from gapless.kit.errors import DeclarationError, GaplessError, InvalidValue, StoreUnavailable

FINDINGS = 1
USAGE = 2
UNAVAILABLE = 3
PENDING = 4


@contextmanager
def failures_told() -> Iterator[None]:
    """Writes an error of gapless to stderr, and ends the command with the exit status for it."""
    try:
        yield
    except GaplessError as error:
        click.echo(f"Error: {error.message} [{error.code}]", err=True)
        raise click.exceptions.Exit(_status(error)) from error


def _status(error: GaplessError) -> int:
    if isinstance(error, StoreUnavailable):
        return UNAVAILABLE
    return USAGE if isinstance(error, (DeclarationError, InvalidValue)) else FINDINGS
