"""Makes a program that fails smaller, until no step can be left out of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

S = TypeVar("S")
Fails = Callable[[tuple[S, ...]], Awaitable[bool]]


async def shrunk(program: Sequence[S], fails: Fails[S]) -> tuple[S, ...]:
    """The smallest program that still fails and can be had by leaving steps out.

    Args:
        program: one that fails.
        fails: whether a program does.
    """
    kept = tuple(program)
    width = max(1, len(kept) // 2)
    while True:
        smaller = await _first_that_fails(_without(kept, width), fails)
        if smaller is not None:
            kept = smaller
        elif width == 1:
            return kept
        else:
            width = max(1, width // 2)


async def _first_that_fails(programs: Iterator[tuple[S, ...]], fails: Fails[S]) -> tuple[S, ...] | None:
    for program in programs:
        if await fails(program):
            return program
    return None


def _without(program: tuple[S, ...], width: int) -> Iterator[tuple[S, ...]]:
    """Leaves this number of steps out of a program, beginning with the last ones."""
    for first in reversed(range(len(program) - width + 1)):
        yield program[:first] + program[first + width :]
