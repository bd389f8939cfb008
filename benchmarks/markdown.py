"""Texts and tables of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def escaped(text: str) -> str:
    """A text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column holds texts, and the others numbers."""
    first, *others = (f"| {' | '.join(map(escaped, row))} |" for row in (headings, *rows))
    return "\n".join([first, f"|---|{'--:|' * (len(headings) - 1)}", *others])


def image(path: str, said: str) -> str:
    """A drawing, with what it shows for who does not see it."""
    return f"![{escaped(said)}]({path})"
