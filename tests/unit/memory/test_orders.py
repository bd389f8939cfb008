"""Orders of rows with keys of every type: how they are sorted, and which rows a page after one of them holds."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import cast
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.memory.conjuncts import RANGES
from gapless.adapters.memory.ordered_index import OrderedIndex
from gapless.domain.organizations import OrganizationId
from gapless.kit import BigInteger, Check, Entity, descending, length, rules_of, sort_keys
from gapless.kit.columns import ColumnType
from gapless.kit.cursors import Cursor, text_of, values_of
from gapless.kit.kinds import Descending, Ordering, Rule, column_of
from gapless.kit.positions import beyond, require_bounded, values_in
from gapless.kit.predicates import All, Comparison, Constant, Field
from gapless.kit.python_compiler import is_true
from gapless.kit.queries import order_of, sorted_rows
from gapless.kit.sort_keys import SORTED, Sorting

HOME = OrganizationId(UUID(int=1))
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Size(enum.Enum):
    """Members whose values have another order than the members, and than the same values in lower case."""

    LARGE = "b"
    SMALL = "a"
    WIDE = "C"
    ODD = "ä"


@attrs.frozen(kw_only=True, slots=True)
class Box(Entity):
    """Something that can be sorted by fields of every type; those that no caller may sort by are in its key."""

    organization_id: OrganizationId
    id: UUID
    size: Size
    is_open: bool
    label: str
    number: int
    weight: BigInteger
    made_at: datetime
    rank: int | None = None


@rules_of(
    Box, "boxes", belongs_to=lambda box: box.organization_id, key=("organization_id", "size", "is_open", "label", "id")
)
def box_rules(box: Box) -> Iterator[Rule]:
    """Texts in keys are short."""
    yield Check("boxes_label_length", "A label is short.", length(box.label) <= 20)


BOX = Box(
    organization_id=HOME,
    id=UUID(int=11),
    size=Size.LARGE,
    is_open=True,
    label="",
    number=0,
    weight=BigInteger(0),
    made_at=NOON,
)


def boxes() -> st.SearchStrategy[list[Box]]:
    """Some rows that agree in many fields, no two with the same key."""
    few = st.integers(-1, 1)
    one = st.builds(
        Box,
        organization_id=st.just(HOME),
        id=st.sampled_from([UUID(int=number) for number in range(11, 14)]),
        size=st.sampled_from(Size),
        is_open=st.booleans(),
        label=st.sampled_from(["a", "B", "", "ä", "\U0001f600", "\ue000"]),
        number=few,
        weight=few,
        made_at=few.map(lambda hours: NOON + timedelta(hours=hours)),
        rank=st.none() | few,
    )
    return st.lists(one, max_size=8, unique_by=box_rules.key_of)


def orders() -> st.SearchStrategy[tuple[Ordering, ...]]:
    """An order as callers write it, with the columns of the key behind."""
    sortable = ["label", "number", "weight", "made_at", "rank", "id"]
    named = st.lists(st.tuples(st.sampled_from(sortable), st.booleans()), max_size=3, unique_by=lambda part: part[0])

    def whole(parts: list[tuple[str, bool]]) -> tuple[Ordering, ...]:
        return order_of(
            box_rules, lambda box: tuple(descending(getattr(box, n)) if down else getattr(box, n) for n, down in parts)
        )

    return named.map(whole)


def differences(rows: list[Box], order: tuple[Ordering, ...]) -> list[str]:
    """What is sorted otherwise than column by column, and which page holds other rows than those after its place."""
    wanted = rows
    for ordering in reversed(order):
        wanted = _sorted_by(ordering, wanted)
    found = [] if sorted_rows(rows, order) == wanted else ["sorted"]
    for place, row in enumerate(wanted):
        behind = is_true(beyond(order, values_in(order, row)))
        if [each for each in wanted if behind(each)] != wanted[place + 1 :]:
            found.append(f"page after {row}")
    return found


def _sorted_by(ordering: Ordering, rows: list[Box]) -> list[Box]:
    def value(row: Box) -> int:
        found = getattr(row, column_of(ordering).name)
        return found.value if isinstance(found, enum.Enum) else found  # type: ignore[no-any-return]  # of any type

    absent = [row for row in rows if getattr(row, column_of(ordering).name) is None]
    present = [row for row in rows if row not in absent]
    return sorted(present, key=value, reverse=isinstance(ordering, Descending)) + absent


@given(boxes(), orders())
def test_every_order_is_that_of_its_columns(rows: list[Box], order: tuple[Ordering, ...]) -> None:
    """Rows are sorted by one column after the other, also by those of the key, and a page goes on behind a row."""
    assert differences(rows, order) == []


def misplaced(rows: list[Box], order: tuple[Ordering, ...]) -> list[str]:
    """The pages behind a row in a range of the first column for which an index gives other rows than their condition.

    An index that compares rows, bounds and places of pages with one another has to know all of them.
    """
    index, first = OrderedIndex.of((), order, None), column_of(order[0])
    bounds = {getattr(row, first.name) for row in rows} - {None}
    found: list[str] = []
    for operator, bound, row in product(RANGES, bounds, rows):
        values = values_in(order, row)
        asked = is_true(All((Comparison(operator, Field(first), Constant(bound)), beyond(order, values))))
        part = index.bounds((), [(operator, bound)], values)
        if list(map(asked, rows)) != [part.hold(index.sorting.key(each)) for each in rows]:
            found.append(f"{operator} {bound} behind {row}")
    return found


@given(boxes(), orders())
def test_a_page_of_a_range_is_found_by_an_index(rows: list[Box], order: tuple[Ordering, ...]) -> None:
    """What is behind a row and in a range is a part of an index, wherever the row and the ends of the range are."""
    assert misplaced(rows, order) == []


@given(boxes(), orders())
def test_a_cursor_holds_what_a_page_ends_with(rows: list[Box], order: tuple[Ordering, ...]) -> None:
    """A cursor gives back the values of its row, those of the key among them, and they fit into it by the rules."""
    require_bounded(box_rules, order)
    for row in rows:
        values = values_in(order, row)
        cursor = Cursor(text_of("boxes", order, "", values))
        assert values_of("boxes", order, cursor) == values


def test_a_text_that_knows_no_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a text that is turned round can be compared with texts alone, and not with the end of a range."""

    def less(turned: sort_keys._Turned, other: sort_keys._Turned) -> bool:
        return other.text < turned.text

    monkeypatch.setattr(sort_keys._Turned, "__lt__", less)
    with pytest.raises(AttributeError):
        misplaced([BOX], order_of(box_rules, lambda box: (descending(box.made_at), box.label)))


@pytest.mark.parametrize("kind", [ColumnType.ENUMERATION, ColumnType.BOOLEAN])
def test_a_column_that_is_not_turned_round_is_seen(kind: ColumnType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: behind a column that descends, a column of the key does as well, or can't be sorted at all."""
    monkeypatch.setitem(
        cast("dict[ColumnType, Sorting]", SORTED.by_type), kind, Sorting("{}", "{}")
    )  # the fault is planted there
    sort_keys.row_order.cache_clear()
    rows = [attrs.evolve(BOX, size=size, is_open=is_open) for size in Size for is_open in (True, False)]
    try:
        with pytest.raises((AssertionError, TypeError)):
            assert differences(rows, order_of(box_rules, lambda box: descending(box.number))) == []
    finally:
        sort_keys.row_order.cache_clear()
