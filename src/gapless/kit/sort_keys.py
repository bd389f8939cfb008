"""Sort keys: one tuple for each row, by which Python sorts rows as PostgreSQL does: text by code point, nulls last.

A row is sorted once by its tuple, and not once for each column. The tuples ascend; if the first column of an order
descends, the rows are read from the end, and a column of the other direction has its values turned round in the tuple.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar, cast
from uuid import UUID

import attrs

from gapless.kit.columns import ByType, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Descending, IndexField, column_of, indexed_of
from gapless.kit.lowered_columns import Indexed, source_of
from gapless.kit.predicates import literal
from gapless.kit.python_compiler import CALLED, function

T = TypeVar("T")
SortKey = tuple[object, ...]
KeyOf = Callable[[object], SortKey]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Greatest:
    """Is greater than every value."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


GREATEST = _Greatest()
"""Behind the parts of a key, it makes a bound after all keys that begin with these parts."""
NULLS: SortKey = (True,)
"""The bound between the values and the nulls of the first column of an order, if that column may be null."""


@attrs.frozen(order=False)
class _Turned:
    """A text that is sorted from the greatest to the least."""

    text: str

    def __lt__(self, other: object) -> bool:
        return other.text < self.text if isinstance(other, _Turned) else NotImplemented  # the greatest answers itself


@attrs.frozen
class Sorting:
    """How Python sorts the values of a type.

    Attributes:
        plain: the source of what is compared of a value.
        turned: the source of what is compared if the greatest value is to come first.
    """

    plain: str
    turned: str


SORTED: ByType[Sorting | None] = ByType(
    interpreter="The sort key",
    place="kit/sort_keys.py",
    needed="its Sorting, or None if nothing is ordered by it",
    by_type={
        ColumnType.TEXT: Sorting("{}", "turned({})"),
        # Members of an enumeration can't be compared, and UUIDs compare themselves in Python, which is slow.
        ColumnType.ENUMERATION: Sorting("{}.value", "turned({}.value)"),
        ColumnType.INTEGER: Sorting("{}", "-{}"),
        ColumnType.BIG_INTEGER: Sorting("{}", "-{}"),
        # The sign is turned without a context, which may round (decision 0062).
        ColumnType.DECIMAL: Sorting("{}", "{}.copy_negate()"),
        ColumnType.BOOLEAN: Sorting("{}", "not {}"),
        ColumnType.UUID: Sorting("{}.int", "-{}.int"),
        ColumnType.UUIDS: None,
        ColumnType.TIME: Sorting("{}", "epoch - {}"),
        ColumnType.JSON: None,
        ColumnType.KEY: Sorting("{}", "turned({})"),
    },
)


@attrs.frozen(eq=False)
class RowOrder:
    """An order of rows, as functions.

    Attributes:
        key: the sort key of a row.
        key_of: the sort key of a row that has these values in the columns of the order.
        descends: whether the rows are read from the greatest key to the least.
    """

    key: KeyOf
    key_of: Callable[[Sequence[object]], SortKey]
    descends: bool

    def sorted(self, rows: Iterable[T]) -> list[T]:
        """The rows in this order."""
        return sorted(rows, key=cast("Callable[[T], SortKey]", self.key), reverse=self.descends)

    def first(self, number: int, rows: Iterable[T]) -> list[T]:
        """The first rows in this order; the others are not sorted."""
        pick = heapq.nlargest if self.descends else heapq.nsmallest
        return pick(number, rows, key=cast("Callable[[T], SortKey]", self.key))

    def last(self, number: int, rows: Iterable[T]) -> list[T]:
        """The last rows in this order; the others are not sorted."""
        pick = heapq.nsmallest if self.descends else heapq.nlargest
        return pick(number, rows, key=cast("Callable[[T], SortKey]", self.key))[::-1]

    def merged(self, parts: Sequence[Iterable[T]], *, backwards: bool = False) -> Iterable[T]:
        """The rows of several parts, each of which is in this order, or from its end, if `backwards`.

        No more of them are read than are taken.
        """
        if len(parts) == 1:
            return parts[0]
        return heapq.merge(*parts, key=cast("Callable[[T], SortKey]", self.key), reverse=self.descends is not backwards)


@lru_cache(maxsize=1024)
def row_order(order: tuple[IndexField, ...], fixed: tuple[Indexed, ...] = ()) -> RowOrder:
    """The functions of an order.

    Args:
        order: the columns of the order.
        fixed: columns that stand before these in the sort key of a row, because only rows that agree in them are read
            together.
    """
    descends = bool(order) and isinstance(order[0], Descending)
    before = "".join(_fixed(column, source_of(column)) for column in fixed)
    names = [source_of(indexed_of(part)) for part in order]
    places = [f"o[{place}]" for place in range(len(order))]
    return RowOrder(_compiled(before, order, names, descends), _compiled("", order, places, descends), descends)


def _compiled(before: str, order: Sequence[IndexField], values: Sequence[str], descends: bool) -> KeyOf:
    parts = [_part(ordering, value, descends) for ordering, value in zip(order, values, strict=True)]
    namespace: dict[str, object] = {**CALLED, "epoch": _EPOCH, "turned": _Turned}
    return cast(KeyOf, function("sort_key", f"sort_key = lambda o: ({before}{''.join(parts)})", namespace))


def _fixed(column: Indexed, value: str) -> str:
    plain = sorting(column).plain.format(value)
    return f"{value} is None, None if {value} is None else {plain}, " if column.nullable else f"{plain}, "


def _part(ordering: IndexField, value: str, descends: bool) -> str:
    """What a column is in a sort key; a null comes last in the end, from whichever end the keys are read."""
    column = column_of(ordering)
    is_turned = isinstance(ordering, Descending) is not descends
    plain = (sorting(column).turned if is_turned else sorting(column).plain).format(value)
    if not column.nullable:
        return f"{plain}, "
    return f"{value} is {'not ' if descends else ''}None, None if {value} is None else {plain}, "


def sorting(column: Indexed) -> Sorting:
    """How the values of a column are sorted.

    Raises:
        DeclarationError: nothing is ordered by it.
    """
    found = SORTED.of(column.type)
    if found is None:
        raise DeclarationError(f"{column.name} is {column.type.described}, by which nothing is ordered.")
    return found


def fixed_parts(column: Indexed, value: object) -> SortKey:
    """The parts of a sort key for this value of a fixed column."""
    part = value.int if isinstance(value, UUID) else literal(value)
    return (value is None, part) if column.nullable else (part,)


def first_parts(column: Indexed, value: object, *, descends: bool) -> SortKey:
    """The parts of a sort key for this value, not null, of the first column of an order."""
    part = value.int if isinstance(value, UUID) else value
    return (descends, part) if column.nullable else (part,)
