"""Reads in memory: one row by its key, or rows by a query, as one unit or reading sees them."""

from __future__ import annotations

from typing import Generic, cast
from uuid import UUID

from gapless.adapters.memory.database import MemoryDatabase
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.search import TableSearch
from gapless.adapters.memory.state import Overlay, View
from gapless.kit.model import E, Validated
from gapless.kit.predicates import Node
from gapless.kit.queries import Query
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

    async def find(self, query: Query) -> tuple[E, ...]:
        """As `ReadRows.find`."""
        return tuple(cast("list[E]", self._search().find(query)))

    async def find_readable(self, query: Query) -> Found[E]:
        """As `ReadRows.find_readable`; every row in memory can be read."""
        return Found(await self.find(query))

    async def count(self, where: Node) -> int:
        """As `ReadRows.count`."""
        return self._search().count(where)

    def select(self, where: Node) -> list[Validated]:
        """The rows that satisfy a condition, in no order."""
        return self._search().select(where)

    def _search(self) -> TableSearch:
        return TableSearch(self._seen(), self._table, self._tenant)

    def _seen(self) -> View:
        """The rows as they are seen now."""
        return self._overlay.view
