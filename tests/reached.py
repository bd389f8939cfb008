"""Tells which lines of a run have raised a DeclarationError; a plugin of pytest, for one test."""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path

import pytest

LINES: pytest.StashKey[set[tuple[str, int]]] = pytest.StashKey()


def pytest_collection(session: pytest.Session) -> None:
    """Notes, from now on, where each is made."""
    from gapless.kit.errors import DeclarationError, GaplessError  # noqa: PLC0415  # a plugin is loaded before what it looks at

    lines = session.config.stash.setdefault(LINES, set())
    real = GaplessError.__init__

    @functools.wraps(real)  # so that its signature stays the same
    def noted(error: GaplessError, *arguments: object, **named: object) -> None:
        frame = sys._getframe(1)
        if isinstance(error, DeclarationError):
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        real(error, *arguments, **named)  # type: ignore[arg-type]  # as they came

    DeclarationError.__init__ = noted  # type: ignore[method-assign,assignment]  # the process is that of one test


def pytest_unconfigure(config: pytest.Config) -> None:
    """Writes the lines into the file that the environment names."""
    lines = config.stash.get(LINES, set())
    Path(os.environ["GAPLESS_REACHED"]).write_text(json.dumps(sorted(lines)), encoding="utf-8")
