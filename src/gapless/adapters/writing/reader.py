"""Reads in a unit: one row by its id, rows by a query, their number; the same in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic

from gapless.adapters.writing.primitives import ReadRows
from gapless.adapters.writing.unit import OperationContext, Unit
from gapless.kit import Model
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.booleans import require_boolean
from gapless.kit.cursors import Cursor
from gapless.kit.errors import NotFound
from gapless.kit.ids import RowId
from gapless.kit.model import E
from gapless.kit.queries import Query, condition, query
from gapless.kit.row_keys import Found

Where = Callable[[E], bool]


class Reader(Generic[E]):
    """The rows of one entity in a unit or a reading: see `ReadRepository`.

    Args:
        unit: the unit in which they are read.
        model: the model of the entity.
        rows: reads the rows in the store.
    """

    def __init__(self, unit: Unit, model: Model[E], rows: ReadRows[E]) -> None:
        self._unit = unit
        self._reading = OperationContext(unit, writes=False)
        self._model = model
        self._read = rows
        self._tenant = unit.tenant_for(model)
        if model.through is not None and self._tenant is not ALL_ROOTS:
            self._tenant = None  # its rows do not say to which root they belong: the store looks at it (decision 0059)

    async def get(self, id: RowId, *, include_deleted: bool = False) -> E:
        """As `ReadRepository.get`."""
        with self._reading:
            require_boolean("include_deleted", include_deleted)
            row = await self._read.row(self._lookup(id))
            model = self._model
            if row is None or not (model.is_unreleased(row) if include_deleted else model.is_shown(row)):
                raise NotFound(self._model.name, id)
            self._remember((row,))
            return row

    async def find(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`."""
        with self._reading:
            rows = await self._read.find(self._query(where, order, after, limit, include_deleted=include_deleted))
            self._remember(rows)
            return rows

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `ReadRepository.find_readable`."""
        with self._reading:
            asked = self._query(where, order, after, limit, include_deleted=include_deleted)
            found = await self._read.find_readable(asked)
            self._remember(found.rows)
            return found

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `ReadRepository.count`."""
        with self._reading:
            return await self._read.count(condition(self._model, where, include_deleted=include_deleted))

    def _query(
        self,
        where: Where[E] | None,
        order: Callable[[E], object] | None,
        after: E | Cursor | None,
        limit: int | None,
        *,
        include_deleted: bool,
    ) -> Query:
        return query(
            self._model,
            where,
            order=order,
            after=after,
            limit=limit,
            include_deleted=include_deleted,
            tenant=self._tenant,
        )

    def _lookup(self, id: RowId) -> tuple[object, ...]:
        """By what the row with this id is found in the unit's root; a row that has no id has that of its root.

        Raises:
            QueryRefused: the rows are found by several values, and the id is not a tuple of so many.
            NotFound: no row can have this id.
        """
        lookup = self._model.lookup_in(self._tenant, id)
        if lookup is None:
            raise NotFound(self._model.name, id)
        return lookup

    def _remember(self, rows: Iterable[E]) -> None:
        """Remembers nothing: a reading changes nothing, so it need not know what it has read."""
