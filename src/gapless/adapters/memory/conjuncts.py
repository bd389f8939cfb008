"""A condition as its conjuncts: what each asks of one column, and which conditions follow from all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from gapless.kit.lowered_columns import Indexed, column_behind, indexed_by
from gapless.kit.predicates import (
    All,
    Any,
    Arithmetic,
    Comparison,
    Constant,
    Contains,
    Field,
    IsNull,
    Length,
    Lower,
    Matches,
    Node,
    Not,
    NullPasses,
    OneOf,
    StartsWith,
    TimeDifference,
)

EQUAL = "=="
GREATEST_LETTER = chr(0x10FFFF)
RANGES = ("<", "<=", ">", ">=")
Signature: TypeAlias = object
"""Is equal for two nodes that say the same in the same words."""


class Conjunct:
    """One part of a condition, all of whose parts are true.

    Args:
        node: the part.
        column: of which it asks something that an index can answer, a column or its small letters; None if of none.
        operator: what it asks: == for one of some values, or one of < <= > >=.
        values: the values, where None stands for null; more than one only for ==.

    Attributes:
        name: the name of the column; empty if there is none.
    """

    __slots__ = ("_signature", "column", "name", "node", "operator", "values")

    def __init__(
        self, node: Node, column: Indexed | None = None, operator: str = "", values: tuple[object, ...] = ()
    ) -> None:
        self.node = node
        self.column = column
        self.name = "" if column is None else column.name
        self.operator = operator
        self.values = values
        self._signature: Signature = None

    @property
    def signature(self) -> Signature:
        """What the part says."""
        if self._signature is None:
            self._signature = signature(self.node)
        return self._signature


class Conjuncts:
    """The conjuncts of a condition.

    Args:
        nodes: the nodes that are all true if the condition is.

    Attributes:
        parts: the conjuncts.
        equal: for a column, the conjunct that gives its value or values.
        ranges: for a column, the conjuncts that bound it, and the bounds that follow from how its text begins.
    """

    __slots__ = ("_signatures", "equal", "parts", "ranges")

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.parts = [conjunct(part) for node in nodes for part in parts_of(node)]
        self.equal: dict[str, Conjunct] = {}
        self.ranges: dict[str, list[Conjunct]] = {}
        self._signatures: frozenset[Signature] | None = None
        for part in self.parts:
            if part.operator == EQUAL:
                self.equal.setdefault(part.name, part)
            elif part.operator:
                self.ranges.setdefault(part.name, []).append(part)
            elif type(part.node) is StartsWith:
                for bound in _beginning(part.node):
                    self.ranges.setdefault(bound.name, []).append(bound)

    @property
    def signatures(self) -> frozenset[Signature]:
        """What the conjuncts say."""
        if self._signatures is None:
            self._signatures = frozenset([part.signature for part in self.parts])
        return self._signatures

    def imply(self, held: frozenset[Signature]) -> bool:
        """Whether all of these conditions follow: each is said, or says that a column with a value is not null."""
        return all(map(self._implies, held))

    def _implies(self, held: Signature) -> bool:
        return held in self.signatures or any(
            held == _not_null(part) for part in self.parts if part.operator and None not in part.values
        )


def parts_of(node: Node) -> list[Node]:
    """The nodes that are all true if the node is true."""
    match node:
        case All(parts):
            return [below for part in parts for below in parts_of(part)]
        case Any((part,)) | Not(Not(part)):
            return parts_of(part)
        case Not(Any(parts)):
            return [below for part in parts for below in parts_of(Not(part))]
        case Not(All((part,))):
            return parts_of(Not(part))
        case _:
            return [node]


def conjunct(node: Node) -> Conjunct:
    """What a node asks of a column, if an index can answer it.

    A null that passes a check is not found by a search, so there a nullable field that was marked is a field.
    """
    match node:
        case Comparison(operator, operand, Constant(value)) if operator == EQUAL or operator in RANGES:
            found = indexed_by(operand)
            return Conjunct(node) if found is None else Conjunct(node, found, operator, (value,))
        case OneOf(operand, values) if None not in values:
            found = indexed_by(operand)
            return Conjunct(node) if found is None else Conjunct(node, found, EQUAL, tuple(dict.fromkeys(values)))
        case Field(column):
            return Conjunct(node, column, EQUAL, (True,))
        case Not(Field(column)):
            return Conjunct(node, column, EQUAL, (False,))
        case IsNull(Field(column)) if column.nullable:
            return Conjunct(node, column, EQUAL, (None,))
        case _:
            return Conjunct(node)


def _beginning(node: StartsWith) -> Iterator[Conjunct]:
    """The bounds of the texts that begin with a constant; the node is asked as well, for they are no part of it."""
    found, text = indexed_by(node.operand), node.value
    if found is None or not text:
        return
    yield Conjunct(node, found, ">=", (text,))
    if below := text.rstrip(GREATEST_LETTER):
        yield Conjunct(node, found, "<", (below[:-1] + _next(below[-1]),))


def _next(letter: str) -> str:
    """The letter that follows in the order of code points, of which surrogates are none."""
    code = ord(letter) + 1
    return chr(0xE000 if code == 0xD800 else code)


def signature(node: Node) -> Signature:
    """What a node says, as a value that can be compared."""
    said: tuple[object, ...]
    match node:
        case Field(column) | NullPasses(Field(column)):
            said = (column.name,)
        case Constant(value):
            said = (type(value), value)
        case Comparison(operator, left, right):
            said = (operator, signature(left), signature(right))
        case OneOf(operand, values):
            said = (signature(operand), *((type(value), value) for value in values))
        case Matches(operand, value) | StartsWith(operand, value) | Contains(operand, value):
            said = (signature(operand), value)
        case Arithmetic(operator, left, right):
            said = (operator, signature(left), signature(right))
        case TimeDifference(left, right):
            said = (signature(left), signature(right))
        case IsNull(part) | Not(part) | Length(part) | Lower(part):
            said = (signature(part),)
        case All(parts) | Any(parts):
            said = tuple(map(signature, parts))
        case _:
            said = (id(node),)  # it is like no other
    return (type(node), *said)


def _not_null(found: Conjunct) -> Signature:
    """What it says that the column of a conjunct is not null."""
    return None if found.column is None else (Not, (IsNull, (Field, column_behind(found.column).name)))


def held_by(node: Node | None) -> frozenset[Signature]:
    """What holds for each row for which a condition is true; None stands for no condition."""
    return frozenset() if node is None else frozenset(map(signature, parts_of(node)))
