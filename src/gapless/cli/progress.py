"""Progress on stderr: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

PARTS = 4
Advance = Callable[[], None]


@contextmanager
def progress(label: str, length: int) -> Iterator[Advance]:
    """Shows the progress of a job with so many steps; yields a function to call after each step."""
    if sys.stderr.isatty():
        with click.progressbar(length=length, label=f"{label:<14}", file=sys.stderr) as bar:
            yield lambda: bar.update(1)
    else:
        yield _in_lines(label, length)


def _in_lines(label: str, length: int) -> Advance:
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * PARTS // length > (done - 1) * PARTS // length:
            click.echo(f"{label}: {done} of {length}", err=True)

    return advance
