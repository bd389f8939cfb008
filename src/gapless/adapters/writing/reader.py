"""Reads in a unit: one row by its id, rows by a query, their number; the same in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic
from uuid import UUID

from gapless.adapters.writing.primitives import ReadRows
from gapless.adapters.writing.unit import OperationContext, Unit
from gapless.kit import Model
from gapless.kit.booleans import require_boolean
from gapless.kit.cursors import Cursor
from gapless.kit.errors import NotFound, QueryRefused
from gapless.kit.model import E
from gapless.kit.plain import plain_uuid
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

    async def get(self, id: UUID, *, include_deleted: bool = False) -> E:
        """As `ReadRepository.get`."""
        with self._reading:
            require_boolean("include_deleted", include_deleted)
            row = await self._read.row(self._key(id))
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
            tenant=self._unit.tenant,
        )

    def _key(self, id: UUID) -> tuple[object, ...]:
        """The key of the row with this id in the unit's root; the root's own key is its id alone.

        Raises:
            QueryRefused: the rows of this table have no id.
            NotFound: no row can have this id.
        """
        given, columns = plain_uuid(id), len(self._model.key)
        if columns > 2:
            raise QueryRefused(f"{self._model.name} has no id: find it by the columns of its key.")
        if given is None or (columns == 1 and given != self._unit.tenant):
            raise NotFound(self._model.name, id)
        return (given,) if columns == 1 else (self._unit.tenant, given)

    def _remember(self, rows: Iterable[E]) -> None:
        """Remembers nothing: a reading changes nothing, so it need not know what it has read."""
