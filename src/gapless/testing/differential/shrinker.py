"""Makes a program that fails smaller, until no step can be left out of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

S = TypeVar("S")
Fails = Callable[[tuple[S, ...]], Awaitable[bool]]


async def shrunk(program: Sequence[S], fails: Fails[S]) -> tuple[S, ...]:
    """Leaves steps out of a program that fails until it no longer does without any one of those that are left.

    Args:
        program: one that fails.
        fails: whether a program does.
    """
    kept = tuple(program)
    width = max(1, len(kept) // 2)
    while True:
        smaller = await _without(kept, width, fails)
        if width == 1 and smaller == kept:
            return kept
        kept = smaller
        width = max(1, min(width, len(kept)) // 2)


async def _without(program: tuple[S, ...], width: int, fails: Fails[S]) -> tuple[S, ...]:
    """Leaves out each run of this many steps without which the program still fails, beginning with the last ones.

    It goes on where it is after a success: to begin anew each time would run a multiple of the programs.
    """
    kept, first = program, len(program) - width
    while first > -width:
        smaller = kept[: max(first, 0)] + kept[first + width :]
        if len(smaller) < len(kept) and await fails(smaller):
            kept = smaller
        first -= width
    return kept
