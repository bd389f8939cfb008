"""Reads in a unit: rows by their ids or by a query, and what is asked of many at once; the same in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, cast

from gapless.adapters.writing.primitives import ReadRows
from gapless.adapters.writing.unit import OperationContext, Unit
from gapless.kit import Model, aggregates
from gapless.kit.aggregates import MOST_GROUPS, Grouped, Ordered, Summed
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.booleans import require_boolean
from gapless.kit.cursors import Cursor
from gapless.kit.errors import NotFound, QueryRefused
from gapless.kit.ids import RowId
from gapless.kit.kinds import Descending
from gapless.kit.model import E
from gapless.kit.plain import at_most, is_of, kind_of
from gapless.kit.queries import MOST_CONSTANTS, Query, condition, query
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

    async def find_by_ids(self, ids: Iterable[RowId], *, include_deleted: bool = False) -> tuple[E, ...]:
        """As `ReadRepository.find_by_ids`."""
        with self._reading:
            require_boolean("include_deleted", include_deleted)
            lookups, model = self._lookups(ids), self._model
            is_wanted = model.is_unreleased if include_deleted else model.is_shown
            found = filter(is_wanted, await self._read.several(lookups) if lookups else ())
            by_lookup = {model.lookup_of(row): row for row in found}
            rows = tuple(by_lookup[lookup] for lookup in lookups if lookup in by_lookup)
            self._remember(rows)
            return rows

    async def find(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`."""
        with self._reading:
            asked = self._query(where, order, (after, before), limit, include_deleted=include_deleted)
            rows = await self._read.find(asked)
            self._remember(rows)
            return rows

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `ReadRepository.find_readable`."""
        with self._reading:
            asked = self._query(where, order, (after, before), limit, include_deleted=include_deleted)
            found = await self._read.find_readable(asked)
            self._remember(found.rows)
            return found

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `ReadRepository.count`."""
        with self._reading:
            return await self._read.count(condition(self._model, where, include_deleted=include_deleted))

    async def exists(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> bool:
        """As `ReadRepository.exists`."""
        with self._reading:
            return await self._read.exists(condition(self._model, where, include_deleted=include_deleted))

    async def sum(
        self, of: Callable[[E], Summed | None], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Summed:
        """As `ReadRepository.sum`."""
        with self._reading:
            column = aggregates.summed(self._model, of)
            asked = condition(self._model, where, include_deleted=include_deleted)
            return cast("Summed", await self._read.sum(column, asked))

    async def greatest(
        self, of: Callable[[E], Ordered], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Ordered | None:
        """As `ReadRepository.greatest`."""
        with self._reading:
            first = Descending(aggregates.ordered(self._model, of, "greatest"))
            asked = condition(self._model, where, include_deleted=include_deleted)
            return cast("Ordered | None", await self._read.extreme(first, asked))

    async def least(
        self, of: Callable[[E], Ordered], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Ordered | None:
        """As `ReadRepository.least`."""
        with self._reading:
            first = aggregates.ordered(self._model, of, "least")
            asked = condition(self._model, where, include_deleted=include_deleted)
            return cast("Ordered | None", await self._read.extreme(first, asked))

    async def count_by(
        self, by: Callable[[E], Grouped], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Mapping[Grouped, int]:
        """As `ReadRepository.count_by`."""
        with self._reading:
            column = aggregates.grouped(self._model, by)
            asked = condition(self._model, where, include_deleted=include_deleted)
            groups = await self._read.groups(column, asked, MOST_GROUPS + 1)
            return cast("Mapping[Grouped, int]", aggregates.counted_groups(self._model, column, groups))

    def _query(
        self,
        where: Where[E] | None,
        order: Callable[[E], object] | None,
        places: tuple[E | Cursor | None, E | Cursor | None],
        limit: int | None,
        *,
        include_deleted: bool,
    ) -> Query:
        after, before = places
        return query(
            self._model,
            where,
            order=order,
            after=after,
            before=before,
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

    def _lookups(self, ids: object) -> list[tuple[object, ...]]:
        """By what the rows with these ids are found, each once; without ids that no row can have.

        Raises:
            QueryRefused: they can't be iterated, there are too many, or one of them is not of the form of an id.
        """
        several = None if is_of(ids, str) else at_most(ids, MOST_CONSTANTS)
        if several is None:
            said = f"`ids` is a sequence of ids of {self._model.name}, not {kind_of(ids)}."
            raise QueryRefused(said, fields=("ids",))
        if len(several) > MOST_CONSTANTS:
            said = f"Rows are found by at most {MOST_CONSTANTS} ids at once: ask for the others by another call."
            raise QueryRefused(said, fields=("ids",))
        lookups = (self._model.lookup_in(self._tenant, each) for each in several)
        return [*dict.fromkeys(lookup for lookup in lookups if lookup is not None)]

    def _remember(self, rows: Iterable[E]) -> None:
        """Remembers nothing: a reading changes nothing, so it need not know what it has read."""
