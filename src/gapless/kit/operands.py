"""The operands of conditions, and the nodes that comparing them, and calculating with them, makes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import attrs

from gapless.kit.columns import ORDERED, UNCOMPARED, Column, ColumnType, require_one_scale, subject
from gapless.kit.constants import constant_for, lowered_constant
from gapless.kit.durations import ONLY_TIMES, microseconds, microseconds_between, moved
from gapless.kit.errors import DeclarationError
from gapless.kit.number_ranges import (
    LENGTHS,
    NUMBERS,
    NumberRange,
    calculated_range,
    column_range,
    constant_range,
    decimal_constant,
)
from gapless.kit.plain import is_of, kind_of, plain_decimal, plain_duration, plain_integer
from gapless.kit.symbolic_values import SymbolicValue

if TYPE_CHECKING:
    from gapless.kit.predicates import Measure, Outline


class Node(SymbolicValue):
    """A part of a predicate. A comparison of nodes makes a node; the truth of a node can't be asked.

    A node keeps what was found out about it, so that parts which conditions share are walked once (decision 0048).
    """

    __slots__ = ("_measure", "_outline")

    _outline: Outline
    _measure: Measure

    def __eq__(self, other: object) -> bool:
        return comparison("==", self, other)

    def __ne__(self, other: object) -> bool:
        return comparison("!=", self, other)

    def __lt__(self, other: object) -> bool:
        return comparison("<", self, other)

    def __le__(self, other: object) -> bool:
        return comparison("<=", self, other)

    def __gt__(self, other: object) -> bool:
        return comparison(">", self, other)

    def __ge__(self, other: object) -> bool:
        return comparison(">=", self, other)

    def __hash__(self) -> int:
        return object.__hash__(self)

    if not TYPE_CHECKING:  # for the type checker a field has the type of its values, and calculates as these do

        def __add__(self, other: object) -> Node:
            return calculation("+", self, other)

        def __radd__(self, other: object) -> Node:
            return calculation("+", other, self)

        def __sub__(self, other: object) -> Node:
            return calculation("-", self, other)

        def __rsub__(self, other: object) -> Node:
            return calculation("-", other, self)

        def __mul__(self, other: object) -> Node:
            return calculation("*", self, other)

        def __rmul__(self, other: object) -> Node:
            return calculation("*", other, self)

        def __neg__(self) -> Node:
            return calculation("-", 0, self)


class Operand(Node):
    """A node that can be compared."""

    __slots__ = ()


@attrs.frozen(eq=False)
class Field(Operand):
    """A column of the row."""

    column: Column


@attrs.frozen(eq=False)
class Previous(Operand):
    """A column of the row before its change; a comparison with a previous null is neither true nor false."""

    column: Column


@attrs.frozen(eq=False)
class Supplement(Operand):
    """A column of the row of another entity that is one to one with a row; only a limit may look at it.

    Attributes:
        entity: the class of that other row.
        column: its column.
        default: what holds where there is no such row, as the entity says of the field; None without a default.
    """

    entity: type
    column: Column
    default: object


@attrs.frozen(eq=False)
class NullPasses(Operand):
    """A nullable field that `nullable` marks: a null passes the check."""

    field: Field


@attrs.frozen(eq=False)
class Constant(Node):
    """A constant of the predicate, in the normal form of the column that it is compared with."""

    value: object


@attrs.frozen(eq=False)
class Length(Operand):
    """The number of code points of a text."""

    of: Node


@attrs.frozen(eq=False)
class Comparison(Node):
    """Two operands and one of == != < <= > >=."""

    operator: str
    left: Node
    right: Node


@attrs.frozen(eq=False)
class Lower(Operand):
    """A text with small letters in the place of A to Z."""

    of: Node


@attrs.frozen(eq=False)
class Arithmetic(Operand):
    """A number that is calculated of two others by + - or *; it is null if one of them is.

    Attributes:
        range: the numbers that it can be.
        is_long: whether it, and each number on the way to it, fits into eight bytes.
    """

    operator: str
    left: Node
    right: Node
    range: NumberRange
    is_long: bool


@attrs.frozen(eq=False)
class TimeDifference(Operand):
    """How many microseconds one time lies behind another one; it is null if one of them is."""

    left: Node
    right: Node


@attrs.frozen(eq=False)
class Shifted(Node):
    """A time that is later by so many microseconds: its comparison becomes that of a difference, and it stays in none.

    So no store has to add to a time, whose result might lie beyond all that it can hold.
    """

    time: Node
    by: int


def column_type(node: Node) -> tuple[ColumnType, Column | None]:
    """The type of an operand, and its column, or None if it is not a column."""
    match node:
        case Field(column) | Previous(column) | Supplement(column=column) | NullPasses(Field(column)):
            return column.type, column
        case Length():
            return ColumnType.INTEGER, None
        case Lower():
            return ColumnType.TEXT, None
        case Arithmetic() | TimeDifference():
            return ColumnType.BIG_INTEGER, None
        case Shifted():
            return ColumnType.TIME, None
        case _:
            return ColumnType.BOOLEAN, None


def operand_type(node: Node) -> tuple[ColumnType, Column | None]:
    """The type of an operand, and its column, or None if it is not a column.

    Raises:
        DeclarationError: the node is a condition, or a time with a timedelta added.
    """
    if isinstance(node, Shifted):
        raise DeclarationError(
            "A time to which a timedelta is added is compared by == != < <= > >=, and is not one of several constants."
        )
    if not isinstance(node, Operand):
        raise DeclarationError(
            "A condition can't be compared, nor calculated with: join conditions by all_of, any_of and negate."
        )
    return column_type(node)


def comparison(operator: str, left: Node, right: object) -> bool:
    """Makes a comparison.

    Raises:
        DeclarationError: the operands have different types, the type has no order, or the constant is null or can't be
            stored in the column.
    """
    if isinstance(left, Shifted):
        return _of_shifted(operator, left, right)
    kind, column = operand_type(left)
    if operator not in ("==", "!=") and kind not in ORDERED:
        message = f"Values of type {kind.value} have no order: {operator} can't compare them."
        raise DeclarationError(message, fields=() if column is None else (column.name,))
    other = behind(right)
    if other is None:
        constant = constant_of(left, right) if column is None else constant_for(kind, column, right)
        return cast(bool, Comparison(operator, left, Constant(constant)))
    if isinstance(other, Shifted) and kind is ColumnType.TIME:
        return comparison(operator, calculation("-", left, other.time), moved(timedelta(), other.by))
    _require_alike(operator, left, other)
    return cast(bool, Comparison(operator, left, other))


def _require_alike(operator: str, left: Node, right: Node) -> None:
    (kind, column), (other, other_column) = operand_type(left), operand_type(right)
    enumerations = [found.enumeration for found in (column, other_column) if found is not None]
    is_calculated = isinstance(left, Arithmetic) or isinstance(right, Arithmetic)
    alike = kind is other or (is_calculated and kind in NUMBERS and other in NUMBERS)
    if isinstance(left, TimeDifference) is not isinstance(right, TimeDifference):
        raise DeclarationError("A difference of times is compared with a timedelta, or with another difference.")
    if not alike or kind in UNCOMPARED or len(set(enumerations)) > 1:
        raise DeclarationError(f"{operator} can't compare a {kind.value} with a {other.value}.")
    if not is_calculated:
        require_one_scale(operator, (found.digits for found in (column, other_column) if found is not None))


def _of_shifted(operator: str, left: Shifted, right: object) -> bool:
    """The comparison of a later time, as that of the time itself with a constant, or of a difference."""
    other = behind(right)
    if other is None:
        moment = constant_for(ColumnType.TIME, None, right, "A time")
        return comparison(operator, left.time, moved(cast(datetime, moment), -left.by))
    time, by = (other.time, other.by) if isinstance(other, Shifted) else (other, 0)
    if operand_type(time)[0] is not ColumnType.TIME:
        raise DeclarationError(f"{operator} can't compare a time with a {operand_type(time)[0].value}.")
    return comparison(operator, calculation("-", left.time, time), moved(timedelta(), by - left.by))


def constant_of(node: Node, value: object) -> object:
    """The constant with which an operand is compared, in its normal form; of a difference its microseconds.

    Raises:
        DeclarationError: the operand can't equal the value.
    """
    kind, column = operand_type(node)
    match node:
        case TimeDifference():
            return microseconds_between(value)
        case Arithmetic(operator, range=NumberRange(scale=scale, whole=False)):
            return decimal_constant(value, f"A result of {operator}", scale)
        case Arithmetic():
            return constant_for(kind, column, value, f"A result of {node.operator}")
        case Lower():
            return lowered_constant(value)
        case _:
            return constant_for(kind, column, value)


def calculation(operator: str, left: object, right: object) -> Node:
    """Makes the node of a calculation, at least one of whose sides is a node.

    Raises:
        DeclarationError: these can't be calculated with each other, or a result could be too great.
    """
    nodes = [node for node in map(behind, (left, right)) if node is not None]
    if any(isinstance(node, Shifted) or operand_type(node)[0] is ColumnType.TIME for node in nodes):
        return _of_times(operator, left, right)
    one, other = _number(left), _number(right)
    found = calculated_range(operator, _range_of(one), _range_of(other))
    if not found.whole:  # so that all that is calculated with is of one type, also in a database
        one, other = _in_digits(one), _in_digits(other)
    parts = (node.is_long if isinstance(node, Arithmetic) else _range_of(node).is_long for node in (one, other))
    return Arithmetic(operator, one, other, found, found.is_long and all(parts))


def _in_digits(node: Node) -> Node:
    return Constant(Decimal(cast("int | Decimal", node.value))) if isinstance(node, Constant) else node


def _number(side: object) -> Node:
    """What is calculated with: a constant, or a node of a type of numbers."""
    node, number = behind(side), plain_integer(side)
    if node is None and plain_decimal(side) is not None:
        return Constant(decimal_constant(side, "A number that is calculated with"))
    if number is not None:
        return Constant(constant_for(ColumnType.BIG_INTEGER, None, number, "A number that is calculated with"))
    if node is None:
        raise DeclarationError(f"A condition calculates with whole numbers and decimals, not with {kind_of(side)}.")
    if isinstance(node, TimeDifference):
        raise DeclarationError("A difference of times is compared with a timedelta, and not calculated with.")
    kind, column = operand_type(node)
    if kind not in NUMBERS:
        what = "This" if column is None else subject(column.name)
        message = f"{what} is {kind.described}: a condition calculates with numbers, and with times."
        raise DeclarationError(message, fields=() if column is None else (column.name,))
    return node


def _range_of(node: Node) -> NumberRange:
    match node:
        case Arithmetic():
            return node.range
        case Length():
            return LENGTHS
        case Constant(value):
            return constant_range(cast("int | Decimal", value))
        case _:
            return column_range(cast(Column, column_type(node)[1]))


def _of_times(operator: str, left: object, right: object) -> Node:
    """A difference of two times, or a time that is later or earlier by a timedelta."""
    if operator == "+" and plain_duration(left) is not None:
        left, right = right, left
    time, by = behind(left), plain_duration(right)
    if operator in ("+", "-") and time is not None and by is not None:
        whole, since = (time.time, time.by) if isinstance(time, Shifted) else (time, 0)
        return Shifted(whole, since + microseconds(by if operator == "+" else -by))
    if operator != "-":
        raise DeclarationError(ONLY_TIMES)
    return TimeDifference(_time(left), _time(right))


def _time(side: object) -> Node:
    node = behind(side)
    if node is None:
        return Constant(constant_for(ColumnType.TIME, None, side, "A time"))
    if isinstance(node, Shifted) or operand_type(node)[0] is not ColumnType.TIME:
        raise DeclarationError(ONLY_TIMES)
    return node


def behind(value: object) -> Node | None:
    """The node that a value really is, whatever the type checker thinks; None if it is a real value."""
    return cast(Node, value) if is_of(value, Node) else None
