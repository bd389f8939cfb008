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
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.patterns import to_postgres
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
    column_type,
    literal,
)

Expression: TypeAlias = sa.ColumnElement[object]
Operand: TypeAlias = Callable[[Column], Expression]
Literal: TypeAlias = Callable[[object, sa.types.TypeEngine[object]], Expression]

_TEXT = cast("sa.types.TypeEngine[object]", sa.Text())
# These would end the text of a function, or be indented with its lines (decision 0035).
_ESCAPED = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029$]")
_UNQUOTED = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029\\]|\$\$")
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
            case Field() | Previous() | NullPasses() | Length():
                return self._value(node)
            case Comparison(operator, left, right):
                return _COMPARE[operator](self.expression(left), self._side(right, left))
            case OneOf(operand, values):
                return self._one_of(operand, values)
            case Matches():
                return self._matches(node)
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

    def _one_of(self, operand: Node, values: tuple[object, ...]) -> Expression:
        """Compiles `one_of`; SQL has no empty list, so without constants it is false, or unknown for a null operand."""
        if not values:
            return self.expression(Comparison("!=", operand, operand))
        constants = [self._side(Constant(value), operand) for value in values]
        return cast(Expression, self.expression(operand).in_(constants))

    def _matches(self, node: Matches) -> Expression:
        # Statements are found by the shape of a condition, so that what is searched for stays as it is (decision 0006).
        if self._constant is inlined and (same := without_counting(node)) is not node:
            return self.expression(same)
        regex = self._constant(to_postgres(node.pattern), _TEXT)
        return cast(Expression, self.expression(node.operand).op("~", is_comparison=True)(regex))

    def _value(self, node: Field | Previous | NullPasses | Length) -> Expression:
        match node:
            case Previous(column):
                return self._previous(column)
            case Field(column) | NullPasses(Field(column)):
                return self._operand(column)
            case Length(of):
                return cast(Expression, sa.func.char_length(self.expression(of), type_=sa.Integer()))

    def _side(self, node: Node, other: Node) -> Expression:
        """The right side of a comparison, where a constant has the type of the left side."""
        if not isinstance(node, Constant):
            return self.expression(node)
        kind, column = column_type(other)
        return self._constant(literal(node.value), STORED.of(kind).type(column))


def condition_on(table: sa.Table, node: Node) -> sa.ColumnElement[bool]:
    """A predicate as a condition over the columns of a table."""
    compiled = SqlCompiler(lambda column: cast(Expression, table.c[column.name])).expression(node)
    return cast("sa.ColumnElement[bool]", compiled)
