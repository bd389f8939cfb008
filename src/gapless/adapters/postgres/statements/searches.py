"""Compiles the statements with conditions (queries, counts and set-based writes), one statement for each shape.

Two queries that differ only in their constants share a statement, because the constants are its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import Expression, SqlCompiler
from gapless.adapters.postgres.sql.readable import is_readable
from gapless.adapters.postgres.sql.repetitions import without_counting
from gapless.adapters.postgres.statements.statement import (
    Rows,
    SideInsert,
    Statement,
    StatementCache,
    parameter,
    raised,
    returning_count,
    selected,
)
from gapless.kit import Model
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.model import VERSION, Validated
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
    literal,
)
from gapless.kit.queries import Query

E = TypeVar("E", bound=Validated)
TENANT_PARAMETER = "tenant"
MOST_KEYS = 1000
"""How many unreadable rows an error names at most."""


def shape_of(node: Node, constants: list[object]) -> Hashable:
    """The form of a condition without its constants, which are collected in the order of SqlCompiler."""
    match node:
        case Field(column) | NullPasses(Field(column)) | IsNull(Field(column)):
            return (type(node) is IsNull, column.name)
        case Length(of):
            return ("length", shape_of(of, constants))
        case Constant(value):
            constants.append(literal(value))
            return "constant"
        case Comparison(operator, left, right):
            return (operator, shape_of(left, constants), shape_of(right, constants))
        case OneOf(operand, values):
            # SqlCompiler compiles these before the operand, and the order must be the same: the statement of a shape is
            # compiled once, and each constant has its place in it (decision 0006).
            constants.extend(map(literal, values))
            return ("one of", len(values), shape_of(operand, constants))
        case Matches():
            return _shape_of_match(node, constants)
        case Not(part):
            return ("not", shape_of(part, constants))
        case All(parts) | Any(parts):
            return (type(node).__name__, *(shape_of(part, constants) for part in parts))
        case _:
            raise DeclarationError(f"There is no SQL for a {type(node).__name__.lower()}.")


def _shape_of_match(node: Matches, constants: list[object]) -> Hashable:
    if (same := without_counting(node)) is not node:
        return shape_of(same, constants)
    constants.append(to_postgres(node.pattern))
    return ("matches", shape_of(node.operand, constants))


@attrs.frozen
class CompiledSearch:
    """A statement with the values for one run of it."""

    statement: Statement
    values: dict[str, object]

    def arguments(self) -> list[object]:
        """The values in the order of the statement's parameters."""
        return self.statement.arguments(self.values)


@attrs.frozen
class Searches:
    """Compiles the statements with conditions of one entity.

    Args:
        model: the model of the entity.
        table: its table.
        cache: keeps the compiled statements.
    """

    model: Model[Validated]
    table: sa.Table
    cache: StatementCache

    def find(self, query: Query, tenant: object | None, *, readable: bool = False) -> CompiledSearch:
        """Reads the rows of a query, of one organization or of all; or only those that the server finds readable."""
        constants: list[object] = []
        shape = ("find", readable, query.order, query.limit is None, tenant is None, shape_of(query.where, constants))

        def build() -> sa.ClauseElement:
            rows = cast(Rows, sa.select(*selected(self.model, self.table)))
            rows = rows.where(self._condition(query.where, tenant is None))
            if readable:
                rows = rows.where(is_readable(self.model, self.table))
            return self._in_order(rows, self.table, query)

        return self._search(shape, build, constants, {"limit": query.limit, TENANT_PARAMETER: tenant})

    def unreadable(self, query: Query, tenant: object | None) -> CompiledSearch:
        """Reads the keys, as text, of the rows of a query that can't be read; of at most MOST_KEYS rows."""
        constants: list[object] = []
        shape = ("unreadable", query.order, query.limit is None, tenant is None, shape_of(query.where, constants))

        def build() -> sa.ClauseElement:
            asked = cast(Rows, sa.select(self.table)).where(self._condition(query.where, tenant is None))
            found = (asked if query.limit is None else self._in_order(asked, self.table, query)).subquery("found")
            keys = sa.select(*(sa.cast(found.c[name], sa.Text()) for name in self.model.key))
            keys = keys.where(sa.not_(is_readable(self.model, found)))
            keys = keys.order_by(*(self._ordering(ordering, found) for ordering in query.order))
            return keys.limit(sa.literal_column(str(MOST_KEYS)))

        return self._search(shape, build, constants, {"limit": query.limit, TENANT_PARAMETER: tenant})

    def count(self, where: Node, tenant: object | None) -> CompiledSearch:
        """Counts the rows of a condition."""
        constants: list[object] = []
        shape = ("count", tenant is None, shape_of(where, constants))

        def build() -> sa.ClauseElement:
            return sa.select(sa.func.count()).select_from(self.table).where(self._condition(where, tenant is None))

        return self._search(shape, build, constants, {TENANT_PARAMETER: tenant})

    def update(
        self, where: Node, values: dict[str, object], tenant: object | None, side_inserts: tuple[SideInsert, ...]
    ) -> CompiledSearch:
        """Assigns constants in the rows of a condition, and returns how many rows there were."""
        constants: list[object] = []
        shape = ("update", tenant is None, tuple(values), _prefixes(side_inserts), shape_of(where, constants))

        def build() -> sa.ClauseElement:
            sets: dict[str, sa.ColumnElement[object]] = {
                name: parameter(f"set_{name}", self.model.column(name)) for name in values
            }
            if self.model.versioned:
                sets[VERSION] = cast("sa.ColumnElement[object]", raised(self.table))
            return returning_count(
                sa.update(self.table).where(self._condition(where, tenant is None)).values(sets), side_inserts
            )

        given = {f"set_{name}": value for name, value in values.items()}
        return self._search(shape, build, constants, {**given, TENANT_PARAMETER: tenant})

    def delete(self, where: Node, tenant: object | None, side_inserts: tuple[SideInsert, ...]) -> CompiledSearch:
        """Removes the rows of a condition, and returns how many rows there were."""
        constants: list[object] = []
        shape = ("delete", tenant is None, _prefixes(side_inserts), shape_of(where, constants))

        def build() -> sa.ClauseElement:
            return returning_count(sa.delete(self.table).where(self._condition(where, tenant is None)), side_inserts)

        return self._search(shape, build, constants, {TENANT_PARAMETER: tenant})

    def _search(
        self,
        shape: Hashable,
        build: Callable[[], sa.ClauseElement],
        constants: Sequence[object],
        given: dict[str, object],
    ) -> CompiledSearch:
        statement = self.cache.get((self.model.table, shape), build)
        return CompiledSearch(statement, {**given, **{f"k{place}": value for place, value in enumerate(constants)}})

    def _condition(self, where: Node, everywhere: bool) -> sa.ColumnElement[bool]:
        """The condition with its constants as parameters k0, k1, …, and for one organization unless it is for all."""
        taken = 0

        def constant(_: object, type: sa.types.TypeEngine[object]) -> Expression:
            nonlocal taken
            taken += 1
            plain = sa.Text() if isinstance(type, sa.Text) else type
            return cast(Expression, sa.bindparam(f"k{taken - 1}", type_=plain))

        compiler = SqlCompiler(lambda column: self.table.c[column.name], constant)
        asked = cast("sa.ColumnElement[bool]", compiler.expression(where))
        if everywhere:
            return asked
        return sa.and_(self.table.c[self.model.tenant] == sa.bindparam(TENANT_PARAMETER, type_=sa.Uuid()), asked)

    def _in_order(self, rows: Rows, source: sa.FromClause, query: Query) -> Rows:
        rows = rows.order_by(*(self._ordering(ordering, source) for ordering in query.order))
        return rows if query.limit is None else rows.limit(sa.bindparam("limit", type_=sa.BigInteger()))

    def _ordering(self, ordering: Ordering, source: sa.FromClause) -> sa.ColumnElement[object]:
        column: Column = column_of(ordering)
        expression = source.c[column.name]
        directed = expression.desc() if isinstance(ordering, Descending) else expression.asc()
        # An index without NULLS LAST serves only an order without it, so only nullable columns are ordered with it.
        return directed.nulls_last() if column.nullable else directed


def _prefixes(side_inserts: tuple[SideInsert, ...]) -> tuple[str, ...]:
    return tuple(side_insert.prefix for side_insert in side_inserts)
