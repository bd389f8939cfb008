"""Says which gaps of gapless a law proves to be closed. It is no mark of pytest, so that no host has to declare one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Law = TypeVar("Law", bound=Callable[..., object])


def proves(*gaps: str) -> Callable[[Law], Law]:
    """Names the gaps that a law proves to be closed; `make gaps` reads that from the source.

    Args:
        gaps: their ids, each in quotes: "GAP-213".

    Returns:
        What leaves the law as it is.

    Raises:
        ValueError: no gap is named.
    """
    if not gaps:
        raise ValueError("A law that proves something names what.")
    return lambda law: law
