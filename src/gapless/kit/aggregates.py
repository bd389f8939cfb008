"""What is asked of many rows at once: a sum, the greatest or the least value, how many rows have each value.

Both stores answer exactly these questions, about the same types of columns. What they do not promise to answer alike is
refused here, before a store is asked (decision 0065).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast
from uuid import UUID

import attrs

from gapless.kit.columns import ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.errors import QueryRefused
from gapless.kit.model import E, Model
from gapless.kit.predicates import UNCOMPARED, Field, behind
from gapless.kit.queries import answerable, is_ordered
from gapless.kit.sort_keys import fixed_parts

MOST_GROUPS = 10_000
"""How many different values rows may be counted by."""

# The types of fields, as the type checker sees them.
Summed = TypeVar("Summed", int, Decimal)
Ordered = TypeVar("Ordered", bound=str | int | Decimal | datetime | UUID | None)
Grouped = TypeVar("Grouped", bound=str | int | Decimal | bool | enum.Enum | datetime | UUID | None)


@attrs.frozen
class Sum:
    """How values of a type are added up.

    Attributes:
        added: the sum of values of a column, none of which is null, exactly; there may be no values.
        read: makes a sum of the text in which PostgreSQL writes it, of any size.
    """

    added: Callable[[Column, Iterable[object]], int | Decimal]
    read: Callable[[str], int | Decimal]


def _whole_sum(_: Column, values: Iterable[object]) -> int:
    return sum(cast("Iterable[int]", values))


def _decimal_sum(column: Column, values: Iterable[object]) -> Decimal:
    # In units of the last digit, because the thread's context would round a sum of decimals (decision 0062).
    return digits_of(column).value(sum(map(counted_units, cast("Iterable[Decimal]", values))))


SUMS: ByType[Sum | None] = ByType(
    interpreter="What adds up columns",
    place="kit/aggregates.py",
    needed="how its values are added up; None if they have no sum",
    by_type={
        ColumnType.TEXT: None,
        ColumnType.ENUMERATION: None,
        ColumnType.INTEGER: Sum(_whole_sum, int),
        ColumnType.BIG_INTEGER: Sum(_whole_sum, int),
        ColumnType.DECIMAL: Sum(_decimal_sum, Decimal),
        ColumnType.BOOLEAN: None,
        ColumnType.UUID: None,
        ColumnType.UUIDS: None,
        ColumnType.TIME: None,
        ColumnType.JSON: None,
        ColumnType.KEY: None,
    },
)


def sum_of(column: Column) -> Sum:
    """How the values of a column are added up.

    Raises:
        QueryRefused: they have no sum.
    """
    found = SUMS.of(column.type)
    if found is None:
        raise QueryRefused(f"{column.name} is {column.type.described}, which has no sum.", fields=("of",))
    return found


def summed(model: Model[E], of: Callable[[E], object]) -> Column:
    """The column whose values are added up.

    Raises:
        QueryRefused: `of` gives no field of the entity, or one whose values have no sum.
    """
    column = _field(model, of, "sum")
    if SUMS.of(column.type) is None:
        raise QueryRefused(f"{model.name}.{column.name} is {column.type.described}, which has no sum.", fields=("of",))
    return column


def ordered(model: Model[E], of: Callable[[E], object], asked: str) -> Column:
    """The column of which the greatest or the least value is asked.

    Raises:
        QueryRefused: `of` gives no field of the entity, or one whose values the stores do not order alike.
    """
    column = _field(model, of, asked)
    if not is_ordered(model, column):
        said = f"{model.name}.{column.name} is {column.type.described}, and the stores don't agree on an order of it."
        raise QueryRefused(said, fields=("of",))
    return column


def grouped(model: Model[E], by: Callable[[E], object]) -> Column:
    """The column by whose values rows are counted.

    Raises:
        QueryRefused: `by` gives no field of the entity, or one whose values no store compares.
    """
    column = _field(model, by, "count_by")
    if column.type in UNCOMPARED:
        said = f"{model.name}.{column.name} is {column.type.described}, which no store can compare."
        raise QueryRefused(said, fields=("by",))
    return column


def _field(model: Model[E], given: Callable[[E], object], asked: str) -> Column:
    with answerable():
        node = behind(given(model.symbolic()))
    if not isinstance(node, Field) or not model.has(node.column):
        raise QueryRefused(f"`{asked}` takes a field of {model.name}: lambda row: row.field.")
    return node.column


def counted_groups(model: Model[E], column: Column, groups: Iterable[tuple[object, int]]) -> dict[object, int]:
    """How many rows have each value, in the order of the values, null last.

    Args:
        model: the model of the rows.
        column: the column.
        groups: each value with its number, in any order; at least one more than MOST_GROUPS if there are so many.

    Raises:
        QueryRefused: there are more than MOST_GROUPS different values.
    """
    found = sorted(groups, key=lambda group: fixed_parts(column, group[0]))
    if len(found) > MOST_GROUPS:
        said = f"Rows of {model.name} are counted by at most {MOST_GROUPS} values, and {column.name} has more: "
        raise QueryRefused(f"{said}narrow them by `where`, or count by another field.", fields=("by",))
    return dict(found)
