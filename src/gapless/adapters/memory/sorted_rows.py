"""Rows in an order, in chunks: one is found, added or removed in few steps, however many there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from gapless.kit.model import Validated
from gapless.kit.sort_keys import KeyOf, SortKey

CHUNK = 512
"""How many rows a chunk has when rows are sorted for the first time; it grows to twice as many before it is divided."""


class SortedRows:
    """Rows by ascending sort keys, no two of which are equal.

    Only the rows are kept, so one needs eight bytes; their keys are made anew where rows are compared.

    Args:
        key: gives the sort key of a row.
        rows: the first rows, in any order.
    """

    __slots__ = ("_chunks", "_key", "_last")

    def __init__(self, key: KeyOf, rows: Iterable[Validated] = ()) -> None:
        self._key = key
        self._chunks: list[list[Validated]] = []
        self._last: list[SortKey] = []
        self._divide(0, sorted(rows, key=key))

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[Validated]:
        return (row for chunk in self._chunks for row in chunk)

    def add(self, row: Validated) -> None:
        """Adds a row."""
        key = self._key(row)
        at = bisect_left(self._last, key)
        if at < len(self._chunks):
            chunk = self._chunks[at]
            chunk.insert(bisect_left(chunk, key, key=self._key), row)
        elif at:
            at -= 1
            chunk = self._chunks[at]
            chunk.append(row)
            self._last[at] = key
        else:
            chunk = []
            self._divide(0, [row])
        if len(chunk) > 2 * CHUNK:
            self._replace(at, at + 1)

    def remove(self, row: Validated) -> None:
        """Removes a row, which is there."""
        at, place = self._place(self._key(row))
        chunk = self._chunks[at]
        del chunk[place]
        if 4 * len(chunk) < CHUNK:  # joined with a neighbour, or chunks of one row each could be left
            begin = min(at, max(len(self._chunks) - 2, 0))
            self._replace(begin, begin + 2)
        elif place == len(chunk):
            self._last[at] = self._key(chunk[-1])

    def count(self, low: SortKey, high: SortKey) -> int:
        """How many rows have a key from `low` to `high`, which itself is no key; none if `high` is not greater."""
        if not low < high:
            return 0
        (at, place), (end, rest) = self._place(low), self._place(high)
        return sum(len(chunk) for chunk in self._chunks[at:end]) + rest - place

    def between(self, low: SortKey, high: SortKey, *, backwards: bool) -> Iterator[Validated]:
        """The rows whose key is at least `low` and less than `high`, perhaps from the last one on.

        Nobody may add or remove rows meanwhile.
        """
        (at, place), (end, rest) = self._place(low), self._place(high)
        parts = range(at, min(end + 1, len(self._chunks)))
        for number in reversed(parts) if backwards else parts:
            chunk = self._chunks[number]
            begin, stop = place if number == at else 0, rest if number == end else len(chunk)
            yield from reversed(chunk[begin:stop]) if backwards else chunk[begin:stop]

    def _place(self, key: SortKey) -> tuple[int, int]:
        """The chunk, and the place in it, of the first row whose key is not less."""
        at = bisect_left(self._last, key)
        return at, bisect_left(self._chunks[at], key, key=self._key) if at < len(self._chunks) else 0

    def _replace(self, begin: int, end: int) -> None:
        """Divides the rows of these chunks anew."""
        rows = [row for chunk in self._chunks[begin:end] for row in chunk]
        del self._chunks[begin:end], self._last[begin:end]
        self._divide(begin, rows)

    def _divide(self, at: int, rows: list[Validated]) -> None:
        """Puts rows, which are sorted, there in new chunks."""
        size = CHUNK if len(rows) > 2 * CHUNK else max(len(rows), 1)
        chunks = [rows[begin : begin + size] for begin in range(0, len(rows), size)]
        self._chunks[at:at] = chunks
        self._last[at:at] = [self._key(chunk[-1]) for chunk in chunks]
