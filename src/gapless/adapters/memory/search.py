"""Searches: the rows of a table that a view shows, found by what the store keeps; where nothing helps, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice, product
from typing import cast

from gapless.adapters.memory.access_paths import IndexPath, Wish, alternatives
from gapless.adapters.memory.conjuncts import Conjuncts
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.memory.enforcers.unique import UniqueEnforcer
from gapless.adapters.memory.keys import Key, part_of_key
from gapless.adapters.memory.ordered_index import Bounds, OrderedIndex
from gapless.adapters.memory.schema import Lookup, Table
from gapless.adapters.memory.state import View
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.lowered_columns import Indexed
from gapless.kit.model import Validated
from gapless.kit.predicates import All, Node
from gapless.kit.python_compiler import is_true
from gapless.kit.queries import Query, sorted_rows
from gapless.kit.sort_keys import GREATEST, fixed_parts, row_order

Rows = Iterable[Validated]


class TableSearch:
    """Searches of one table in one view.

    Args:
        view: the rows that are seen.
        table: the table.
        tenant: the root whose rows are seen, as keys hold it; None for rows of no root, and ALL_ROOTS for all.
    """

    def __init__(self, view: View, table: Table, tenant: object) -> None:
        self._view = view
        self._table = table
        self._tenant = tenant
        self._paths = table.paths if tenant is ALL_ROOTS else table.scoped_paths

    def find(self, query: Query) -> list[Validated]:
        """The rows of a query, in its order."""
        wish = _wish(query)
        rows = self._looked_up(wish)
        if rows is None:
            paths = self._paths_of(wish)
            if query.limit is not None and all(path.is_ordered for path in paths) and paths:
                return self._in_order(paths, query, query.limit)
            rows = self._through(paths, wish)
        found = [*rows]
        return found if len(found) < 2 else sorted_rows(found, query.order, query.limit, backwards=query.backwards)

    def _in_order(self, paths: Sequence[IndexPath], query: Query, limit: int) -> list[Validated]:
        """The rows of a query by paths that lead to them in its order; no more are read than it wants."""
        backwards = query.backwards
        parts = [self._part(path.index, part, backwards=backwards) for path in paths for part in path.parts]
        rests = [path.rest for path in paths for _ in path.parts]
        rows = row_order(query.order).merged([*map(_those, rests, parts)], backwards=backwards)
        found = [*islice(_each_once(rows, len(paths)), limit)]
        return found[::-1] if backwards else found

    def select(self, where: Node) -> list[Validated]:
        """The rows that satisfy a condition, in no order."""
        wish = Wish(Conjuncts([where]))
        rows = self._looked_up(wish)
        return [*(self._through(self._paths_of(wish), wish) if rows is None else rows)]

    def count(self, where: Node) -> int:
        """How many rows satisfy a condition."""
        wish = Wish(Conjuncts([where]))
        known = self._counted(wish.conjuncts)
        if known is not None:
            return known
        rows = self._looked_up(wish)
        if rows is None:
            paths = self._paths_of(wish)
            if len(paths) == 1 and not paths[0].rest:
                return sum(self._number(paths[0].index, part) for part in paths[0].parts)
            rows = self._through(paths, wish)
        return sum(1 for _ in rows)

    def exists(self, where: Node) -> bool:
        """Whether any row satisfies a condition; no more are looked at than it takes to know."""
        wish = Wish(Conjuncts([where]))
        known = self._counted(wish.conjuncts)
        if known is not None:
            return known > 0
        rows = self._looked_up(wish)
        return any(True for _ in (self._one_by_one(self._paths_of(wish), wish) if rows is None else rows))

    def _paths_of(self, wish: Wish) -> list[IndexPath]:
        """The paths that lead to the rows: one, or one for each alternative of a condition; none if all are read."""
        path = self._paths.best(wish, self._size)
        known = 0 if path is None else path.steps
        for other in alternatives(wish):
            paths = [self._paths.best(each, self._size) for each in other]
            better = [each for each in paths if each is not None and each.steps > known]
            if len(better) == len(other):
                return better
        return [] if path is None else [path]

    def _through(self, paths: Sequence[IndexPath], wish: Wish) -> Rows:
        """The rows that satisfy a condition, each once and in no order, by indexes or by going through all."""
        rows = self._one_by_one(paths, wish)
        return rows if len(paths) < 2 else {id(row): row for row in rows}.values()

    def _one_by_one(self, paths: Sequence[IndexPath], wish: Wish) -> Rows:
        """As `_through`, and no more are read than are taken; of several paths more than one may lead to a row."""
        if not paths:
            beyond = () if wish.keyset is None else (wish.keyset.beyond,)
            nodes = [*(part.node for part in wish.conjuncts.parts), *beyond]
            return _those(nodes, self._view.rows(self._table.name, self._tenant))
        found = (_those(path.rest, self._part(path.index, part)) for path in paths for part in path.parts)
        return (row for part in found for row in part)

    def _part(self, index: OrderedIndex, part: Bounds, *, backwards: bool = False) -> Rows:
        """The rows in one part of an index, in its order, or from the end of it, if `backwards`."""
        name, from_end = self._table.name, index.sorting.descends is not backwards
        kept = self._view.committed.ordered(name, self._tenant, index).between(*part, backwards=from_end)
        replaced = self._view.replaced.get(name)
        if not replaced:
            return kept
        own, key_of = self._view.ordered(name, self._tenant, index).between(*part, backwards=from_end), self._key_of
        return index.sorting.merged([(row for row in kept if key_of(row) not in replaced), own], backwards=backwards)

    @property
    def _key_of(self) -> Callable[[Validated], Key]:
        """Gives the key of a committed row that is seen."""
        key_of, tenant, finder = self._table.key_of, self._tenant, self._table.root_finder
        if finder is None:
            return key_of
        if tenant is not ALL_ROOTS:
            return lambda row: key_of(row, tenant)
        holders = self._view.committed.indexes.of(finder)
        return lambda row: holders[cast(Key, finder.key(row))]

    def _number(self, index: OrderedIndex, part: Bounds) -> int:
        """How many rows are in one part of an index."""
        name, view = self._table.name, self._view
        number = view.committed.ordered(name, self._tenant, index).count(*part)
        if not view.replaced.get(name):
            return number
        gone = sum(1 for row in self._hidden() if index.has(row) and part.hold(index.sorting.key(row)))
        return number - gone + view.ordered(name, self._tenant, index).count(*part)

    def _size(self, path: IndexPath) -> int:
        """How many committed rows a path leads to."""
        kept = self._view.committed.ordered(self._table.name, self._tenant, path.index)
        return sum(kept.count(*part) for part in path.parts)

    def _looked_up(self, wish: Wish) -> Rows | None:
        """The rows that are found by their key, or by what no two rows share; None if the condition names neither."""
        asked = wish.conjuncts
        for lookup in self._table.lookups:
            if lookup.unique is None and self._table.root_finder is not None and self._tenant is ALL_ROOTS:
                continue  # rows that do not say their root are found in all roots by what no two of them share
            named = self._named(lookup.columns, asked)
            if named is not None and lookup.unique is not None and [None] in named:
                continue  # what is null, as the root of rows of nobody, is unique in nothing
            if named is None or not asked.imply(lookup.held):
                continue
            answered = {id(asked.equal.get(column.name)) for column in lookup.columns if not self._is_tenant(column)}
            rest = [part.node for part in asked.parts if id(part) not in answered and part.signature not in lookup.held]
            if wish.keyset is not None:
                rest.append(wish.keyset.beyond)
            keys = product(*(self._beyond if lookup.unique is None else []), *named)
            return _those(rest, self._under(keys) if lookup.unique is None else self._holding(lookup, [*keys]))
        return None

    def _named(self, columns: Sequence[Indexed], asked: Conjuncts) -> list[list[object]] | None:
        """The values of each of these columns, as keys hold them; None if the condition leaves one open."""
        named: list[list[object]] = []
        for column in columns:
            given = asked.equal.get(column.name)
            if self._is_tenant(column):
                named.append([self._tenant])
            elif given is None or None in given.values:
                return None
            else:
                named.append([*map(part_of_key, given.values)])
        return named

    @property
    def _beyond(self) -> list[list[object]]:
        """What stands in the key of a row in front of the columns by which it is found."""
        return (
            [[self._tenant]] if self._table.root_finder is not None else [[None]] if self._table.model.is_shared else []
        )

    @property
    def _sees_all(self) -> bool:
        """Whether all rows of the table are seen."""
        return self._tenant is ALL_ROOTS or self._table.model.is_shared

    def _is_tenant(self, column: Indexed) -> bool:
        return self._tenant is not ALL_ROOTS and column.name == self._table.model.tenant

    def _under(self, keys: Iterable[Key]) -> Iterator[Validated]:
        name, view = self._table.name, self._view
        return (row for key in keys if (row := view.row(name, key)) is not None)

    def _holding(self, lookup: Lookup, wanted: Sequence[Key]) -> Iterator[Validated]:
        """The rows that have one of these values of a unique rule."""
        name, view = self._table.name, self._view
        holders = view.committed.indexes.of(cast(UniqueEnforcer, lookup.unique))
        replaced = view.replaced.get(name)
        for values in wanted:
            holder = holders.get(values)
            is_seen = holder is not None and self._tenant in (ALL_ROOTS, holder[0])  # a rule may be about all roots
            if is_seen and not (replaced and holder in replaced):
                yield cast(Validated, view.committed.row(name, cast(Key, holder)))
        if replaced:
            own = view.ordered(name, self._tenant, lookup.own)
            for values in wanted:
                parts = [fixed_parts(*each) for each in zip(lookup.columns, values, strict=True)]
                low = tuple(part for several in parts for part in several)
                yield from own.between(low, (*low, GREATEST), backwards=False)

    def _counted(self, asked: Conjuncts) -> int | None:
        """The number of rows, where it is kept; None if it is not."""
        if not asked.parts:
            return self._view.number(self._table.name, self._tenant)
        for check in self._table.invariant_checks:
            key = self._parent_key(check, asked)
            if key is not None:
                return check.number(self._view, key, self._hidden())
        return None

    def _parent_key(self, check: InvariantCheck, asked: Conjuncts) -> Key | None:
        """The key of the parent whose children are asked for, all that an invariant counts and no others."""
        if not check.held <= asked.signatures:
            return None
        columns = check.fields
        named = self._named(columns, asked)
        if named is None or any(len(values) != 1 or None in values for values in named):
            return None
        if check.leaves_root and self._tenant is ALL_ROOTS:
            return None  # the number is kept below a row whose root nobody has said
        if not check.leaves_root and not self._sees_all and not any(map(self._is_tenant, columns)):
            return None  # the rule counts rows of all roots together
        answered = {id(asked.equal.get(column.name)) for column in columns if not self._is_tenant(column)}
        if any(id(part) not in answered and part.signature not in check.held for part in asked.parts):
            return None
        beyond = (self._tenant,) if check.leaves_root else check.beyond
        return (*beyond, *(values[0] for values in named))

    def _hidden(self) -> Iterator[Validated]:
        """The committed rows that the view replaces."""
        name, committed = self._table.name, self._view.committed
        for key in self._view.replaced.get(name, ()):
            if self._tenant in (ALL_ROOTS, key[0]) and (row := committed.row(name, key)) is not None:
                yield row


def _wish(query: Query) -> Wish:
    """What a query asks; the part of its condition that says where the page begins is left to the index."""
    return Wish(Conjuncts([query.asked]), query.order, query.limit, query.keyset, query.backwards)


def _those(nodes: Sequence[Node], rows: Rows) -> Rows:
    """The rows of which all of these nodes are true."""
    return filter(is_true(nodes[0] if len(nodes) == 1 else All(tuple(nodes))), rows) if nodes else rows


def _each_once(rows: Rows, paths: int) -> Rows:
    """The rows of several paths, in their order, of which more than one may lead to a row."""
    return rows if paths == 1 else (next(same) for _, same in groupby(rows, id))
