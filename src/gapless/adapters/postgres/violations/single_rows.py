"""Finds rows that break a rule about one row."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.predicates import Expression
from gapless.adapters.postgres.sql.readable import is_member, kept_condition
from gapless.adapters.postgres.sql.text import DIALECT, is_false, quoted
from gapless.adapters.postgres.violations.violation_query import ViolationQuery, select, table_of
from gapless.kit import Catalogue, Check, DataType, EnumMember, Model, Required
from gapless.kit.model import Validated


def check_violations(_: Catalogue, schema: str, model: Model[Validated], rule: Check) -> ViolationQuery:
    """The rows for which the condition of a check is false."""
    return select(model, table_of(schema, model), [is_false(rule.holds)])


def data_type_violations(_: Catalogue, schema: str, model: Model[Validated], rule: DataType) -> ViolationQuery | None:
    """The rows with a value that a data type can't represent; None if the type of the column says all of it."""
    kept = kept_condition(rule.column)
    return None if kept is None else select(model, table_of(schema, model), [f"({kept}) IS FALSE"])


def member_violations(_: Catalogue, schema: str, model: Model[Validated], rule: EnumMember) -> ViolationQuery:
    """The rows with a text that is no member of the enumeration."""
    column = cast(Expression, sa.literal_column(quoted(rule.column.stored), sql_type(rule.column)))
    members = is_member(column, rule.column).compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    return select(model, table_of(schema, model), [f"({members}) IS FALSE"])


def required_violations(_: Catalogue, schema: str, model: Model[Validated], rule: Required) -> ViolationQuery:
    """The rows whose column is null."""
    return select(model, table_of(schema, model), [f"{quoted(rule.column.stored)} IS NULL"])
