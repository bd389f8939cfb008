"""The loops of a graph: which of its places can reach each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

Follow = Mapping[int, Iterable[int]]
"""By place, those that can follow it."""


def loops_of(follow: Follow) -> list[frozenset[int]]:
    """The sets of places that can reach each other (Tarjan), without places that can't be reached again."""
    walk = _Walk(follow)
    for root in follow:
        if root not in walk.numbers:
            walk.from_root(root)
    return [loop for loop in walk.found if len(loop) > 1 or any(place in follow[place] for place in loop)]


@attrs.define(eq=False)
class _Walk:
    """A walk through all places, depth first; it does not recurse, because there may be more places than Python allows.

    Attributes:
        follow: the graph.
        found: the sets of places that can reach each other, as far as they are known.
        numbers: the places in the order in which the walk came to them.
        lowest: by place, the lowest number of an open place that it can reach.
        open_places: those whose set is not known yet.
    """

    follow: Follow
    found: list[frozenset[int]] = attrs.field(factory=list)
    numbers: dict[int, int] = attrs.field(factory=dict)
    lowest: dict[int, int] = attrs.field(factory=dict)
    open_places: list[int] = attrs.field(factory=list)

    def from_root(self, root: int) -> None:
        """Walks to all places that can be reached from this one, and were not seen yet."""
        path = [self._enter(root)]
        while path:
            place, following = path[-1]
            after = next(following, None)
            if after is None:
                path.pop()
                self._leave(place, path)
            elif after not in self.numbers:
                path.append(self._enter(after))
            elif after in self.open_places:
                self.lowest[place] = min(self.lowest[place], self.numbers[after])

    def _enter(self, place: int) -> tuple[int, Iterator[int]]:
        self.numbers[place] = self.lowest[place] = len(self.numbers)
        self.open_places.append(place)
        return place, iter(self.follow[place])

    def _leave(self, place: int, path: list[tuple[int, Iterator[int]]]) -> None:
        if path:
            before = path[-1][0]
            self.lowest[before] = min(self.lowest[before], self.lowest[place])
        if self.lowest[place] == self.numbers[place]:
            at = self.open_places.index(place)
            self.found.append(frozenset(self.open_places[at:]))
            del self.open_places[at:]
