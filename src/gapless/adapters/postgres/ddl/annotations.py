"""Defines what follows from the annotation of a column: a check of the table has what the column's type leaves open."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import Expression
from gapless.adapters.postgres.sql.readable import is_member, kept_condition
from gapless.kit import Catalogue, DataType, EnumMember


def add_data_type(_: Catalogue, table: sa.Table, rule: DataType) -> None:
    """Adds the check of a data type, if the type of the column does not say all of it."""
    if (kept := kept_condition(rule.column)) is not None:
        # A plain text would be searched for parameters, which begin with a colon.
        table.append_constraint(sa.CheckConstraint(sa.literal_column(kept), name=rule.name))


def add_members(_: Catalogue, table: sa.Table, rule: EnumMember) -> None:
    """Adds the check that a column holds a member of its enumeration."""
    members = is_member(cast(Expression, table.c[rule.column.name]), rule.column)
    table.append_constraint(sa.CheckConstraint(members, name=rule.name))
