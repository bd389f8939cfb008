"""Compiles the statements with conditions (queries, counts and set-based writes), one statement for each shape.

Two queries that differ only in their constants share a statement, because the constants are its parameters.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.predicates import Expression, Literal, SqlCompiler
from gapless.adapters.postgres.sql.readable import is_readable
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
from gapless.adapters.postgres.statements.ways import ROOT_PARAMETER, Way
from gapless.kit import Model
from gapless.kit.assignments import increments
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.columns import Column
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.model import VERSION, Validated
from gapless.kit.patterns import to_postgres
from gapless.kit.positions import outline_beyond
from gapless.kit.predicates import Constant, Matches, Node, OneOf, Outline, literal, outline_of
from gapless.kit.queries import Keyset, Query

E = TypeVar("E", bound=Validated)


class Seen(enum.Enum):
    """Which rows a statement sees."""

    ALL = "those of all roots"
    OF_ROOT = "those of one root"
    ALONE = "those of no root"


def seen_by(tenant: object) -> Seen:
    """Which rows a reader sees that is of this root, of none, or of all."""
    return Seen.ALL if tenant is ALL_ROOTS else Seen.ALONE if tenant is None else Seen.OF_ROOT


MOST_KEYS = 1000
"""How many unreadable rows an error names at most."""


def constants_of(outline: Outline) -> list[object]:
    """The constants of a condition as the driver accepts them, in the order of SqlCompiler."""
    found: list[object] = []
    for node in outline.constants:
        match node:
            case OneOf(_, values):
                found += map(literal, values)
            case Matches(_, pattern):
                found.append(to_postgres(pattern))
            case _:
                found.append(literal(cast(Constant, node).value))
    return found


def outlined(query: Query) -> tuple[Hashable, list[object]]:
    """The shape of the condition of a query, and its constants as `constants_of` has them.

    Where a page begins is one more shape, and not a condition that is made anew for each page.
    """
    outline = outline_of(query.asked)
    if query.keyset is None:
        return outline.shape, constants_of(outline)
    values, backwards = query.keyset.values, query.backwards
    if goes_one_way(query.order):
        return (outline.shape, len(values)), [*constants_of(outline), *map(literal, values)]
    shape, places = outline_beyond(query.order, tuple(value is None for value in values), backwards=backwards)
    return (outline.shape, shape), [*constants_of(outline), *(literal(values[place]) for place in places)]


def goes_one_way(order: tuple[Ordering, ...]) -> bool:
    """Whether an order has several columns that go all up or all down, without nulls.

    Then rows of values compare as the order does, and the server estimates how many rows a page has before it; of the
    same condition with OR it takes each part for a rare case.
    """
    ways = {isinstance(part, Descending) for part in order}
    return len(order) > 1 and len(ways) == 1 and not any(column_of(part).nullable for part in order)


def within_tenant(query: Query, model: Model[Validated]) -> Query:
    """The same query of one root, without its id at the end of the order, in which all rows are equal.

    The server does not know that a parameter is what all rows are equal in, and would plan and compare for it.
    """
    order, keyset = query.order, query.keyset
    if len(order) == 1 or column_of(order[-1]).name != model.tenant:
        return query
    if keyset is not None:
        keyset = Keyset(order[:-1], keyset.values[:-1], keyset.backwards)
    return Query(query.asked, order[:-1], query.limit, keyset, query.backwards)


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
        way: the way of the rows to their root; None if they have a field for it, or belong to none.
    """

    model: Model[Validated]
    table: sa.Table
    cache: StatementCache
    way: Way | None = None

    def find(self, query: Query, tenant: object, *, readable: bool = False) -> CompiledSearch:
        """Reads the rows of a query, of one root or of all; or only those that the server finds readable.

        Rows of a query that goes backwards come from the end of its order.
        """
        seen = seen_by(tenant)
        if seen is not Seen.ALL:
            query = within_tenant(query, self.model)
        asked, constants = outlined(query)
        shape = ("find", readable, query.order, query.limit is None, query.backwards, seen, asked)

        def build() -> sa.ClauseElement:
            rows = cast(Rows, sa.select(*selected(self.model, self.table)))
            rows = rows.where(self.condition(query.asked, seen, query.keyset))
            if readable:
                rows = rows.where(is_readable(self.model, self.table))
            return self._in_order(rows, self.table, query)

        return self.search(shape, build, constants, {"limit": query.limit, ROOT_PARAMETER: tenant})

    def unreadable(self, query: Query, tenant: object) -> CompiledSearch:
        """Reads the keys, as text, of the rows of a query that can't be read; of at most MOST_KEYS rows."""
        seen = seen_by(tenant)
        if seen is not Seen.ALL:
            query = within_tenant(query, self.model)
        condition, constants = outlined(query)
        shape = ("unreadable", query.order, query.limit is None, query.backwards, seen, condition)

        def build() -> sa.ClauseElement:
            asked = cast(Rows, sa.select(self.table)).where(self.condition(query.asked, seen, query.keyset))
            found = (asked if query.limit is None else self._in_order(asked, self.table, query)).subquery("found")
            keys = sa.select(*(sa.cast(found.c[name], sa.Text()) for name in self.model.key))
            keys = keys.where(sa.not_(is_readable(self.model, found)))
            keys = keys.order_by(*(directed(ordering, found) for ordering in query.order))
            return keys.limit(sa.literal_column(str(MOST_KEYS)))

        return self.search(shape, build, constants, {"limit": query.limit, ROOT_PARAMETER: tenant})

    def count(self, where: Node, tenant: object) -> CompiledSearch:
        """Counts the rows of a condition."""
        outline, seen = outline_of(where), seen_by(tenant)
        shape = ("count", seen, outline.shape)

        def build() -> sa.ClauseElement:
            return sa.select(sa.func.count()).select_from(self.table).where(self.condition(where, seen))

        return self.search(shape, build, constants_of(outline), {ROOT_PARAMETER: tenant})

    def update(
        self, where: Node, values: dict[str, object], tenant: object, side_inserts: tuple[SideInsert, ...]
    ) -> CompiledSearch:
        """Assigns constants in the rows of a condition, or counts, and returns how many rows there were."""
        outline, seen = outline_of(where), seen_by(tenant)
        counted = increments(values)
        shape = ("update", seen, tuple(values), tuple(counted), _prefixes(side_inserts), outline.shape)

        def build() -> sa.ClauseElement:
            sets: dict[str, sa.ColumnElement[object]] = {
                name: self._counted(name) if name in counted else parameter(f"set_{name}", self.model.column(name))
                for name in values
            }
            if self.model.versioned:
                sets[VERSION] = cast("sa.ColumnElement[object]", raised(self.table))
            return returning_count(sa.update(self.table).where(self.condition(where, seen)).values(sets), side_inserts)

        given = {f"set_{name}": counted[name].by if name in counted else value for name, value in values.items()}
        return self.search(shape, build, constants_of(outline), {**given, ROOT_PARAMETER: tenant})

    def _counted(self, name: str) -> sa.ColumnElement[object]:
        """What a row has in a column, and what a parameter says, which may be greater than a small number."""
        by = sa.bindparam(f"set_{name}", type_=sa.BigInteger())
        return cast("sa.ColumnElement[object]", self.table.c[name] + by)

    def delete(self, where: Node, tenant: object, side_inserts: tuple[SideInsert, ...]) -> CompiledSearch:
        """Removes the rows of a condition, and returns how many rows there were."""
        outline, seen = outline_of(where), seen_by(tenant)
        shape = ("delete", seen, _prefixes(side_inserts), outline.shape)

        def build() -> sa.ClauseElement:
            return returning_count(sa.delete(self.table).where(self.condition(where, seen)), side_inserts)

        return self.search(shape, build, constants_of(outline), {ROOT_PARAMETER: tenant})

    def search(
        self,
        shape: Hashable,
        build: Callable[[], sa.ClauseElement],
        constants: Sequence[object],
        given: dict[str, object],
    ) -> CompiledSearch:
        """The statement of this shape with its constants, and with what else it is given."""
        statement = self.cache.get((self.model.table, shape), build)
        for place, value in enumerate(constants):
            given[f"k{place}"] = value
        return CompiledSearch(statement, given)

    def condition(self, where: Node, seen: Seen, keyset: Keyset | None = None) -> sa.ColumnElement[bool]:
        """The condition with its constants as parameters k0, k1, …, and for one root, or for none, unless for all."""
        taken = 0

        def constant(_: object, type: sa.types.TypeEngine[object]) -> Expression:
            nonlocal taken
            taken += 1
            plain = sa.Text() if isinstance(type, sa.Text) else type
            return cast(Expression, sa.bindparam(f"k{taken - 1}", type_=plain))

        compiler = SqlCompiler(lambda column: self.table.c[column.name], constant)
        asked = [cast("sa.ColumnElement[bool]", compiler.expression(where))]
        if keyset is not None and goes_one_way(keyset.order):
            asked.append(self._beyond(keyset, constant))
        elif keyset is not None:
            asked.append(cast("sa.ColumnElement[bool]", compiler.expression(keyset.beyond)))
        tenant = self.model.tenant_column
        if tenant is not None and seen is not Seen.ALL:
            column, given = self.table.c[tenant.name], parameter(ROOT_PARAMETER, tenant)
            asked.insert(0, column == given if seen is Seen.OF_ROOT else column.is_(None))
        elif self.way is not None and seen is not Seen.ALL:
            asked.append(self.way.leads_to(ROOT_PARAMETER, lambda column: self.table.c[column.name]))
        return sa.and_(*asked)

    def _beyond(self, keyset: Keyset, constant: Literal) -> sa.ColumnElement[bool]:
        """The condition that a row comes after values in an order that goes one way, or before them."""
        columns = tuple(map(column_of, keyset.order))
        row = sa.tuple_(*(self.table.c[column.name] for column in columns))
        values = sa.tuple_(*(constant(None, sql_type(column)) for column in columns))
        return row < values if isinstance(keyset.order[0], Descending) is not keyset.backwards else row > values

    def _in_order(self, rows: Rows, source: sa.FromClause, query: Query) -> Rows:
        rows = rows.order_by(*(directed(ordering, source, backwards=query.backwards) for ordering in query.order))
        return rows if query.limit is None else rows.limit(sa.bindparam("limit", type_=sa.BigInteger()))


def directed(ordering: Ordering, source: sa.FromClause, *, backwards: bool = False) -> sa.ColumnElement[object]:
    """A part of an order in SQL, or its very opposite, if `backwards`."""
    column: Column = column_of(ordering)
    expression = source.c[column.name]
    found = expression.desc() if isinstance(ordering, Descending) is not backwards else expression.asc()
    # An index without NULLS LAST serves only an order without it, so only nullable columns are ordered with it.
    if not column.nullable:
        return found
    return found.nulls_first() if backwards else found.nulls_last()


def _prefixes(side_inserts: tuple[SideInsert, ...]) -> tuple[str, ...]:
    return tuple(side_insert.prefix for side_insert in side_inserts)
