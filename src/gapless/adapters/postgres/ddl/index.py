"""Defines indexes, which make reading fast; unique rules have them as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from gapless.adapters.postgres.sql.objects import DatabaseIndex
from gapless.adapters.postgres.sql.predicates import condition_on, lowered
from gapless.adapters.postgres.sql.text import condition, statement_text
from gapless.kit import Index, Model, Unique
from gapless.kit.columns import Column
from gapless.kit.kinds import Descending, IndexField
from gapless.kit.lowered_columns import Indexed, Lowered, column_behind, node_of
from gapless.kit.model import Validated


def index_objects(table: sa.Table, _: Model[Validated], rule: Index) -> Iterator[DatabaseIndex]:
    """The index of a rule; it is created behind its table."""
    # An index that has a source is defined exactly as the source asks for it.
    yield index_over(table, rule, (_ordered(table, field, nulls=rule.source is None) for field in rule.fields))


def index_over(table: sa.Table, rule: Index | Unique, expressions: Iterable[sa.ColumnElement[object]]) -> DatabaseIndex:
    """The index of a rule over expressions of its table; it has some of the rows only, if the rule has a condition."""
    where = None if rule.where is None else condition_on(table, rule.where)
    unique = isinstance(rule, Unique)
    indexed = rule.fields if isinstance(rule, Unique) else rule.indexed
    return DatabaseIndex(
        schema=str(table.schema),
        table=table.name,
        name=rule.name,
        rules=(rule.name,),
        columns=tuple(each.stored for each in indexed if isinstance(each, Column)),
        expressions=tuple(condition(node_of(each)) for each in indexed if isinstance(each, Lowered)),
        unique=unique,
        create=statement_text(CreateIndex(sa.Index(rule.name, *expressions, unique=unique, postgresql_where=where))),
    )


def indexed_expression(table: sa.Table, indexed: Indexed) -> sa.ColumnElement[object]:
    """What an index is over in one of its places."""
    column = table.c[column_behind(indexed).name]
    return lowered(column) if isinstance(indexed, Lowered) else column


def _ordered(table: sa.Table, field: IndexField, *, nulls: bool) -> sa.ColumnElement[object]:
    if not isinstance(field, Descending):
        return indexed_expression(table, field)
    column = table.c[field.column.name].desc()
    # Repositories order nulls last, and only an index with NULLS LAST can serve that order.
    return column.nulls_last() if nulls and field.column.nullable else column
