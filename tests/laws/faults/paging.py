"""Faults of pages: where one goes on is not where the one before ended."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory.access_paths import TablePaths
from gapless.adapters.writing.reader import Reader
from gapless.kit import cursors, positions, queries
from gapless.kit.columns import ColumnType
from gapless.kit.cursors import PACKINGS, Cursor, Packing, packing_of
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.model import E
from gapless.kit.positions import in_any_catalogue
from gapless.kit.predicates import TRUE, Comparison, Constant, Field, Node, Not
from tests.laws.faults import querying
from tests.laws.faults.planting import Made, in_memory, is_of_memory


def read_again(patch: pytest.MonkeyPatch) -> Made:
    """The row of the cursor is read again, and the page goes on behind where it stands by now."""
    found = Reader.find

    async def find(self: Reader[E], *asked: object, **more: object) -> tuple[E, ...]:
        after = more.get("after")
        if isinstance(after, Cursor) and after.text is not None and is_of_memory(self):
            order = queries.order_of(self._model, more.get("order"))  # type: ignore[arg-type]  # as it was given
            values = cursors.values_of(self._model.table, in_any_catalogue(order, self._model.keyed), after)
            place = [column_of(part).name for part in order].index("id")
            more["after"] = await self._read.row(self._lookup(cast(UUID, values[place]))) or after
        return await found(self, *asked, **more)  # type: ignore[arg-type]  # as they were given

    patch.setattr(Reader, "find", find)
    return in_memory


def _by_the_condition(patch: pytest.MonkeyPatch) -> None:
    """Lets the store in memory ask each row whether it comes behind, as PostgreSQL does, and no index."""
    patch.setattr(TablePaths, "_values_of_place", lambda *_: None)


def ties_lost(patch: pytest.MonkeyPatch) -> Made:
    """What is level with the last row by the first column of the order is passed over."""
    _by_the_condition(patch)
    patch.setattr(queries, "beyond", lambda order, values: positions._further(order[0], values[0]))
    return in_memory


def nulls_lost(patch: pytest.MonkeyPatch) -> Made:
    """No null comes behind a value."""

    def further(ordering: Ordering, value: object) -> Node:
        operator = "<" if isinstance(ordering, Descending) else ">"
        return Not(TRUE) if value is None else Comparison(operator, Field(column_of(ordering)), Constant(value))

    _by_the_condition(patch)
    patch.setattr(positions, "_further", further)
    return in_memory


def direction_lost(patch: pytest.MonkeyPatch) -> Made:
    """A page goes on upwards, also where the order goes down."""
    further = positions._further
    _by_the_condition(patch)
    patch.setattr(positions, "_further", lambda ordering, value: further(column_of(ordering), value))
    return in_memory


def times_rounded(patch: pytest.MonkeyPatch) -> Made:
    """A cursor holds times to the millisecond."""
    exact = packing_of(ColumnType.TIME)

    def packed(value: object) -> bytes:
        microseconds = int.from_bytes(exact.pack(value), "big", signed=True)
        return (microseconds // 1000 * 1000).to_bytes(8, "big", signed=True)

    patch.setitem(
        cast("dict[ColumnType, Packing]", PACKINGS.by_type), ColumnType.TIME, attrs.evolve(exact, pack=packed)
    )
    return in_memory


def texts_cut(patch: pytest.MonkeyPatch) -> Made:
    """A cursor holds the beginning of a text."""
    cut = Packing(None, lambda value: cast(str, value)[:1].encode(), bytes.decode)
    patch.setitem(cast("dict[ColumnType, Packing]", PACKINGS.by_type), ColumnType.TEXT, cut)
    return in_memory


def unmarked(patch: pytest.MonkeyPatch) -> Made:
    """A cursor does not say of which listing it is."""
    patch.setattr(cursors, "_mark", lambda *_: bytes(cursors.MARK_BYTES))
    return in_memory


def backwards_ignored(patch: pytest.MonkeyPatch) -> Made:
    """A page that ends before a place begins behind it."""
    _by_the_condition(patch)
    patch.setattr(queries, "beyond", lambda order, values, **_: positions.beyond(order, values))
    return in_memory


def place_itself_listed(patch: pytest.MonkeyPatch) -> Made:
    """A page that goes backwards ends with the very row before which it has to end."""
    nearer = positions._nearer

    def at_or_nearer(ordering: Ordering, value: object) -> Node:
        is_last = column_of(ordering).name in ("organization_id", "root_id")
        return Not(Not(TRUE)) if is_last else nearer(ordering, value)

    _by_the_condition(patch)
    patch.setattr(positions, "_nearer", at_or_nearer)
    return in_memory


PLANTS = (
    *(read_again, ties_lost, nulls_lost, direction_lost, times_rounded, texts_cut, unmarked),
    *(backwards_ignored, place_itself_listed, querying.pages_turned_round, querying.pages_from_the_beginning),
)
