"""Finds rows that break a rule together with another row of their table."""

from __future__ import annotations

from gapless.adapters.postgres.ddl.exclusion import range_type
from gapless.adapters.postgres.sql.text import condition, indented, qualified, quoted
from gapless.adapters.postgres.violations.violation_query import ViolationQuery, below, select, table_of
from gapless.kit import Catalogue, Exclusion, Model, Unique
from gapless.kit.lowered_columns import node_of
from gapless.kit.model import Validated

TWINS = "gapless_twins"
"""The column with the number of rows that have the same values."""


def unique_violations(_: Catalogue, schema: str, model: Model[Validated], rule: Unique) -> ViolationQuery:
    """The rows that have the same values as another one; a null equals nothing."""
    fields = [condition(node_of(each)) for each in rule.fields]
    given = [f"{quoted(column.stored)} IS NOT NULL" for column in rule.columns]
    given += [] if rule.where is None else [f"({condition(rule.where)})"]
    keys = ", ".join(quoted(column.stored) for column in model.key_columns)
    counted = f"count(*) OVER (PARTITION BY {', '.join(fields)}) AS {TWINS}"
    rows = f"SELECT {keys}, {counted}\nFROM {table_of(schema, model)}\nWHERE {' AND '.join(given)}"  # as below
    return select(model, below(rows, "counted"), [f"{TWINS} > 1"])


def exclusion_violations(_: Catalogue, schema: str, model: Model[Validated], rule: Exclusion) -> ViolationQuery:
    """The rows whose range overlaps that of another row which agrees with them."""
    among = [] if rule.where is None else [f"({condition(rule.where, row)})" for row in ("one", "other")]
    same = [f"other.{quoted(column.stored)} = one.{quoted(column.stored)}" for column in rule.fields]
    is_other = " OR ".join(
        f"other.{quoted(column.stored)} <> one.{quoted(column.stored)}" for column in model.key_columns
    )
    conditions = [*among[1:], *same, f"{_range(rule, 'other')} && {_range(rule, 'one')}", f"({is_other})"]
    others = f"SELECT FROM {qualified(schema, model.stored)} AS other\nWHERE {' AND '.join(conditions)}"
    exists = f"EXISTS (\n{indented(indented(others))}\n    )"
    return select(model, table_of(schema, model, "one"), [*among[:1], exists], "one")


def _range(rule: Exclusion, row: str) -> str:
    """The range of a row; null if it would end before it begins, which another rule refuses."""
    start, end = (f"{row}.{quoted(column.stored)}" for column in (rule.start, rule.end))
    return f"CASE WHEN {start} > {end} THEN NULL ELSE pg_catalog.{range_type(rule)}({start}, {end}, '[)') END"
