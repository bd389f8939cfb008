"""Rules over one row: the checks of a table, each under the name of its rule."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import Expression, SqlCompiler
from gapless.adapters.postgres.sql.readable import is_member, kept_condition
from gapless.kit import Catalogue, Check, Known, PrimaryKey, Storable
from gapless.kit.predicates import Node


def add_storable(_: Catalogue, table: sa.Table, rule: Storable) -> None:
    """Adds what a column must hold beyond what its type says; most of the rule is in the column."""
    if (kept := kept_condition(rule.column)) is not None:
        table.append_constraint(sa.CheckConstraint(kept, name=rule.name))


def add_members(_: Catalogue, table: sa.Table, rule: Known) -> None:
    """Adds the check of an enumeration's members."""
    members = is_member(cast(Expression, table.c[rule.column.name]), rule.column)
    table.append_constraint(sa.CheckConstraint(members, name=rule.name))


def add_check(_: Catalogue, table: sa.Table, rule: Check) -> None:
    """Adds a check."""
    table.append_constraint(sa.CheckConstraint(row_condition(table, rule.holds), name=rule.name))


def add_primary_key(_: Catalogue, table: sa.Table, rule: PrimaryKey) -> None:
    """Adds the key."""
    table.append_constraint(sa.PrimaryKeyConstraint(*(c.name for c in rule.key), name=rule.name))


def row_condition(table: sa.Table, node: Node) -> sa.ColumnElement[bool]:
    """A predicate over the columns of a table."""
    compiled = SqlCompiler(lambda column: cast(Expression, table.c[column.name])).expression(node)
    return cast("sa.ColumnElement[bool]", compiled)
