"""Predicates as data: the nodes of a condition over the fields of a row, which compilers turn into Python and SQL.

SQL's third truth value is avoided by two questions to every node: is it true, and is it false. A check passes unless
its node is false; a `where` holds if its node is true.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar, NoReturn, TypeVar, cast

import attrs

from gapless.kit.columns import Column, ColumnType, subject
from gapless.kit.errors import DeclarationError
from gapless.kit.misfits import misfit
from gapless.kit.plain import is_of, kind_of

T = TypeVar("T")

GREATEST_DEPTH = 50
GREATEST_WIDTH = 100_000
"""How many parts a condition may have at one depth; a part that stands in several places counts in each place."""
UNCOMPARED = (ColumnType.JSON, ColumnType.UUIDS)
ORDERED = (ColumnType.INTEGER, ColumnType.BIG_INTEGER, ColumnType.TIME, ColumnType.TEXT, ColumnType.UUID)


class Node:
    """A part of a predicate. A comparison of nodes makes a node; the truth of a node can't be asked."""

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()
    """The names of its parts and values, which attrs gives each class of nodes."""

    def __bool__(self) -> NoReturn:
        raise DeclarationError(
            "A predicate has no truth value while it is declared: use all_of, any_of, negate, between and one_of "
            "instead of and, or, not, chained comparisons and in."
        )

    def __len__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row has no len(): use length(field).")

    def __iter__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't be iterated.")

    def __str__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't become a text: compare the field itself.")

    def __format__(self, form: str) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't become a text: compare the field itself.")

    if not TYPE_CHECKING:  # the type checker is to refuse attributes that a node does not have

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # Python's own protocols ask for such names, and expect this answer
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

    def __hash__(self) -> int:
        return object.__hash__(self)

    if not TYPE_CHECKING:  # the type checker is to refuse arithmetic by itself

        def _no_arithmetic(self, *_: object) -> NoReturn:
            raise DeclarationError(
                "A predicate allows comparisons only, no arithmetic: write negate for ~, all_of for &, and any_of "
                "for |."
            )

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __truediv__ = _no_arithmetic
        __floordiv__ = __neg__ = __abs__ = __getitem__ = _no_arithmetic
        __and__ = __rand__ = __or__ = __ror__ = __xor__ = __invert__ = _no_arithmetic


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
class OneOf(Node):
    """Whether the operand is one of some constants."""

    operand: Node
    values: tuple[object, ...]


@attrs.frozen(eq=False)
class Matches(Node):
    """Whether a pattern of the dialect describes the whole text."""

    operand: Node
    pattern: str


@attrs.frozen(eq=False)
class IsNull(Node):
    """Whether the field is null."""

    field: Field


@attrs.frozen(eq=False)
class Not(Node):
    """Whether the part is false."""

    part: Node


@attrs.frozen(eq=False)
class All(Node):
    """Whether every part is true."""

    parts: tuple[Node, ...]


@attrs.frozen(eq=False)
class Any(Node):
    """Whether at least one part is true."""

    parts: tuple[Node, ...]


TRUE = All(())


def column_type(node: Node) -> tuple[ColumnType, Column | None]:
    """The type of an operand, and its column, or None if it is not a column."""
    match node:
        case Field(column) | Previous(column) | NullPasses(Field(column)):
            return column.type, column
        case Length():
            return ColumnType.INTEGER, None
        case _:
            return ColumnType.BOOLEAN, None


def comparison(operator: str, left: Node, right: object) -> bool:
    """Makes a comparison.

    Raises:
        DeclarationError: the operands have different types, the type has no order, or the constant is null or can't be
            stored in the column.
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
        raise DeclarationError(f"{operator} can't compare a {kind.value} with a {other.value}.")
    return cast(bool, Comparison(operator, left, cast(Node, right)))


def operand_type(node: Node) -> tuple[ColumnType, Column | None]:
    """The type of an operand, and its column, or None if it is not a column.

    Raises:
        DeclarationError: the node is a condition.
    """
    if not isinstance(node, Operand):
        raise DeclarationError("A condition can't be compared: join conditions by all_of, any_of and negate.")
    return column_type(node)


def constant_for(kind: ColumnType, column: Column | None, value: object) -> object:
    """The constant in the normal form of a column of this type.

    Raises:
        DeclarationError: no such column can hold it.
    """
    column = column or Column("", kind, nullable=False)
    what = subject(column.name) if column.name else "A length"
    named = (column.name,) if column.name else ()
    if value is None:
        message = f"{what} is compared with None, and nothing equals null: give a value, or use is_null(field)."
        raise DeclarationError(message, fields=named)
    if kind in UNCOMPARED:
        message = f"{what} is a {kind.value}, which no store can compare: is_null(field) is the only question to it."
        raise DeclarationError(message, fields=named)
    normalised = column.normalised(value)
    if column.enumeration not in (None, type(normalised)) or not column.represents(normalised):
        raise DeclarationError(
            f"{what} can't equal the value that it is compared with, which {misfit(column, value)}.", fields=named
        )
    return normalised


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


def behind(value: object) -> Node | None:
    """The node that a value really is, whatever the type checker thinks; None if it is a real value."""
    return cast(Node, value) if is_of(value, Node) else None


def fields_of(node: Node) -> tuple[Column, ...]:
    """The columns that a predicate mentions, each once, in their order."""
    found: dict[str, Column] = {}
    for child in walk(node):
        if isinstance(child, (Field, Previous)):
            found.setdefault(child.column.name, child.column)
    return tuple(found.values())


def require_shallow(node: Node) -> Node:
    """Gives back a condition that is not nested too deep.

    Raises:
        DeclarationError: it is nested too deep, or has too many parts.
    """
    level = [node]
    for _ in range(GREATEST_DEPTH):
        level = [below for part in level for below in parts_of(part)]
        if not level:
            return node
        if len(level) > GREATEST_WIDTH:
            raise DeclarationError(
                f"A condition has at most {GREATEST_WIDTH} parts at one depth: declare several rules."
            )
    raise DeclarationError(f"A condition nests at most {GREATEST_DEPTH} deep: join more parts by one all_of or any_of.")


def of_one_row(node: Node) -> Node:
    """Gives back a predicate that does not use the previous row.

    Raises:
        DeclarationError: it uses `previous`, which only a Transition may.
    """
    if any(isinstance(part, Previous) for part in walk(node)):
        raise DeclarationError("previous(row) may be used in a Transition only: no other rule knows the row before.")
    return node


def walk(node: Node) -> list[Node]:
    """The node and all nodes below it."""
    found = [node]
    for part in parts_of(node):
        found += walk(part)
    return found


def parts_of(node: Node) -> list[Node]:
    """The nodes that a node consists of."""
    found: list[Node] = []
    if type(node) is Field or type(node) is Constant:  # most are, and every condition of a query is walked
        return found
    for name in type(node).__match_args__:
        value: object = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            found += [part for part in value if isinstance(part, Node)]
    return found


def literal(value: object) -> object:
    """A constant as PostgreSQL holds it: the text of an enumeration's member, and anything else as it is."""
    return value.value if isinstance(value, enum.Enum) else value
