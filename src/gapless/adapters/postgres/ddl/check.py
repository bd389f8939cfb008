"""Defines the checks of a table, each of which is a predicate over one row."""

from __future__ import annotations

import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import condition_on
from gapless.kit import Catalogue, Check


def add_check(_: Catalogue, table: sa.Table, rule: Check) -> None:
    """Adds the check of a rule to its table."""
    table.append_constraint(sa.CheckConstraint(condition_on(table, rule.holds), name=rule.name))
