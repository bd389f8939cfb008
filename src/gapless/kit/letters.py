"""Small letters for A to Z, alike in every store: what lies beyond ASCII has no case here.

`str.lower` knows the letters of the Unicode that Python was built with, and PostgreSQL those of a locale; the two
differ, and change with their versions (decision 0064).
"""

from __future__ import annotations

_SMALL = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}


def lowered(text: str) -> str:
    """The text with each of the letters A to Z as a small one, and everything else as it is."""
    return text.lower() if text.isascii() else text.translate(_SMALL)
