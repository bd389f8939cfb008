"""Ranges that do not overlap, kept in their order, so that those which overlap another range are found next to it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TypeAlias

from gapless.adapters.memory.keys import Key

Bound: TypeAlias = "tuple[int] | tuple[int, object]"
"""The begin or the end of a range: (1, value), or a place before or after all values."""
NO_START: Bound = (0,)
NO_END: Bound = (2,)


class Ranges:
    """Half-open ranges that do not overlap, each with the key of the row that has it."""

    __slots__ = ("_ends", "_holders", "_starts")

    def __init__(self) -> None:
        self._starts: list[Bound] = []
        self._ends: list[Bound] = []
        self._holders: list[Key] = []

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[tuple[Bound, Bound, Key]]:
        return zip(self._starts, self._ends, self._holders, strict=True)

    def overlapping(self, start: Bound, end: Bound) -> Iterator[Key]:
        """The keys of the rows whose range overlaps this one, which is not empty."""
        place = bisect_left(self._starts, start)
        if place and self._ends[place - 1] > start:
            yield self._holders[place - 1]
        while place < len(self._starts) and self._starts[place] < end:
            yield self._holders[place]
            place += 1

    def add(self, start: Bound, end: Bound, key: Key) -> None:
        """Adds a range that overlaps no other one."""
        place = bisect_left(self._starts, start)
        self._starts.insert(place, start)
        self._ends.insert(place, end)
        self._holders.insert(place, key)

    def discard(self, start: Bound, key: Key) -> None:
        """Removes the range that begins there, if this row has it."""
        place = bisect_left(self._starts, start)
        if place < len(self._starts) and self._starts[place] == start and self._holders[place] == key:
            del self._starts[place], self._ends[place], self._holders[place]
