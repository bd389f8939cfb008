"""How long a text can be at most, by the checks that it has to pass.

What an index can hold is limited, and what a pattern is asked about: a check with a pattern has nothing to say of a
text that is longer than the other checks allow. They refuse it, and nobody has read it to its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import cast

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds import Check, Rule
from gapless.kit.kinds.referenced_columns import conditions
from gapless.kit.pattern_trees import greatest_length
from gapless.kit.patterns import is_ascii
from gapless.kit.predicates import (
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
    NullPasses,
    OneOf,
    Previous,
    fields_of,
    walk,
)

BYTES_OF_A_CHARACTER = 4
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
Leaf = Callable[[Node, Column], float]


def greatest_bytes(column: Column, conditions: Iterable[Node]) -> float:
    """The greatest number of bytes that a text can have in UTF-8 if each of these conditions holds; maybe infinite."""
    condition = All(tuple(conditions))
    characters = _bound(condition, column, _characters)

    def width(node: Node, column: Column) -> float:
        match node:
            case Comparison(">", Length(of), Constant(int() as least)) if _is(of, column) and least >= characters:
                return 0  # what is true of no text decides nothing
            case _:
                return _width(node, column)

    return min(BYTES_OF_A_CHARACTER * characters, characters * _bound(condition, column, width))


def greatest_characters(column: Column, conditions: Iterable[Node]) -> float:
    """The greatest number of characters that a text can have if each of these conditions holds; maybe infinite."""
    return _bound(All(tuple(conditions)), column, _characters)


def matched(condition: Node) -> tuple[Matches, ...]:
    """The parts of a condition that ask whether a field matches a pattern."""
    return tuple(
        part for part in walk(condition) if isinstance(part, Matches) and not isinstance(part.operand, Previous)
    )


def matched_by(rule: Rule) -> Iterator[Matches]:
    """The patterns that a rule asks of its own entity's fields, in whichever of its conditions."""
    for condition in conditions(rule):
        yield from matched(condition)


def with_length_first(check: Check, others: Iterable[Check]) -> Check:
    """The check, which passes a text that is longer than the others let through without asking its patterns.

    Args:
        check: any check.
        others: those of the same entity that have no pattern.
    """
    holding = [other.holds for other in others]
    bounds: dict[str, Node] = {}
    for part in matched(check.holds):
        column = fields_of(part)[0]
        longest = greatest_characters(column, holding)
        if longest < math.inf:
            bounds[column.name] = Comparison(">", Length(part.operand), Constant(int(longest)))
    # The node stands for a bool, as what a host writes does.
    return attrs.evolve(check, holds=cast(bool, Any((*bounds.values(), check.holds)))) if bounds else check


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
        case Field(found) | NullPasses(Field(found)):
            return found == column
        case _:
            return False
