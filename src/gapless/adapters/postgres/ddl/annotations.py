"""What follows from the annotation of one column: what its definition leaves open is a check of the table."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import Expression
from gapless.adapters.postgres.sql.readable import is_member, kept_condition
from gapless.kit import Catalogue, DataType, EnumMember


def add_storable(_: Catalogue, table: sa.Table, rule: DataType) -> None:
    """Adds what a column must hold beyond what its type says; most of the rule is in the column."""
    if (kept := kept_condition(rule.column)) is not None:
        table.append_constraint(sa.CheckConstraint(kept, name=rule.name))


def add_members(_: Catalogue, table: sa.Table, rule: EnumMember) -> None:
    """Adds the check of an enumeration's members."""
    members = is_member(cast(Expression, table.c[rule.column.name]), rule.column)
    table.append_constraint(sa.CheckConstraint(members, name=rule.name))
