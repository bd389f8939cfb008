"""The command line, `gapless`: the catalogue, the migrations, the cleanup. It needs the extra gapless[cli]."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import NoReturn


def main() -> None:
    """Runs the command line.

    It ends with 0 (all is well), 1 (findings), 2 (usage), 3 (no database to work on) or 4 (migrations are pending).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # do not fail if the terminal can't show our dashes
    try:
        from gapless.cli.commands import gapless  # noqa: PLC0415  # click comes with an extra and may be missing
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        print("The command line needs click: pip install 'gapless[cli]'", file=sys.stderr)
        raise SystemExit(2) from None
    try:
        gapless()
    except OSError as error:
        _give_up(error)


def _give_up(error: OSError) -> NoReturn:
    """Ends the program because its output can't be written, as on a disk that is full."""
    with suppress(OSError):
        print(f"Error: The output can't be written: {error.strerror or error}.", file=sys.stderr)
    # Buffered output would fail again when the interpreter ends, and change the exit status.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(2) from error
