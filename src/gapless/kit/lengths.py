"""How long a text can be at most, by the checks that it has to pass.

An index has a greatest size, and so has the text for which a pattern is tried: a check with a pattern passes any text
that is too long for the other checks. They refuse it, and nothing has read it to its end.
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
    Lower,
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
    """The greatest number of bytes in UTF-8 that a text can have if all these conditions hold; maybe infinite."""
    condition = All(tuple(conditions))
    characters = _bound(condition, column, _characters)

    def width(node: Node, column: Column) -> float:
        match node:
            case Comparison(">", Length(of), Constant(int() as least)) if _is(of, column) and least >= characters:
                return 0  # a condition that no text satisfies
            case _:
                return _width(node, column)

    return min(BYTES_OF_A_CHARACTER * characters, characters * _bound(condition, column, width))


def greatest_characters(column: Column, conditions: Iterable[Node]) -> float:
    """The greatest number of characters that a text can have if all these conditions hold; maybe infinite."""
    return _bound(All(tuple(conditions)), column, _characters)


def matched(condition: Node) -> tuple[Matches, ...]:
    """The parts of a condition that match a field with a pattern."""
    return tuple(
        part for part in walk(condition) if isinstance(part, Matches) and not isinstance(part.operand, Previous)
    )


def matched_by(rule: Rule) -> Iterator[Matches]:
    """The patterns in all conditions of a rule over rows of its own entity."""
    for condition in conditions(rule):
        yield from matched(condition)


def with_length_first(check: Check, others: Iterable[Check]) -> Check:
    """The check, but a text that is too long for the other checks passes it without being matched with its patterns.

    Args:
        check: any check.
        others: the checks of the same entity that have no pattern.
    """
    holding = [other.holds for other in others]
    bounds: dict[str, Node] = {}
    for part in matched(check.holds):
        column = fields_of(part)[0]
        longest = greatest_characters(column, holding)
        if longest < math.inf:
            bounds[column.name] = Comparison(">", Length(part.operand), Constant(int(longest)))
    # The type checker takes the node for a bool, as it does in a host's declaration.
    return attrs.evolve(check, holds=cast(bool, Any((*bounds.values(), check.holds)))) if bounds else check


def _bound(node: Node, column: Column, leaf: Leaf) -> float:
    """The bound that a condition sets: the least bound of parts that must all hold, the greatest of alternatives."""
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
    """How many characters a comparison allows at most."""
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
    """How many bytes each character has at most, if the condition says so."""
    match node:
        case Matches(of, pattern) if _is(of, column):
            return 1 if is_ascii(pattern) else BYTES_OF_A_CHARACTER
        case _:
            return BYTES_OF_A_CHARACTER


def _is(node: Node, column: Column) -> bool:
    match node:
        case Field(found) | NullPasses(Field(found)):
            return found == column
        case Lower(of):  # which leaves the length as it is, and each character in as many bytes
            return _is(of, column)
        case _:
            return False
