"""Faults of the in-memory store: what is asked of many rows at once, pages backwards and writes that count go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from decimal import Decimal
from typing import cast

import attrs
import pytest

from gapless.adapters.memory import commit as committing
from gapless.adapters.memory import rows as writing
from gapless.adapters.memory.reader import MemoryReader
from gapless.adapters.memory.rows import MemoryRows
from gapless.adapters.memory.search import TableSearch
from gapless.adapters.writing import reader as asking
from gapless.adapters.writing.reader import Reader, Where
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit import Model, all_of, any_of, assignments, negate
from gapless.kit.aggregates import Summed
from gapless.kit.assignments import Increment
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.columns import INTEGER_RANGES, Column, ColumnType
from gapless.kit.kinds import Ordering, column_of
from gapless.kit.model import E, Validated
from gapless.kit.predicates import Node
from gapless.kit.queries import Query, condition
from tests.laws.faults.planting import Made, in_memory, is_of_memory

BYTES_8 = 2**64


def last_id_forgotten(patch: pytest.MonkeyPatch) -> Made:
    """Of several ids the last one is not looked for."""
    several = MemoryReader.several

    async def all_but_one(self: MemoryReader[E], lookups: Sequence[tuple[object, ...]]) -> tuple[E, ...]:
        return await several(self, lookups[:-1])

    patch.setattr(MemoryReader, "several", all_but_one)
    return in_memory


def exists_in_another_root(patch: pytest.MonkeyPatch) -> Made:
    """A row of another root is there for who asks whether one is."""
    exists = MemoryReader.exists

    async def anywhere(self: MemoryReader[E], where: Node) -> bool:
        blind = copy(self)
        blind._tenant = ALL_ROOTS
        return await exists(blind, where)

    patch.setattr(MemoryReader, "exists", anywhere)
    return in_memory


def sum_of_deleted_rows(patch: pytest.MonkeyPatch) -> Made:
    """A sum counts deleted rows as well."""
    added = Reader.sum

    async def sum_of_all(
        self: Reader[E],
        of: Callable[[E], Summed | None],
        where: Where[E] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Summed:
        return await added(self, of, where, include_deleted=include_deleted or is_of_memory(self))

    patch.setattr(Reader, "sum", sum_of_all)
    return in_memory


def sums_have_eight_bytes(patch: pytest.MonkeyPatch) -> Made:
    """A sum that is too great for a column begins again from the least number."""
    added = MemoryReader.sum

    async def wrapped(self: MemoryReader[E], column: Column, where: Node) -> int | Decimal:
        least, _ = INTEGER_RANGES[ColumnType.BIG_INTEGER]
        found = await added(self, column, where)
        return found if column.type is ColumnType.DECIMAL else (int(found) - least) % BYTES_8 + least

    patch.setattr(MemoryReader, "sum", wrapped)
    return in_memory


def sums_of_decimals_are_rounded(patch: pytest.MonkeyPatch) -> Made:
    """Decimals are added in the context of the thread, which rounds."""
    added = MemoryReader.sum

    async def wrapped(self: MemoryReader[E], column: Column, where: Node) -> int | Decimal:
        if column.type is not ColumnType.DECIMAL:
            return await added(self, column, where)
        values = (getattr(row, column.name) for row in self.select(where))
        return sum((value for value in values if value is not None), Decimal(0))

    patch.setattr(MemoryReader, "sum", wrapped)
    return in_memory


def released_rows_asked(patch: pytest.MonkeyPatch) -> Made:
    """What is asked of many rows is asked of released ones as well."""

    def of_all(model: Model[E], where: Where[E] | None, *, include_deleted: bool) -> Node:
        if model.released is None:
            return condition(model, where, include_deleted=include_deleted)
        name = model.released.name

        def asked(row: E) -> bool:
            either = any_of(getattr(row, name), negate(getattr(row, name)))
            return either if where is None else all_of(where(row), either)

        return condition(model, asked, include_deleted=include_deleted)

    patch.setattr(asking, "condition", of_all)
    return in_memory


def greatest_is_the_least(patch: pytest.MonkeyPatch) -> Made:
    """The greatest value that is found is the least."""
    extreme = MemoryReader.extreme

    async def least(self: MemoryReader[E], ordering: Ordering, where: Node) -> object:
        return await extreme(self, column_of(ordering), where)

    patch.setattr(MemoryReader, "extreme", least)
    return in_memory


def nulls_are_no_group(patch: pytest.MonkeyPatch) -> Made:
    """Rows with a null are counted nowhere."""
    groups = MemoryReader.groups

    async def known(self: MemoryReader[E], column: Column, where: Node, most: int) -> Sequence[tuple[object, int]]:
        return [group for group in await groups(self, column, where, most) if group[0] is not None]

    patch.setattr(MemoryReader, "groups", known)
    return in_memory


def pages_turned_round(patch: pytest.MonkeyPatch) -> Made:
    """The rows of a page that goes backwards come from the place at which it ends."""
    found = MemoryReader.find

    async def find(self: MemoryReader[E], query: Query) -> tuple[E, ...]:
        rows = await found(self, query)
        return rows[::-1] if query.backwards else rows

    patch.setattr(MemoryReader, "find", find)
    return in_memory


def pages_from_the_beginning(patch: pytest.MonkeyPatch) -> Made:
    """A page that goes backwards has the first rows of the listing, and not those next to its place."""
    found = TableSearch.find

    def find(self: TableSearch, query: Query) -> list[object]:
        if not query.backwards or query.limit is None:
            return cast("list[object]", found(self, query))
        return cast("list[object]", found(self, attrs.evolve(query, limit=None))[: query.limit])

    patch.setattr(TableSearch, "find", find)
    return in_memory


def counts_from_what_was_read(patch: pytest.MonkeyPatch) -> Made:
    """A write that counts adds to what a row had when it was counted in for the first time."""
    known: dict[tuple[type, object, str], int | None] = {}

    def stale(row: object, values: Mapping[str, object]) -> dict[str, object]:
        before = assignments.values_of(row, {name: Increment(0) for name in assignments.increments(values)})
        key = type(row), getattr(row, "id", None)
        found = {name: known.setdefault((*key, name), cast("int | None", value)) for name, value in before.items()}
        counted = {name: each.of(found[name]) for name, each in assignments.increments(values).items()}
        return {**values, **counted}

    patch.setattr(writing, "values_of", stale)
    return in_memory


def counts_from_what_is_committed(patch: pytest.MonkeyPatch) -> Made:
    """A write that counts adds to what was there before its unit, so that of two in one unit the first is lost."""
    update = MemoryRows.update_where

    async def stale(self: MemoryRows[E], where: Node, values: dict[str, object], side: SideRecords) -> int:
        def committed(row: Validated, given: Mapping[str, object]) -> dict[str, object]:
            key = self._table.key_of(row, self._root_of(row))
            return assignments.values_of(self._overlay.committed.row(self._table.name, key) or row, given)

        patch.setattr(writing, "values_of", committed)
        return await update(self, where, values, side)

    patch.setattr(MemoryRows, "update_where", stale)
    return in_memory


def counts_wrap(patch: pytest.MonkeyPatch) -> Made:
    """A number that leaves its range begins again at the other end."""
    of = Increment.of

    def wrapped(self: Increment, value: int | None) -> int | None:
        after, (least, greatest) = of(self, value), INTEGER_RANGES[ColumnType.INTEGER]
        return after if after is None or after <= greatest else after - greatest + least - 1

    patch.setattr(Increment, "of", wrapped)
    return in_memory


def nulls_count_from_nothing(patch: pytest.MonkeyPatch) -> Made:
    """Null and one is one."""
    patch.setattr(Increment, "of", lambda self, value: (value or 0) + self.by)
    return in_memory


def overlaps_not_looked_at(patch: pytest.MonkeyPatch) -> Made:
    """Nobody asks at the commit whether others have written the same rows meanwhile."""
    patch.setattr(committing, "_require_unchanged", lambda _: None)
    return in_memory


def records_of_counts_lost(patch: pytest.MonkeyPatch) -> Made:
    """A write that counts leaves no audit record."""
    update = MemoryRows.update_where

    async def silent(self: MemoryRows[E], where: Node, values: dict[str, object], side: SideRecords) -> int:
        return await update(
            self, where, values, SideRecords((), side.events) if assignments.increments(values) else side
        )

    patch.setattr(MemoryRows, "update_where", silent)
    return in_memory
