"""Predicates over one row: checks of a table."""

from __future__ import annotations

import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import condition_on
from gapless.kit import Catalogue, Check


def add_check(_: Catalogue, table: sa.Table, rule: Check) -> None:
    """Adds a check."""
    table.append_constraint(sa.CheckConstraint(condition_on(table, rule.holds), name=rule.name))
