"""Text in aligned columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

GAP = "  "
_WIDE = ("W", "F")


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """The rows as lines, each column as wide as its widest cell; the last one is not padded."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True))
    return GAP.join(cells).rstrip()


def width(text: str) -> int:
    """How many columns a terminal needs for a text: two for wide characters, none for those that combine."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def shortened(text: str, greatest: int) -> str:
    """The text, cut so that it needs at most so many columns."""
    if width(text) <= greatest:
        return text
    while width(text) >= greatest:
        text = text[:-1]
    return f"{text.rstrip()}…"
