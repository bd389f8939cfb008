"""The tables of a catalogue: columns, keys, checks, references and indexes, each under the name of its rule."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from gapless.adapters.postgres.definitions.count_rules import store_owned_columns
from gapless.adapters.postgres.definitions.sql_text import checked_schema, quoted
from gapless.adapters.postgres.predicates import COLUMN_TYPES, Expression, SqlCompiler
from gapless.adapters.postgres.readable import is_member, kept_condition
from gapless.kit import (
    Catalogue,
    Check,
    Index,
    Known,
    Model,
    OnDelete,
    PrimaryKey,
    Reference,
    Storable,
    Unique,
)
from gapless.kit.kinds import Descending, Ordering
from gapless.kit.model import Judged
from gapless.kit.predicates import Node


def metadata(catalogue: Catalogue, schema: str) -> sa.MetaData:
    """The tables of all entities of a catalogue.

    The parent of count rules has columns of the store's own behind those of the entity. No column has a default: the
    domain gives every value.

    Args:
        catalogue: the entities and rules.
        schema: the PostgreSQL schema that holds them.

    Raises:
        InvalidValue: no schema can have that name.
    """
    tables = sa.MetaData(schema=checked_schema(schema))
    for model in catalogue.models:
        _add_table(tables, catalogue, model)
    return tables


def table_of(tables: sa.MetaData, model: Model[Judged]) -> sa.Table:
    """The table of an entity."""
    return tables.tables[f"{tables.schema}.{model.table}"]


def _add_table(tables: sa.MetaData, catalogue: Catalogue, model: Model[Judged]) -> None:
    # PostgreSQL names the first column that lacks a value, so the columns stand in the order of the judge.
    columns = [sa.Column(c.name, COLUMN_TYPES[c.type], nullable=c.nullable) for c in model.columns]
    table = sa.Table(model.table, tables, *columns, *store_owned_columns(catalogue, model))
    for rule in model.rules:
        match rule:
            case PrimaryKey():
                table.append_constraint(sa.PrimaryKeyConstraint(*(c.name for c in rule.key), name=rule.name))
            case Known():
                members = is_member(cast(Expression, table.c[rule.column.name]), rule.column)
                table.append_constraint(sa.CheckConstraint(members, name=rule.name))
            case Check():
                table.append_constraint(sa.CheckConstraint(_expression(table, rule.holds), name=rule.name))
            case Reference():
                table.append_constraint(_foreign_key(tables, catalogue.parent(rule), rule))
            case Storable(column=column) if (kept := kept_condition(column)) is not None:
                table.append_constraint(sa.CheckConstraint(kept, name=rule.name))
            case Unique():
                _add_index(table, rule.name, rule.fields, rule.where, unique=True, nulls=False)
            case Index():
                # An index of the source stands exactly as it was asked for.
                _add_index(table, rule.name, rule.fields, rule.where, unique=False, nulls=rule.source is None)
            case _:
                pass  # Required and most of Storable are in the columns, the others in triggers.


def _expression(table: sa.Table, node: Node) -> sa.ColumnElement[bool]:
    compiled = SqlCompiler(lambda column: cast(Expression, table.c[column.name])).expression(node)
    return cast("sa.ColumnElement[bool]", compiled)


def _foreign_key(tables: sa.MetaData, parent: Model[Judged], rule: Reference) -> sa.ForeignKeyConstraint:
    action = rule.on_delete.value
    if rule.on_delete is OnDelete.SET_NULL:
        # Without the list the tenant's column would be cleared too, and its NOT NULL refuse the deletion.
        action += f" ({', '.join(quoted(column.name) for column in rule.nulled)})"
    target = [f"{tables.schema}.{parent.table}.{name}" for name in parent.key]
    return sa.ForeignKeyConstraint([column.name for column in rule.fields], target, name=rule.name, ondelete=action)


def _add_index(
    table: sa.Table, name: str, fields: tuple[Ordering, ...], where: Node | None, *, unique: bool, nulls: bool
) -> None:
    expressions = [_ordered(table, field, nulls=nulls) for field in fields]
    holds = None if where is None else _expression(table, where)
    sa.Index(name, *expressions, unique=unique, postgresql_where=holds)


def _ordered(table: sa.Table, field: Ordering, *, nulls: bool) -> sa.ColumnElement[object]:
    if not isinstance(field, Descending):
        return table.c[field.name]
    column = table.c[field.column.name].desc()
    # Repositories order nulls last, which only an index that says so can serve.
    return column.nulls_last() if nulls and field.column.nullable else column
