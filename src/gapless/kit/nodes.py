"""The nodes of which a condition over the fields of a row consists, and how comparing makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

import attrs

from gapless.kit.columns import Column, ColumnType, subject
from gapless.kit.errors import DeclarationError
from gapless.kit.misfits import misfit
from gapless.kit.plain import is_of

if TYPE_CHECKING:
    from gapless.kit.predicates import Measure, Outline

T = TypeVar("T")

UNCOMPARED = (ColumnType.JSON, ColumnType.UUIDS)
ORDERED = (ColumnType.INTEGER, ColumnType.BIG_INTEGER, ColumnType.TIME, ColumnType.TEXT, ColumnType.UUID)


class Node:
    """A part of a predicate. A comparison of nodes makes a node; the truth of a node can't be asked.

    A node keeps what was found out about it, so that parts which conditions share are walked once (decision 0048).
    """

    __slots__ = ("_measure", "_outline")

    _outline: Outline
    _measure: Measure

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
        case Field(column) | Previous(column) | Supplement(column=column) | NullPasses(Field(column)):
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


def behind(value: object) -> Node | None:
    """The node that a value really is, whatever the type checker thinks; None if it is a real value."""
    return cast(Node, value) if is_of(value, Node) else None
