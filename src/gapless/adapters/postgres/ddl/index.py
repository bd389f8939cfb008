"""Indexes: those that no two rows share, and those that make reading fast."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from gapless.adapters.postgres.ddl.check import row_condition
from gapless.adapters.postgres.sql.objects import Index
from gapless.adapters.postgres.sql.text import statement_text
from gapless.kit import Index as IndexRule
from gapless.kit import Unique
from gapless.kit.kinds import Descending, Ordering


def index_objects(table: sa.Table, rule: Unique | IndexRule) -> Iterator[Index]:
    """The index of a rule, which is made behind its table."""
    # An index of the source stands exactly as it was asked for.
    nulls = isinstance(rule, IndexRule) and rule.source is None
    expressions = [_ordered(table, field, nulls=nulls) for field in rule.fields]
    where = None if rule.where is None else row_condition(table, rule.where)
    unique = isinstance(rule, Unique)
    yield Index(
        schema=str(table.schema),
        table=table.name,
        name=rule.name,
        rules=(rule.name,),
        columns=tuple(column.name for column in rule.columns),
        unique=unique,
        create=statement_text(CreateIndex(sa.Index(rule.name, *expressions, unique=unique, postgresql_where=where))),
    )


def _ordered(table: sa.Table, field: Ordering, *, nulls: bool) -> sa.ColumnElement[object]:
    if not isinstance(field, Descending):
        return table.c[field.name]
    column = table.c[field.column.name].desc()
    # Repositories order nulls last, which only an index that says so can serve.
    return column.nulls_last() if nulls and field.column.nullable else column
