"""Predicates as data: a condition over the fields of a row, which compilers turn into Python and SQL.

SQL's third truth value is avoided by two questions to every node: is it true, and is it false. A check passes unless
its node is false; a `where` holds if its node is true.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable
from typing import NamedTuple, cast

from gapless.kit.characters import VISIBLE_PATTERN
from gapless.kit.columns import ORDERED, UNCOMPARED, Column, ColumnType
from gapless.kit.constants import constant_for
from gapless.kit.errors import DeclarationError
from gapless.kit.nodes import TRUE, All, Any, Contains, IsNull, Matches, Not, OneOf, StartsWith
from gapless.kit.operands import (
    Arithmetic,
    Comparison,
    Constant,
    Field,
    Length,
    Lower,
    Node,
    NullPasses,
    Operand,
    Previous,
    Shifted,
    Supplement,
    TimeDifference,
    behind,
    column_type,
    comparison,
    constant_of,
    operand_type,
)
from gapless.kit.plain import kind_of

__all__ = [
    "GREATEST_DEPTH",
    "GREATEST_WIDTH",
    "ORDERED",
    "TRUE",
    "UNCOMPARED",
    "All",
    "Any",
    "Arithmetic",
    "Comparison",
    "Constant",
    "Contains",
    "Field",
    "IsNull",
    "Length",
    "Lower",
    "Matches",
    "Measure",
    "Node",
    "Not",
    "NullPasses",
    "OneOf",
    "Operand",
    "Outline",
    "Previous",
    "StartsWith",
    "Supplement",
    "TimeDifference",
    "as_node",
    "behind",
    "column_type",
    "comparison",
    "constant_for",
    "constant_of",
    "constants_in",
    "fields_of",
    "literal",
    "measure_of",
    "of_one_row",
    "operand_type",
    "outline_of",
    "parts_of",
    "require_shallow",
    "walk",
]

GREATEST_DEPTH = 50
GREATEST_WIDTH = 100_000
"""How many parts a condition may have at one depth; a part that stands in several places counts in each place."""
_WITH_VALUE = (Constant, StartsWith, Contains)
TOO_DEEP = f"A condition nests at most {GREATEST_DEPTH} deep: join more parts by one all_of or any_of."


class Measure(NamedTuple):
    """What is known of a condition once all of its nodes were looked at.

    Attributes:
        depth: how many nodes lie on the longest way from it down to a leaf, with both ends.
        size: how many nodes it has; one that stands in several places counts in each place.
        constants: how many constants it has; those of a OneOf count one by one.
        columns: the columns that it mentions, each once, in their order.
        of_change: whether it speaks of the row before a change.
        of_supplement: whether it speaks of the row of another entity that is one to one with a row.
    """

    depth: int
    size: int
    constants: int
    columns: tuple[Column, ...]
    of_change: bool
    of_supplement: bool


class Outline(NamedTuple):
    """A condition apart from its constants; two conditions of one shape differ in their constants alone.

    Attributes:
        shape: what is left of the condition; equal shapes have constants in the same places.
        constants: the nodes with the constants, in their order: Constant, OneOf, Matches, StartsWith, Contains.
    """

    shape: Hashable
    constants: tuple[Node, ...]


def as_node(condition: bool) -> Node:
    """The node of a condition, which is a bool for the type checker; a real bool becomes a constant condition.

    Raises:
        DeclarationError: it is neither a condition nor a bool.
    """
    node = behind(condition)
    if node is None and type(condition) is bool:
        return TRUE if condition else Not(TRUE)
    if node is None:
        raise DeclarationError(f"A condition must compare fields of the row; this is {kind_of(condition)}.")
    if column_type(node)[0] is not ColumnType.BOOLEAN:
        raise DeclarationError(f"A {column_type(node)[0].value} is not a condition: compare it with something.")
    return node


def fields_of(node: Node) -> tuple[Column, ...]:
    """The columns that a predicate mentions, each once, in their order."""
    return measure_of(node).columns


def measure_of(node: Node) -> Measure:
    """The measure of a node, which the node keeps.

    Raises:
        DeclarationError: it is nested too deep.
    """
    return _measured(node, GREATEST_DEPTH)


def _measured(node: Node, room: int) -> Measure:
    """As `measure_of`, if there is room for so many levels of nodes that were not measured before."""
    try:
        return _kept_measure(node)
    except AttributeError:
        pass
    if room == 0:
        raise DeclarationError(TOO_DEEP)
    below = [_measured(part, room - 1) for part in parts_of(node)]
    depth, size, constants = 0, 1, len(constants_in(node))
    columns: tuple[Column, ...] = (node.column,) if isinstance(node, (Field, Previous)) else ()
    of_change, of_supplement = isinstance(node, Previous), isinstance(node, Supplement)
    for part in below:
        depth = max(depth, part.depth)
        size += part.size
        constants += part.constants
        columns = _united(columns, part.columns)
        of_change |= part.of_change
        of_supplement |= part.of_supplement
    found = Measure(depth + 1, size, constants, columns, of_change, of_supplement)
    _keep_measure(node, found)
    return found


def _united(columns: tuple[Column, ...], more: tuple[Column, ...]) -> tuple[Column, ...]:
    if not columns or not more:
        return columns or more
    named = {column.name: column for column in columns}
    for column in more:
        named.setdefault(column.name, column)
    return columns if len(named) == len(columns) else tuple(named.values())


def constants_in(node: Node) -> tuple[object, ...]:
    """The constants that a node itself has, without those of its parts."""
    kind = type(node)
    if kind in _WITH_VALUE:
        return (cast(Constant, node).value,)
    return cast(OneOf, node).values if kind is OneOf else ()


def outline_of(node: Node) -> Outline:
    """The outline of a node, which the node keeps; the node must not be too large (`require_shallow`)."""
    try:
        return _kept_outline(node)
    except AttributeError:
        pass
    shape = _shape_of(node)
    constants: tuple[Node, ...] = (node,) if isinstance(node, (*_WITH_VALUE, OneOf, Matches)) else ()
    for part in parts_of(node):
        below = outline_of(part)
        shape = (*shape, below.shape)
        constants += below.constants
    found = Outline(shape, constants)
    _keep_outline(node, found)
    return found


def _shape_of(node: Node) -> tuple[object, ...]:
    """What distinguishes a node itself, without its parts and constants."""
    match node:
        case Field(column) | Previous(column):
            return (type(node), column)
        case Comparison(operator):
            return (Comparison, operator)
        case Arithmetic(operator, range=found, is_long=is_long):
            return (Arithmetic, operator, is_long, found.whole)  # each is calculated in a type of its own
        case OneOf(_, values):
            return (OneOf, len(values))  # a statement has a parameter for each of them
        case Matches(_, pattern):
            return (Matches, pattern == VISIBLE_PATTERN)  # which Python tests more quickly than others
        case _:
            return (type(node),)


def require_shallow(node: Node) -> Node:
    """Gives back a condition that is not nested too deep.

    Raises:
        DeclarationError: it is nested too deep, has too many parts, or looks at a supplement.
    """
    measure = measure_of(node)
    if measure.depth > GREATEST_DEPTH:
        raise DeclarationError(TOO_DEEP)
    if measure.of_supplement:
        raise DeclarationError("supplement(…) may be the limit of an AtMost only: no condition knows the other row.")
    if measure.size > GREATEST_WIDTH:
        _require_narrow(node)
    return node


def _require_narrow(node: Node) -> None:
    level = [node]
    while level:
        level = [below for part in level for below in parts_of(part)]
        if len(level) > GREATEST_WIDTH:
            raise DeclarationError(
                f"A condition has at most {GREATEST_WIDTH} parts at one depth: split it into several."
            )


def of_one_row(node: Node) -> Node:
    """Gives back a predicate that does not use the previous row.

    Raises:
        DeclarationError: it uses `previous`, which only a Transition may.
    """
    if measure_of(node).of_change:
        raise DeclarationError("previous(row) may be used in a Transition only: no other rule knows the row before.")
    return node


def walk(node: Node) -> list[Node]:
    """The node and all nodes below it."""
    return [node, *(below for part in parts_of(node) for below in walk(part))]


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes that a node consists of."""
    match node:
        case Comparison(_, left, right) | Arithmetic(_, left, right) | TimeDifference(left, right):
            return (left, right)
        case All(parts) | Any(parts):
            return parts
        case Not(part) | Length(part) | Lower(part) | NullPasses(part) | IsNull(part) | Shifted(part):
            return (part,)
        case OneOf(part) | Matches(part) | StartsWith(part) | Contains(part):
            return (part,)
        case _:
            return ()


# A slot is read and set by its descriptor: nodes are frozen, and a name that is not there yet is looked for in vain.
_kept_measure: Callable[[Node], Measure] = vars(Node)["_measure"].__get__
_keep_measure: Callable[[Node, Measure], None] = vars(Node)["_measure"].__set__
_kept_outline: Callable[[Node], Outline] = vars(Node)["_outline"].__get__
_keep_outline: Callable[[Node, Outline], None] = vars(Node)["_outline"].__set__


def literal(value: object) -> object:
    """A constant as PostgreSQL holds it: the text of an enumeration's member, and anything else as it is."""
    return value.value if isinstance(value, enum.Enum) else value
