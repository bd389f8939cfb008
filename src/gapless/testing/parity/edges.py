"""The edges of a rule: what its predicate compares a column with, and the values on both sides of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import Check, Rule
from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.durations import MICROSECOND
from gapless.kit.predicates import (
    Arithmetic,
    Comparison,
    Constant,
    Contains,
    Field,
    Length,
    Lower,
    Matches,
    Node,
    NullPasses,
    OneOf,
    StartsWith,
    literal,
    walk,
)

GREATEST_UUID = 2**128 - 1


@attrs.frozen(kw_only=True)
class Edges:
    """What a rule says of one column.

    Attributes:
        lengths: numbers of code points, on both sides of every bound.
        values: constants that the column is compared with, as PostgreSQL holds them.
        patterns: what its text has to match.
        parts: constants for which its text is searched.
        is_cased: whether the case of its text makes no difference somewhere.
    """

    lengths: tuple[int, ...] = ()
    values: tuple[object, ...] = ()
    patterns: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    is_cased: bool = False


def edges_of(rule: Rule, column: Column) -> Edges:
    """What a rule says of one of its columns; nothing of a rule that is not declared by a predicate."""
    nodes = walk(rule.holds) if isinstance(rule, Check) else []
    lengths = [value for node in nodes for value in _compared(node, column, length=True) if isinstance(value, int)]
    bounds = {bound + step for bound in lengths for step in (-1, 0, 1)}
    values = [literal(value) for node in nodes for value in _compared(node, column, length=False)]
    members = column.members
    patterns = [node.pattern for node in nodes if isinstance(node, Matches) and _is_about(node.operand, column)]
    searched = [node for node in nodes if isinstance(node, (StartsWith, Contains)) and _is_about(node.operand, column)]
    return Edges(
        lengths=tuple(sorted(bound for bound in bounds if bound >= 0)),
        values=tuple(dict.fromkeys([*values, *members])),
        patterns=tuple(dict.fromkeys(patterns)),
        parts=tuple(dict.fromkeys(node.value for node in searched)),
        is_cased=any(isinstance(node, Lower) and _is_about(node, column) for node in nodes),
    )


def _compared(node: Node, column: Column, *, length: bool) -> tuple[object, ...]:
    """The constants that a node compares the column with, or the length of its text."""
    match node:
        case Comparison(_, operand, Constant(value)):
            values: tuple[object, ...] = (value,)
        case OneOf(operand, members):
            values = members
        case Arithmetic(_, operand, Constant(value)) | Arithmetic(_, Constant(value), operand):
            kept = value if length else column.normalised(value)
            values = (kept,) if length or column.represents(kept) else ()
        case _:
            return ()
    if length:
        return values if isinstance(operand, Length) and _is_about(operand.of, column) else ()
    return values if _is_about(operand, column) else ()


def _is_about(node: Node, column: Column) -> bool:
    match node:
        case Field(found) | NullPasses(Field(found)):
            return found.name == column.name
        case Lower(of):
            return _is_about(of, column)
        case _:
            return False


def beside(column: Column, value: object, steps: int) -> object:
    """The value so many steps further, of numbers, microseconds or texts; if there is none, the value itself."""
    return value if value is None else SHIFTS.of(column.type)(column, value, steps)


def _number_beside(column: Column, value: object, steps: int) -> object:
    least, greatest = INTEGER_RANGES[column.type]
    return value if type(value) is not int or not least <= value + steps <= greatest else value + steps


def _decimal_beside(column: Column, value: object, steps: int) -> object:
    digits = digits_of(column)
    if not digits.holds(value):
        return value
    found = digits.value(counted_units(cast(Decimal, value)) + steps)
    return found if digits.holds(found) else value


def _time_beside(_: Column, value: object, steps: int) -> object:
    if type(value) is not datetime or not EARLIEST <= value <= LATEST:
        return value
    if (steps < 0 and value - EARLIEST < -steps * MICROSECOND) or (steps > 0 and LATEST - value < steps * MICROSECOND):
        return value
    return value + steps * MICROSECOND


def _uuid_beside(_: Column, value: object, steps: int) -> object:
    return UUID(int=min(max(value.int + steps, 0), GREATEST_UUID)) if isinstance(value, UUID) else value


def _text_beside(_: Column, value: object, steps: int) -> object:
    if type(value) is not str or steps == 0:
        return value
    return value + "\x01" if steps > 0 else value[:-1]


def _itself(_: Column, value: object, __: int) -> object:
    return value


SHIFTS: ByType[Callable[[Column, object, int], object]] = ByType(
    interpreter="Parity",
    place="testing/parity/edges.py",
    needed="the value so many steps further, or the value itself if there is none",
    by_type={
        ColumnType.TEXT: _text_beside,
        ColumnType.ENUMERATION: _itself,
        ColumnType.INTEGER: _number_beside,
        ColumnType.BIG_INTEGER: _number_beside,
        ColumnType.DECIMAL: _decimal_beside,
        ColumnType.BOOLEAN: _itself,
        ColumnType.UUID: _uuid_beside,
        ColumnType.UUIDS: _itself,
        ColumnType.TIME: _time_beside,
        ColumnType.JSON: _itself,
        ColumnType.KEY: _itself,
    },
)
