"""Defines references: foreign keys, with what the removal of a row does to the rows that refer to it."""

from __future__ import annotations

import sqlalchemy as sa

from gapless.adapters.postgres.sql.text import quoted
from gapless.kit import Catalogue, OnDelete, Reference


def add_reference(catalogue: Catalogue, table: sa.Table, rule: Reference) -> None:
    """Adds the foreign key of a reference."""
    parent, action = catalogue.parent(rule), rule.on_delete.value
    if rule.on_delete is OnDelete.SET_NULL:
        # Without the list, PostgreSQL would set the tenant's column to null too, and its NOT NULL would refuse that.
        action += f" ({', '.join(quoted(column.name) for column in rule.nulled)})"
    target = [f"{table.schema}.{parent.table}.{name}" for name in parent.key]
    columns = [column.name for column in rule.fields]
    table.append_constraint(sa.ForeignKeyConstraint(columns, target, name=rule.name, ondelete=action))
