"""Defines unique rules: each is a unique index, because an index can leave rows out, and a constraint can't."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from gapless.adapters.postgres.ddl.index import index_over, indexed_expression
from gapless.adapters.postgres.sql.objects import DatabaseIndex
from gapless.kit import Model, Unique
from gapless.kit.model import Validated


def unique_objects(table: sa.Table, _: Model[Validated], rule: Unique) -> Iterator[DatabaseIndex]:
    """The unique index of a rule; it is created behind its table."""
    yield index_over(table, rule, (indexed_expression(table, each) for each in rule.fields))
