"""How long a text can be at most, by the checks that it has to pass: what an index can hold is limited."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from gapless.domain.rules.columns import Column
from gapless.domain.rules.patterns import greatest_length, is_ascii
from gapless.domain.rules.predicates import (
    Acknowledged,
    All,
    Any,
    Comparison,
    Constant,
    Field,
    IsNull,
    Length,
    Matches,
    Node,
    Not,
    OneOf,
)

BYTES_OF_A_CHARACTER = 4
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
Leaf = Callable[[Node, Column], float]


def greatest_bytes(column: Column, conditions: Iterable[Node]) -> float:
    """The greatest number of bytes that a text can have in UTF-8 if each of these conditions holds; maybe infinite."""
    condition = All(tuple(conditions))
    characters = _bound(condition, column, _characters)
    return min(BYTES_OF_A_CHARACTER * characters, characters * _bound(condition, column, _width))


def _bound(node: Node, column: Column, leaf: Leaf) -> float:
    """The bound that a condition sets: the least of those that all hold, the greatest of those of which one does."""
    match node:
        case All(parts):
            return min((_bound(part, column, leaf) for part in parts), default=math.inf)
        case Any(parts):
            return max((_bound(part, column, leaf) for part in parts), default=0)
        case Not(All(parts)):
            return _bound(Any(tuple(Not(part) for part in parts)), column, leaf)
        case Not(Any(parts)):
            return _bound(All(tuple(Not(part) for part in parts)), column, leaf)
        case Not(Not(part)):
            return _bound(part, column, leaf)
        case Not(Comparison(operator, left, right)):
            return _bound(Comparison(_OPPOSITE[operator], left, right), column, leaf)
        case IsNull(Field(found)) if found == column:
            return 0
        case _:
            return leaf(node, column)


def _characters(node: Node, column: Column) -> float:
    """How many characters a comparison leaves room for."""
    match node:
        case Comparison("<=" | "==", Length(of), Constant(int() as greatest)) if _is(of, column):
            return greatest
        case Comparison("<", Length(of), Constant(int() as beyond)) if _is(of, column):
            return beyond - 1
        case Comparison("==", of, Constant(str() as text)) if _is(of, column):
            return len(text)
        case OneOf(of, values) if _is(of, column):
            return max((len(str(value)) for value in values), default=0)
        case Matches(of, pattern) if _is(of, column):
            return greatest_length(pattern)
        case _:
            return math.inf


def _width(node: Node, column: Column) -> float:
    """How many bytes each character has, if the condition says so."""
    match node:
        case Matches(of, pattern) if _is(of, column):
            return 1 if is_ascii(pattern) else BYTES_OF_A_CHARACTER
        case _:
            return BYTES_OF_A_CHARACTER


def _is(node: Node, column: Column) -> bool:
    match node:
        case Field(found) | Acknowledged(Field(found)):
            return found == column
        case _:
            return False
