"""Faults of the in-memory store: what a reader is told is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from gapless.adapters.memory import reading, statement
from gapless.adapters.memory.repository import MemoryRepository
from gapless.adapters.memory.scope import Scope
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import Change
from gapless.kit import Model, queries
from gapless.kit.kinds import Ordering, column_of
from gapless.kit.model import E, Judged
from tests.laws.faults.planting import Made, in_memory


def filter_ignored(patch: pytest.MonkeyPatch) -> Made:
    """A set-based write, and a count, concern all rows."""
    selected = reading.select

    def select(scope: Scope, model: Model[E], _: object, *, include_deleted: bool) -> list[Judged]:
        return selected(scope, model, None, include_deleted=include_deleted)

    patch.setattr(reading, "select", select)
    return in_memory


def order_wrong(patch: pytest.MonkeyPatch) -> Made:
    """What is null comes first."""

    def nulls_first(rows: Sequence[E], order: tuple[Ordering, ...]) -> list[E]:
        found = queries.sorted_rows(rows, order)
        first = column_of(order[0]).name
        return sorted(found, key=lambda row: getattr(row, first) is not None)

    patch.setattr(reading, "queries", SimpleNamespace(**{**vars(queries), "sorted_rows": nulls_first}))
    return in_memory


def page_off_by_one(patch: pytest.MonkeyPatch) -> Made:
    """A page begins one row too far."""
    found = MemoryRepository.find

    async def find(self: MemoryRepository[E], *asked: object, **more: object) -> tuple[E, ...]:
        rows = cast("tuple[E, ...]", await found(self, *asked, **more))  # type: ignore[arg-type]  # as they were given
        return rows if more.get("after") is None else rows[1:]

    patch.setattr(MemoryRepository, "find", find)
    return in_memory


def tenant_leak(patch: pytest.MonkeyPatch) -> Made:
    """Rows of every organization are found."""
    found = reading.find

    def find(scope: Scope, *asked: object, **more: object) -> tuple[Judged, ...]:
        everything = copy(scope)
        everything.tenant = None
        return cast("tuple[Judged, ...]", found(everything, *asked, **more))  # type: ignore[arg-type]  # as they were given

    patch.setattr(reading, "find", find)
    return in_memory


def time_zone_lost(patch: pytest.MonkeyPatch) -> Made:
    """The hour of a clock in another zone is taken for UTC."""
    changed = statement._change_row

    def change_row(overlay: Overlay, change: Change) -> None:
        if change.after is not None:
            model, row = change.table.model, change.after
            values = {column.name: getattr(row, column.name) for column in model.columns}
            times = {name: time.replace(tzinfo=UTC) for name, time in values.items() if isinstance(time, datetime)}
            for name, time in times.items():
                object.__setattr__(row, name, time)
        changed(overlay, change)

    patch.setattr(statement, "_change_row", change_row)
    return in_memory
