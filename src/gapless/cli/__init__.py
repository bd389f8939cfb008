"""The command line, `gapless`: the catalogue, the migrations, the demonstration. It needs the extra gapless[cli]."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Runs the command line.

    It ends with 0 (all is well), 1 (findings), 2 (usage), 3 (no database to work on) or 4 (migrations are pending).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our dashes is no reason to fail
    try:
        from gapless.cli.commands import gapless  # noqa: PLC0415  # click comes with an extra and may be missing
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        print("The command line needs click, which an extra brings: pip install 'gapless[cli]'", file=sys.stderr)
        raise SystemExit(2) from None
    gapless()
