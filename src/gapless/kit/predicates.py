"""Predicates as data: the nodes of a condition over the fields of one row, which compilers turn into Python and SQL.

SQL's third truth value is kept out by asking two questions of every node: is it true, is it false. A check passes
unless it is false; a `where` holds if it is true.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

import attrs

from gapless.kit.columns import Column, ColumnType, subject
from gapless.kit.errors import DeclarationError
from gapless.kit.misfits import misfit
from gapless.kit.plain import is_of, kind_of

T = TypeVar("T")

GREATEST_DEPTH = 50
GREATEST_WIDTH = 100_000
"""How many parts a condition may have at one depth; a part that stands in several places counts in each."""
UNCOMPARED = (ColumnType.JSON, ColumnType.UUIDS)
ORDERED = (ColumnType.INTEGER, ColumnType.BIG_INTEGER, ColumnType.TIME, ColumnType.TEXT, ColumnType.UUID)


class Node:
    """A part of a predicate. Comparing nodes makes nodes; asking one for its truth is an error of the declaration."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise DeclarationError(
            "A predicate has no truth value here: use all_of, any_of, negate, between and one_of "
            "instead of and, or, not, chained comparisons and in."
        )

    def __len__(self) -> NoReturn:
        raise DeclarationError("Use length(field) instead of len(field).")

    def __iter__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't be iterated.")

    def __str__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row has no text: compare it as it is.")

    def __format__(self, form: str) -> NoReturn:
        raise DeclarationError("A field of a symbolic row has no text: compare it as it is.")

    if not TYPE_CHECKING:  # to the checker a node has the attributes that it has, and no others

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # Python's own protocols ask for such names and expect this answer
                raise AttributeError(name)
            raise DeclarationError(f"A field of a symbolic row has no {name!r}: use what gapless.kit offers.")

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

    __hash__ = object.__hash__

    def _no_arithmetic(self, *_: object) -> NoReturn:
        raise DeclarationError(
            "Predicates know no arithmetic and no operators but comparisons: negate for ~, all_of for &."
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __truediv__ = __floordiv__ = _no_arithmetic
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __invert__ = __neg__ = __abs__ = __getitem__ = _no_arithmetic


class Operand(Node):
    """A node that is compared."""

    __slots__ = ()


@attrs.frozen(eq=False)
class Field(Operand):
    """A column of the row."""

    column: Column


@attrs.frozen(eq=False)
class Previous(Operand):
    """A column as it was before the row changed; nothing is said of a change from null."""

    column: Column


@attrs.frozen(eq=False)
class NullPasses(Operand):
    """A nullable field of which the writer said aloud, by `nullable`, that null decides nothing."""

    field: Field


@attrs.frozen(eq=False)
class Constant(Node):
    """A value that stands in the predicate, normalised for the column that it is compared with."""

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
class OneOf(Node):
    """The operand is one of some constants."""

    operand: Node
    values: tuple[object, ...]


@attrs.frozen(eq=False)
class Matches(Node):
    """The whole text is described by a pattern of the dialect."""

    operand: Node
    pattern: str


@attrs.frozen(eq=False)
class IsNull(Node):
    """The field holds no value."""

    field: Field


@attrs.frozen(eq=False)
class Not(Node):
    """The part is false."""

    part: Node


@attrs.frozen(eq=False)
class All(Node):
    """Every part holds."""

    parts: tuple[Node, ...]


@attrs.frozen(eq=False)
class Any(Node):
    """At least one part holds."""

    parts: tuple[Node, ...]


TRUE = All(())


def column_type(node: Node) -> tuple[ColumnType, Column | None]:
    """The type of an operand, and the column that it is, if it is one."""
    match node:
        case Field(column) | Previous(column) | NullPasses(Field(column)):
            return column.type, column
        case Length():
            return ColumnType.INTEGER, None
        case _:
            return ColumnType.BOOLEAN, None


def comparison(operator: str, left: Node, right: object) -> bool:
    """Builds a comparison, or says why there can be none.

    Raises:
        DeclarationError: the operands are not of one type, the constant is null or can't be stored in the column, or
            the type has no order.
    """
    kind, column = operand_type(left)
    if operator not in ("==", "!=") and kind not in ORDERED:
        message = f"Values of type {kind.value} have no order: {operator} can't compare them."
        raise DeclarationError(message, fields=() if column is None else (column.name,))
    if behind(right) is None:
        return cast(bool, Comparison(operator, left, Constant(constant_for(kind, column, right))))
    other, other_column = operand_type(cast(Node, right))
    enumerations = [found.enumeration for found in (column, other_column) if found is not None]
    if kind is not other or kind in UNCOMPARED or len(set(enumerations)) > 1:
        raise DeclarationError(f"{operator} can't compare a {kind.value} with a {other.value} of another kind.")
    return cast(bool, Comparison(operator, left, cast(Node, right)))


def operand_type(node: Node) -> tuple[ColumnType, Column | None]:
    """The type of an operand, and the column that it is, if it is one.

    Raises:
        DeclarationError: the node is a condition.
    """
    if not isinstance(node, Operand):
        raise DeclarationError("A condition can't be compared: join conditions by all_of, any_of and negate.")
    return column_type(node)


def constant_for(kind: ColumnType, column: Column | None, value: object) -> object:
    """The constant in the form that a column of this type keeps.

    Raises:
        DeclarationError: no such column ever holds it.
    """
    column = column or Column("", kind, nullable=False)
    what = subject(column.name) if column.name else "A length"
    named = (column.name,) if column.name else ()
    if value is None:
        message = f"{what} is compared with None, which nothing equals: give a value, or ask for is_null(field)."
        raise DeclarationError(message, fields=named)
    if kind in UNCOMPARED:
        message = f"{what} is a {kind.value}, which can't be compared: only is_null answers alike in every store."
        raise DeclarationError(message, fields=named)
    normalised = column.normalised(value)
    if column.enumeration not in (None, type(normalised)) or not column.represents(normalised):
        raise DeclarationError(f"{what} never equals what was given, which {misfit(column, value)}.", fields=named)
    return normalised


def as_node(condition: bool) -> Node:
    """The node behind what the type checker takes for a bool; a real bool becomes a constant condition.

    Raises:
        DeclarationError: it is neither.
    """
    node = behind(condition)
    if node is None and type(condition) is bool:
        return TRUE if condition else Not(TRUE)
    if node is None:
        raise DeclarationError(f"A predicate was expected, not {kind_of(condition)}.")
    if column_type(node)[0] is not ColumnType.BOOLEAN:
        raise DeclarationError(f"A {column_type(node)[0].value} is no condition: compare it with something.")
    return node


def behind(value: object) -> Node | None:
    """The node that a value is behind the type checker's back, or None if it is a real value."""
    return cast(Node, value) if is_of(value, Node) else None


def fields_of(node: Node) -> tuple[Column, ...]:
    """The columns that a predicate mentions, each once, in their order."""
    found: dict[str, Column] = {}
    for child in walk(node):
        if isinstance(child, (Field, Previous)):
            found.setdefault(child.column.name, child.column)
    return tuple(found.values())


def require_shallow(node: Node) -> Node:
    """Returns a condition that is not nested too deep for those who go down into it.

    Raises:
        DeclarationError: it is.
    """
    level = [node]
    for _ in range(GREATEST_DEPTH):
        level = [below for part in level for below in parts_of(part)]
        if not level:
            return node
        if len(level) > GREATEST_WIDTH:
            raise DeclarationError(f"A condition has at most {GREATEST_WIDTH} parts beside each other.")
    raise DeclarationError(f"A condition is nested at most {GREATEST_DEPTH} deep: join more of its parts at once.")


def of_one_row(node: Node) -> Node:
    """Returns the predicate if it speaks of a row as it is, and not of what it was before.

    Raises:
        DeclarationError: it looks at a previous row, which only a Transition has.
    """
    if any(isinstance(part, Previous) for part in walk(node)):
        raise DeclarationError("Only a Transition knows what a row was before: previous stands nowhere else.")
    return node


def walk(node: Node) -> list[Node]:
    """The node and everything below it."""
    return [node, *(below for part in parts_of(node) for below in walk(part))]


def parts_of(node: Node) -> list[Node]:
    """The nodes that a node is made of."""
    values = (getattr(node, field.name) for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(node))))
    parts = (part for value in values for part in (value if isinstance(value, tuple) else (value,)))
    return [part for part in parts if isinstance(part, Node)]


def literal(value: object) -> object:
    """A constant as PostgreSQL holds it: the text of an enumeration's member, anything else as it is."""
    return value.value if isinstance(value, enum.Enum) else value
