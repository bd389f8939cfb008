"""Defines indexes, which make reading fast; unique rules have them as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from gapless.adapters.postgres.sql.objects import DatabaseIndex
from gapless.adapters.postgres.sql.predicates import condition_on
from gapless.adapters.postgres.sql.text import statement_text
from gapless.kit import Index, Model, Unique
from gapless.kit.kinds import Descending, Ordering
from gapless.kit.model import Validated


def index_objects(table: sa.Table, _: Model[Validated], rule: Index) -> Iterator[DatabaseIndex]:
    """The index of a rule; it is created behind its table."""
    # An index that has a source is defined exactly as the source asks for it.
    yield index_over(table, rule, (_ordered(table, field, nulls=rule.source is None) for field in rule.fields))


def index_over(table: sa.Table, rule: Index | Unique, expressions: Iterable[sa.ColumnElement[object]]) -> DatabaseIndex:
    """The index of a rule over expressions of its table; it has some of the rows only, if the rule has a condition."""
    where = None if rule.where is None else condition_on(table, rule.where)
    unique = isinstance(rule, Unique)
    return DatabaseIndex(
        schema=str(table.schema),
        table=table.name,
        name=rule.name,
        rules=(rule.name,),
        columns=tuple(column.stored for column in rule.columns),
        unique=unique,
        create=statement_text(CreateIndex(sa.Index(rule.name, *expressions, unique=unique, postgresql_where=where))),
    )


def _ordered(table: sa.Table, field: Ordering, *, nulls: bool) -> sa.ColumnElement[object]:
    if not isinstance(field, Descending):
        return table.c[field.name]
    column = table.c[field.column.name].desc()
    # Repositories order nulls last, and only an index with NULLS LAST can serve that order.
    return column.nulls_last() if nulls and field.column.nullable else column
