"""Access paths: by which index of a table the rows of a query are found.

A rule tells by which columns its rows can be found: a key, a unique rule, a reference, an index. What an index does not
answer is asked of each row that it gives. As on PostgreSQL, an index with a condition serves the queries from which
that condition follows, and an index serves an order if its columns, behind those with a given value, begin with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

import attrs

from gapless.adapters.memory.conjuncts import Conjunct, Conjuncts, Signature, held_by
from gapless.adapters.memory.ordered_index import Bounds, OrderedIndex
from gapless.kit import Index, Model, PrimaryKey, Reference, Unique
from gapless.kit.kinds import Descending, IndexField, Ordering, indexed_of
from gapless.kit.lowered_columns import Indexed
from gapless.kit.model import Validated
from gapless.kit.predicates import UNCOMPARED, All, Any, Node
from gapless.kit.queries import Keyset
from gapless.kit.sort_keys import SortKey, fixed_parts

MOST_PARTS = 1000
"""In how many places of an index one search looks, if a condition names several values of a column."""
MOST_ALTERNATIVES = 16
"""How many alternatives of a condition are looked for one by one."""
FEW = 100
"""So many rows are rather read and sorted than found in their order among many others."""


@attrs.frozen(eq=False)
class Searchable:
    """By what a rule lets its rows be found.

    Attributes:
        columns: the columns, or their small letters, in the order of the rule; without the root if one alone is seen.
        where: the condition of the rows that can be found so; None for all.
        held: what follows from it.
    """

    columns: tuple[Indexed, ...]
    where: Node | None
    held: frozenset[Signature]


@attrs.frozen(eq=False)
class Wish:
    """What is asked of a table.

    Attributes:
        conjuncts: the condition, without where its page begins.
        order: the columns of the order; empty if any order will do.
        limit: the greatest number of rows; None for all.
        keyset: where the page begins or ends; None for the first page, and the last.
        backwards: whether the rows are read from the end of the order.
    """

    conjuncts: Conjuncts
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    keyset: Keyset | None = None
    backwards: bool = False


def alternatives(wish: Wish) -> Iterator[list[Wish]]:
    """For each part of the condition that has a few alternatives, a wish for each of these instead of it."""
    parts = wish.conjuncts.parts
    for part in parts:
        if isinstance(part.node, Any) and len(part.node.parts) <= MOST_ALTERNATIVES:
            others = [other.node for other in parts if other is not part]
            conditions = [Conjuncts([*others, each]) for each in part.node.parts]
            yield [attrs.evolve(wish, conjuncts=each) for each in conditions]


@attrs.frozen(eq=False)
class IndexPath:
    """A way to rows through an ordered index.

    Attributes:
        index: the index.
        parts: the parts of it that hold the rows; each row is in one of them.
        rest: what has to be asked of each row.
        is_ordered: whether each part has the rows in the order that was wished.
        steps: how much the index knows of the condition: by how many columns the rows are found.
    """

    index: OrderedIndex
    parts: list[Bounds]
    rest: list[Node]
    is_ordered: bool
    steps: int


class TablePaths:
    """The access paths of a table.

    Args:
        model: the model of its rows.
        scoped: whether the rows of one root alone are seen; its indexes then do not hold the root.
    """

    def __init__(self, model: Model[Validated], *, scoped: bool) -> None:
        self._model = model
        self._tenant = model.tenant if scoped else None
        self._key = tuple(column for column in model.key_columns if column.name != self._tenant)
        self._shown = () if model.shown is None else (model.shown,)
        self._held_shown = frozenset().union(*map(held_by, self._shown))
        self._searchable = [*self._declared()]
        self._indexes: dict[object, OrderedIndex] = {}

    def _declared(self) -> Iterator[Searchable]:
        for rule in self._model.rules:
            if not isinstance(rule, (PrimaryKey, Unique, Reference, Index)):
                continue
            given: tuple[Indexed, ...] = rule.columns
            if isinstance(rule, (Reference, Unique)):
                given = rule.fields
            elif isinstance(rule, Index):
                given = rule.indexed
            columns = tuple(column for column in given if column.name != self._tenant)
            where = rule.where if isinstance(rule, (Unique, Index)) else None
            if not any(column.type in UNCOMPARED for column in columns):
                yield Searchable(columns, where, held_by(where))

    def best(self, wish: Wish, size: Callable[[IndexPath], int]) -> IndexPath | None:
        """The index by which the fewest rows are read, as far as one can tell; None if all have to be read.

        Args:
            wish: what is asked of the table.
            size: tells how many rows a path leads to.
        """
        shown = self._shown if wish.conjuncts.imply(self._held_shown) else ()
        usable = [each for each in self._searchable if wish.conjuncts.imply(each.held)]

        def chosen(ways: list[_Way]) -> IndexPath | None:
            most = max((way.steps for way in ways), default=0)
            paths = {way.index_of(shown): way for way in ways if way.steps == most}
            found = [self._path(way, wish, shown) for way in paths.values()]
            return min(found, key=size) if len(found) > 1 else next(iter(found), None)

        ways = [way for each in usable for way in self._ways(each, wish)]
        if wish.limit is None:
            return chosen([way for way in ways if way.steps])
        ordered = chosen([way for way in ways if way.is_ordered])
        most = 0 if ordered is None else ordered.steps
        other = chosen([way for way in ways if not way.is_ordered and way.steps > most])
        if ordered is None or other is None:
            return ordered or other
        return other if size(other) <= max(FEW, 2 * wish.limit) else ordered

    def _ways(self, searchable: Searchable, wish: Wish) -> Iterator[_Way]:
        """The ways through the index of one rule: in the order of the wish, or by a range of its next column."""
        asked = wish.conjuncts
        fixed = _fixed(searchable, asked)
        behind = searchable.columns[len(fixed) :]
        names = {self._tenant, *(part.name for part in fixed)}
        if wish.order and self._serves(behind, wish.order, fixed):
            yield _Way.of(searchable, fixed, _without(wish.order, names), asked, is_ordered=True)
        first = behind[:1] if behind and behind[0].name in asked.ranges else ()
        if fixed or first:
            yield _Way.of(searchable, fixed, _without((*first, *self._key), names), asked, is_ordered=False)

    def _serves(self, behind: Sequence[Indexed], order: tuple[Ordering, ...], fixed: Sequence[Conjunct]) -> bool:
        """Whether columns begin with those that make a difference in an order; those of the key end it anyway."""
        same = {part.name for part in fixed if len(part.values) == 1} | {self._tenant}
        names = [indexed_of(part).name for part in order if indexed_of(part).name not in same]
        while names and names[-1] in (*self._model.key, self._model.tenant):
            names.pop()
        return names == [column.name for column in behind[: len(names)]]

    def _path(self, way: _Way, wish: Wish, shown: tuple[Node, ...]) -> IndexPath:
        asked, held = wish.conjuncts, way.searchable.held | self._held_shown if shown else way.searchable.held
        index = self._index(way, shown)
        place = self._values_of_place(wish, way.order, way.fixed) if way.is_ordered else None
        answered = {id(part) for part in (*way.fixed, *way.ranges)}
        rest = [part.node for part in asked.parts if id(part) not in answered and part.signature not in held]
        if wish.keyset is not None and place is None:
            rest.append(wish.keyset.beyond)
        bounded = [(part.operator, part.values[0]) for part in way.ranges]
        parts = [index.bounds(key, bounded, place, backwards=wish.backwards) for key in _fixed_keys(way.fixed)]
        return IndexPath(index, parts, rest, way.is_ordered, way.steps)

    def _values_of_place(
        self, wish: Wish, order: tuple[IndexField, ...], fixed: Sequence[Conjunct]
    ) -> tuple[object, ...] | None:
        """Where a page begins, or ends, in the columns of an index; None if the index can't tell."""
        if wish.keyset is None:
            return None
        values = {indexed_of(part).name: value for part, value in zip(wish.order, wish.keyset.values, strict=True)}
        # A cursor may come from a page with another value in a fixed column: then all rows are beyond it, or none.
        if any(part.name in values and part.values != (values[part.name],) for part in fixed):
            return None
        return tuple(values[indexed_of(part).name] for part in order)

    def _index(self, way: _Way, shown: tuple[Node, ...]) -> OrderedIndex:
        known, searchable = way.index_of(shown), way.searchable
        found = self._indexes.get(known)
        if found is None:
            nodes = (*shown, *(() if searchable.where is None else (searchable.where,)))
            columns = searchable.columns[: len(way.fixed)]
            found = self._indexes[known] = OrderedIndex.of(columns, way.order, All(nodes) if nodes else None)
        return found


class _Way(NamedTuple):
    """A way through the index of a rule: the conjuncts that it answers, and the order in which it has the rows."""

    searchable: Searchable
    fixed: list[Conjunct]
    order: tuple[IndexField, ...]
    ranges: list[Conjunct]
    is_ordered: bool

    @classmethod
    def of(
        cls,
        searchable: Searchable,
        fixed: list[Conjunct],
        order: tuple[IndexField, ...],
        asked: Conjuncts,
        *,
        is_ordered: bool,
    ) -> _Way:
        ranges = asked.ranges.get(indexed_of(order[0]).name, []) if order else []
        return cls(searchable, fixed, order, ranges, is_ordered)

    @property
    def steps(self) -> int:
        """By how many columns the rows are found."""
        return len(self.fixed) + bool(self.ranges)

    def index_of(self, shown: tuple[Node, ...]) -> object:
        """What tells its index from others."""
        names = tuple(part.name for part in self.fixed)
        order = tuple((indexed_of(part).name, isinstance(part, Descending)) for part in self.order)
        return names, order, self.searchable.held, bool(shown)


def _fixed(searchable: Searchable, asked: Conjuncts) -> list[Conjunct]:
    """The conjuncts that give values for the first columns of an index."""
    found: list[Conjunct] = []
    places = 1
    for column in searchable.columns:
        part = asked.equal.get(column.name)
        if part is None or (places := places * len(part.values)) > MOST_PARTS:
            break
        found.append(part)
    return found


def _fixed_keys(fixed: Sequence[Conjunct]) -> Iterator[SortKey]:
    """The parts of a sort key for each combination of values."""
    parts = [[fixed_parts(part.column, value) for value in part.values] for part in fixed if part.column is not None]
    return (tuple(each for part in parts_of_key for each in part) for parts_of_key in product(*parts))


def _without(order: tuple[IndexField, ...], names: set[str | None]) -> tuple[IndexField, ...]:
    """An order without some columns, and with each other column once."""
    kept: dict[str, IndexField] = {}
    for part in order:
        name = indexed_of(part).name
        if name not in names:
            kept.setdefault(name, part)
    return tuple(kept.values())
