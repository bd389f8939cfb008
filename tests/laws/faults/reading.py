"""Faults of the in-memory store: what a reader is told is wrong."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from typing import cast

import pytest

from gapless.adapters.memory.reader import MemoryReader
from gapless.adapters.memory.rows import MemoryRows
from gapless.adapters.memory.search import TableSearch
from gapless.adapters.writing.reader import Reader
from gapless.adapters.writing.repository import StoreRepository
from gapless.kit.kinds import column_of
from gapless.kit.model import E
from gapless.kit.predicates import TRUE, Node
from gapless.kit.queries import Query
from tests.laws.faults.planting import Made, in_memory, is_of_memory


def filter_ignored(patch: pytest.MonkeyPatch) -> Made:
    """A set-based write, and a count, concern all rows."""
    for name in ("count", "update_where", "delete_where"):
        method = getattr(MemoryRows, name)

        def blind(self: object, _: Node, *more: object, asked: Callable[..., object] = method) -> object:
            return asked(self, TRUE, *more)

        patch.setattr(MemoryRows, name, blind)
    return in_memory


def order_wrong(patch: pytest.MonkeyPatch) -> Made:
    """What is null comes first."""
    find = MemoryReader.find

    async def nulls_first(self: MemoryReader[E], query: Query) -> tuple[E, ...]:
        found, first = await find(self, query), column_of(query.order[0]).name
        return tuple(sorted(found, key=lambda row: getattr(row, first) is not None))

    patch.setattr(MemoryReader, "find", nulls_first)
    return in_memory


def page_off_by_one(patch: pytest.MonkeyPatch) -> Made:
    """A page begins one row too far."""
    found = Reader.find

    async def find(self: Reader[E], *asked: object, **more: object) -> tuple[E, ...]:
        rows = cast("tuple[E, ...]", await found(self, *asked, **more))  # type: ignore[arg-type]  # as they were given
        return rows if more.get("after") is None or not is_of_memory(self) else rows[1:]

    patch.setattr(Reader, "find", find)
    return in_memory


def tenant_leak(patch: pytest.MonkeyPatch) -> Made:
    """Rows of every organization are found."""
    search = MemoryReader._search

    def everything(self: MemoryReader[E]) -> TableSearch:
        blind = copy(self)
        blind._tenant = None
        return search(blind)

    patch.setattr(MemoryReader, "_search", everything)
    return in_memory


def time_zone_lost(patch: pytest.MonkeyPatch) -> Made:
    """The hour of a clock in another zone is taken for UTC."""
    first = StoreRepository._first

    def naive(self: StoreRepository[E], entity: E) -> E:
        if is_of_memory(self):
            values = {column.name: getattr(entity, column.name) for column in self._model.columns}
            times = {name: time.replace(tzinfo=UTC) for name, time in values.items() if isinstance(time, datetime)}
            entity = self._model.evolved(entity, times)
        return first(self, entity)

    patch.setattr(StoreRepository, "_first", naive)
    return in_memory
