"""Compiles predicates to SQLAlchemy expressions, from the same nodes that the kit compiles to Python.

An expression has the same result as the compiled Python: every column of text has the collation "C", no pattern has a
backslash, and the three-valued logic of SQL is that of the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias, cast

import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import STORED
from gapless.adapters.postgres.sql.repetitions import without_counting
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.patterns import to_postgres
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
    Previous,
    StartsWith,
    TimeDifference,
    column_type,
    literal,
)

Expression: TypeAlias = sa.ColumnElement[object]
Operand: TypeAlias = Callable[[Column], Expression]
Literal: TypeAlias = Callable[[object, sa.types.TypeEngine[object]], Expression]

_LONG = cast("sa.types.TypeEngine[object]", sa.BigInteger())
_DIGITS = cast("sa.types.TypeEngine[object]", sa.Numeric())
_TEXT = cast("sa.types.TypeEngine[object]", sa.Text())
# These would end the text of a function, or be indented with its lines (decision 0035).
_ESCAPED = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029$]")
_UNQUOTED = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029\\]|\$\$")
_CALCULATE: dict[str, Callable[[Expression, Expression], Expression]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}
_COMPARE: dict[str, Callable[[Expression, Expression], Expression]] = {
    "==": lambda left, right: cast(Expression, left == right),
    "!=": lambda left, right: cast(Expression, left != right),
    "<": lambda left, right: cast(Expression, left < right),
    "<=": lambda left, right: cast(Expression, left <= right),
    ">": lambda left, right: cast(Expression, left > right),
    ">=": lambda left, right: cast(Expression, left >= right),
}


def text_constant(text: str) -> str:
    """Writes any text as a constant of SQL, for any place in a statement.

    Statements are indented line by line, and the text of a function ends at two dollar signs. So the characters that
    would be changed, or would end it, are written by their numbers. A backslash means itself under every setting of the
    server.
    """
    doubled = text.replace("'", "''")
    if not _UNQUOTED.search(text):
        return f"'{doubled}'"
    escaped = _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", doubled.replace("\\", "\\\\"))
    return f"E'{escaped}'"


def inlined(value: object, type: sa.types.TypeEngine[object]) -> Expression:
    """A constant that stands in the text of the statement, as definitions need it."""
    if isinstance(value, str):
        return sa.literal_column(text_constant(value), _plain(type))
    if isinstance(value, Decimal):
        return sa.literal_column(f"{value:f}", _plain(type))
    return cast(Expression, sa.literal(value, _plain(type)))


def _plain(type: sa.types.TypeEngine[object]) -> sa.types.TypeEngine[object]:
    """The type without its collation, because only columns have one."""
    return _TEXT if isinstance(type, sa.Text) else type


def _no_previous(column: Column) -> Expression:
    raise DeclarationError(f"There is no {column.name} of a row before its change here.")


class SqlCompiler:
    """Compiles nodes to expressions.

    Args:
        operand: makes the expression of a column.
        constant: makes the expression of a constant: inlined, or a parameter.
        previous: makes the expression of a column of the previous row; None where there is no such row.
    """

    def __init__(self, operand: Operand, constant: Literal = inlined, previous: Operand = _no_previous) -> None:
        self._operand = operand
        self._constant = constant
        self._previous = previous

    def expression(self, node: Node) -> Expression:
        """Compiles a node to a condition or an operand."""
        match node:
            case Field() | Previous() | NullPasses() | Length() | Lower() | Arithmetic() | TimeDifference():
                return self._value(node)
            case Comparison():
                return self._comparison(node)
            case OneOf(operand, values):
                return self._one_of(operand, values)
            case Matches() | StartsWith() | Contains():
                return self._matches(node) if isinstance(node, Matches) else self._searched(node)
            case IsNull(field):
                return cast(Expression, self.expression(field).is_(sa.null()))
            case Not(part):
                return cast(Expression, sa.not_(self.expression(part)))
            case All(parts):
                return cast(Expression, sa.and_(sa.true(), *map(self.expression, parts)))
            case Any(parts):
                return cast(Expression, sa.or_(sa.false(), *map(self.expression, parts)))
            case _:
                raise DeclarationError(f"There is no SQL for a {type(node).__name__.lower()} here.")

    def _comparison(self, node: Comparison) -> Expression:
        if _in_digits(node):
            sides = (self._number(side, is_long=False) for side in (node.left, node.right))
            return _COMPARE[node.operator](*sides)
        return _COMPARE[node.operator](self.expression(node.left), self._side(node.right, node.left))

    def _one_of(self, operand: Node, values: tuple[object, ...]) -> Expression:
        """Compiles `one_of`; SQL has no empty list, so without constants it is false, or unknown for a null operand."""
        if not values:
            same = self.expression(operand)
            return _COMPARE["!="](same, same)
        constants = [self._side(Constant(value), operand) for value in values]
        return cast(Expression, self.expression(operand).in_(constants))

    def _matches(self, node: Matches) -> Expression:
        # Statements are found by the shape of a condition, so that what is searched for stays as it is (decision 0006).
        if self._constant is inlined and (same := without_counting(node)) is not node:
            return self.expression(same)
        regex = self._constant(to_postgres(node.pattern), _TEXT)
        return cast(Expression, self.expression(node.operand).op("~", is_comparison=True)(regex))

    def _searched(self, node: StartsWith | Contains) -> Expression:
        # No LIKE, in which % _ and \ would have to be escaped in a parameter that is written anew for each search. The
        # server finds the beginnings of texts by an index as well, for their collation is "C" (decision 0064).
        text, part = self.expression(node.operand), self._constant(node.value, _TEXT)
        if isinstance(node, StartsWith):
            return cast(Expression, sa.func.starts_with(text, part, type_=sa.Boolean()))
        return cast(Expression, sa.func.strpos(text, part, type_=sa.Integer()) > sa.literal_column("0"))

    def _value(self, node: Field | Previous | NullPasses | Length | Lower | Arithmetic | TimeDifference) -> Expression:
        match node:
            case Previous(column):
                return self._previous(column)
            case Field(column) | NullPasses(Field(column)):
                return self._operand(column)
            case Length(of):
                return cast(Expression, sa.func.char_length(self.expression(of), type_=sa.Integer()))
            case Lower(of):
                return lowered(self.expression(of))
            case Arithmetic(operator, left, right, is_long=is_long):
                one, other = (self._number(part, is_long=is_long) for part in (left, right))
                return _CALCULATE[operator](one, other)
            case TimeDifference(left, right):
                return self._microseconds(left, right)

    def _number(self, node: Node, *, is_long: bool) -> Expression:
        """One side of a calculation, in the type in which nothing that it can be is too great (decision 0063)."""
        if isinstance(node, Constant) and isinstance(node.value, Decimal):
            return self._constant(node.value, _DIGITS)
        number = self._constant(node.value, _LONG) if isinstance(node, Constant) else self.expression(node)
        has_bytes = isinstance(node, Constant) or column_type(node)[0] is ColumnType.BIG_INTEGER
        if has_bytes if is_long else _has_digits(node) or _is_decimal(node):
            return number
        return sa.cast(number, _LONG if is_long else _DIGITS)

    def _microseconds(self, left: Node, right: Node) -> Expression:
        """The difference of two times, which the server counts in digits and not in a float."""
        later, earlier = self._time(left), self._time(right)
        seconds = sa.extract("epoch", cast("sa.ColumnElement[object]", later.op("-")(earlier)))
        return sa.type_coerce(seconds, _DIGITS) * sa.cast(sa.literal_column("1000000"), _DIGITS)

    def _time(self, node: Node) -> Expression:
        if not isinstance(node, Constant):
            return self.expression(node)
        type_ = STORED.of(ColumnType.TIME).type(None)
        return sa.cast(self._constant(node.value, type_), type_)

    def _side(self, node: Node, other: Node) -> Expression:
        """The right side of a comparison, where a constant has the type of the left side."""
        if not isinstance(node, Constant):
            return self.expression(node)
        if _has_digits(other):
            return self._number(node, is_long=False)
        kind, column = column_type(other)
        return self._constant(literal(node.value), STORED.of(kind).type(column))


def _has_digits(node: Node) -> bool:
    """Whether the server has a number in digits of any number, and not in bytes."""
    return isinstance(node, TimeDifference) or (isinstance(node, Arithmetic) and not node.is_long)


def _is_decimal(node: Node) -> bool:
    return not isinstance(node, Constant) and column_type(node)[0] is ColumnType.DECIMAL


def _in_digits(node: Comparison) -> bool:
    """Whether two sides are compared as digits: one has them, or what is calculated in bytes meets a decimal."""
    sides = (node.left, node.right)
    is_mixed = any(isinstance(side, Arithmetic) for side in sides) and any(map(_is_decimal, sides))
    return is_mixed or any(map(_has_digits, sides))


def lowered(text: Expression) -> Expression:
    """A text with small letters in the place of A to Z: those are all that have a case under the collation "C"."""
    return cast(Expression, sa.func.lower(sa.collate(text, "C"), type_=sa.Text(collation="C")))


def condition_on(table: sa.Table, node: Node) -> sa.ColumnElement[bool]:
    """A predicate as a condition over the columns of a table."""
    compiled = SqlCompiler(lambda column: cast(Expression, table.c[column.name])).expression(node)
    return cast("sa.ColumnElement[bool]", compiled)
