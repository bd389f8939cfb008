"""What has an order and a next value (whole numbers, times, ids, lengths of texts), all counted in whole numbers.

Comparisons with constants bound a range, comparisons between columns bound one range by the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, cast
from uuid import UUID

import attrs

from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.durations import MICROSECOND, microseconds
from gapless.kit.errors import DeclarationError
from gapless.kit.predicates import Comparison, Constant, Field, Length, Lower, Node, NullPasses, OneOf
from gapless.testing.strategies.branches import Test

GREATEST_LENGTH = 2**30
"""The length that bounds a text which no rule bounds; PostgreSQL holds no text of more bytes."""
INVERSE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@attrs.frozen
class Quantity:
    """A number that a column has: its value, or the length of its text."""

    column: str
    of_length: bool


Range: TypeAlias = tuple[int, int]
EVERY_ID: Range = (0, 2**128 - 1)
Ranges: TypeAlias = Mapping[Quantity, Range]


@attrs.frozen
class Bound:
    """A comparison of a quantity with another one or with a count."""

    left: Quantity
    operator: str
    right: Quantity | int


def counted(value: object) -> int:
    """The count of a value: itself, the last digits of a decimal, the microseconds of a time, an id as a number."""
    if isinstance(value, datetime):
        return microseconds(value - EARLIEST)
    if isinstance(value, Decimal):
        return counted_units(value)
    return value.int if isinstance(value, UUID) else cast(int, value)


@attrs.frozen
class Counting:
    """How the values of a type are counted.

    Attributes:
        range: the counts of all that a column can store.
        value: the value of a column that has a count; None if it is the length of a text that is counted.
    """

    range: Callable[[Column], Range]
    value: Callable[[Column, int], object] | None


def _decimals(column: Column) -> Range:
    greatest = counted_units(digits_of(column).greatest)
    return -greatest, greatest


_INTEGERS = Counting(lambda column: INTEGER_RANGES[column.type], lambda _, count: count)
# A key that can be of several types is a UUID, where no catalogue says otherwise.
_IDS = Counting(lambda _: EVERY_ID, lambda _, count: UUID(int=count))
COUNTED: ByType[Counting | None] = ByType(
    interpreter="What is counted of values",
    place="testing/strategies/ranges.py",
    needed="its Counting, or None if nothing is counted of it",
    by_type={
        ColumnType.TEXT: Counting(lambda _: (0, GREATEST_LENGTH), None),
        ColumnType.ENUMERATION: None,
        ColumnType.INTEGER: _INTEGERS,
        ColumnType.BIG_INTEGER: _INTEGERS,
        ColumnType.DECIMAL: Counting(_decimals, lambda column, count: digits_of(column).value(count)),
        ColumnType.BOOLEAN: None,
        ColumnType.UUID: _IDS,
        ColumnType.UUIDS: None,
        ColumnType.TIME: Counting(lambda _: (0, counted(LATEST)), lambda _, count: EARLIEST + count * MICROSECOND),
        ColumnType.JSON: None,
        ColumnType.KEY: _IDS,
    },
)


def value_at(column: Column, count: int) -> object:
    """The value of a column that has this count.

    Raises:
        DeclarationError: the values of the column are not counted.
    """
    counting = COUNTED.of(column.type)
    if counting is None or counting.value is None:
        raise DeclarationError(f"{column.name} is {column.type.described}, the values of which are not counted.")
    return counting.value(column, count)


def range_of(column: Column) -> tuple[Quantity, Range] | None:
    """What can be counted of a column, and all that it can store; None if nothing can."""
    counting = COUNTED.of(column.type)
    if counting is None:
        return None
    return Quantity(column.name, of_length=counting.value is None), counting.range(column)


def count_of(column: Column, value: object) -> tuple[Quantity, int] | None:
    """What is counted of a column that holds this value; None if nothing is, as of what only stands for a value."""
    found = range_of(column)
    if found is None or not isinstance(value, (str, int, Decimal, datetime, UUID)):
        return None
    return found[0], len(cast(str, value)) if found[0].of_length else counted(value)


def bounds_of(test: Test) -> tuple[Bound, ...]:
    """How a test bounds what it speaks of; not at all if it is about no quantity."""
    match test.node:
        case Comparison(operator, left, right):
            first, second = quantity_of(left), _count(right)
            if first is None or second is None:
                return ()
            return (Bound(first, operator if test.holds else INVERSE[operator], second),)
        case OneOf(operand, values) if (first := quantity_of(operand)) is not None:
            counts = sorted(map(counted, values))
            if not test.holds:
                return tuple(Bound(first, "!=", count) for count in counts)
            return (Bound(first, ">=", counts[0]), Bound(first, "<=", counts[-1])) if counts else ()
        case _:
            return ()


def _count(node: Node) -> Quantity | int | None:
    if isinstance(node, Constant):
        return None if isinstance(node.value, (str, bool)) else counted(node.value)
    return quantity_of(node)


def quantity_of(node: Node) -> Quantity | None:
    """What is counted of an operand; None if nothing is, or if it is calculated."""
    match node:
        case Length(Lower(of)):  # as long as the text itself
            return quantity_of(Length(of))
        case Length(Field(column)) | Length(NullPasses(Field(column))):
            return Quantity(column.name, of_length=True)
        case Field(column) | NullPasses(Field(column)) if (found := range_of(column)) and not found[0].of_length:
            return found[0]
        case _:
            return None


def narrowed(ranges: Ranges, bounds: Iterable[Bound]) -> Ranges | None:
    """The ranges that the bounds leave, each end of which can be reached; None if nothing is left of one."""
    left, rules = dict(ranges), [bound for bound in bounds if bound.left in ranges]
    # Each round carries a bound one column further; what is not at rest then runs in a circle, and never will be.
    for _ in range(2 * len(rules) + 2):
        before = dict(left)
        for rule in rules:
            _narrow(left, rule)
        if any(least > greatest for least, greatest in left.values()):
            return None
        if left == before:
            return left
    return None


def _narrow(ranges: dict[Quantity, Range], rule: Bound) -> None:
    right = (rule.right, rule.right) if isinstance(rule.right, int) else ranges[rule.right]
    ranges[rule.left] = _limited(ranges[rule.left], rule.operator, right)
    if isinstance(rule.right, Quantity):
        ranges[rule.right] = _limited(ranges[rule.right], MIRRORED[rule.operator], ranges[rule.left])


def _limited(one: Range, operator: str, other: Range) -> Range:
    """The part of a range whose values have this relation to some value of the other range."""
    (least, greatest), (low, high) = one, other
    match operator:
        case "<":
            return least, min(greatest, high - 1)
        case "<=":
            return least, min(greatest, high)
        case ">":
            return max(least, low + 1), greatest
        case ">=":
            return max(least, low), greatest
        case "==":
            return max(least, low), min(greatest, high)
        case _:
            excluded = low if low == high else None
            return least + (least == excluded), greatest - (greatest == excluded)
