"""Reads in memory: rows by keys or by a query, and what is asked of many at once, as one unit or reading sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Generic, cast
from uuid import UUID

from gapless.adapters.memory.database import MemoryDatabase
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.search import TableSearch
from gapless.adapters.memory.state import Overlay, View
from gapless.kit.aggregates import sum_of
from gapless.kit.columns import Column
from gapless.kit.kinds import Ordering, column_of
from gapless.kit.model import E, Validated
from gapless.kit.predicates import All, Field, IsNull, Node, Not
from gapless.kit.queries import Query, whole_order
from gapless.kit.row_keys import Found


class MemoryReader(Generic[E]):
    """The rows of one entity in a view; the primitives of `ReadRows`.

    Args:
        overlay: the rows that are seen, with what the unit has written.
        tenant: the root of the rows, as keys hold it; None for rows of no root, and ALL_ROOTS for all.
        table: the table of the entity.
        database: the state of the store.
    """

    def __init__(self, overlay: Overlay, tenant: object, table: Table, database: MemoryDatabase) -> None:
        self._overlay = overlay
        self._tenant = tenant
        self._table = table
        self._database = database

    async def row(self, lookup: tuple[object, ...]) -> E | None:
        """As `ReadRows.row`."""
        parts = [part.int if type(part) is UUID else part for part in lookup]
        model = self._table.model
        key = (None, *parts) if model.is_shared else tuple(parts) if model.through is None else (self._tenant, *parts)
        return cast("E | None", self._seen().row(self._table.name, key))

    async def several(self, lookups: Sequence[tuple[object, ...]]) -> tuple[E, ...]:
        """As `ReadRows.several`."""
        found = [await self.row(lookup) for lookup in lookups]
        return tuple(row for row in found if row is not None)

    async def find(self, query: Query) -> tuple[E, ...]:
        """As `ReadRows.find`."""
        return tuple(cast("list[E]", self._search().find(query)))

    async def find_readable(self, query: Query) -> Found[E]:
        """As `ReadRows.find_readable`; every row in memory can be read."""
        return Found(await self.find(query))

    async def count(self, where: Node) -> int:
        """As `ReadRows.count`."""
        return self._search().count(where)

    async def exists(self, where: Node) -> bool:
        """As `ReadRows.exists`."""
        return self._search().exists(where)

    async def sum(self, column: Column, where: Node) -> int | Decimal:
        """As `ReadRows.sum`."""
        values: Iterable[object] = map(attrgetter(column.name), self.select(where))
        return sum_of(column).added(column, (value for value in values if value is not None))

    async def extreme(self, ordering: Ordering, where: Node) -> object:
        """As `ReadRows.extreme`; the row with the value is found in the order of an index, if there is one."""
        column = column_of(ordering)
        there = All((where, Not(IsNull(Field(column))))) if column.nullable else where
        first = self._search().find(Query(there, whole_order(self._table.model, (ordering,)), 1))
        return getattr(first[0], column.name) if first else None

    async def groups(self, column: Column, where: Node, most: int) -> Sequence[tuple[object, int]]:
        """As `ReadRows.groups`."""
        del most  # all are counted, and nobody has to hand them over
        return [*Counter(map(attrgetter(column.name), self.select(where))).items()]

    def select(self, where: Node) -> list[Validated]:
        """The rows that satisfy a condition, in no order."""
        return self._search().select(where)

    def _search(self) -> TableSearch:
        return TableSearch(self._seen(), self._table, self._tenant)

    def _seen(self) -> View:
        """The rows as they are seen now."""
        return self._overlay.view
