"""Defines references: foreign keys, with what the removal of a row does to the rows that refer to it.

Behind a reference of several columns stand statistics. The tenant follows from the row that is referred to, and the
planner, which takes columns for independent, would expect hardly any rows where there are thousands (decision 0050).
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from gapless.adapters.postgres.sql.objects import DatabaseStatistics
from gapless.adapters.postgres.sql.text import qualified, quoted
from gapless.kit import Catalogue, OnDelete, Reference
from gapless.kit.object_names import statistics_name

COUNTED = {"d": "ndistinct", "f": "dependencies"}
"""What is counted of the columns: how many values they have together, and how far one follows from another."""


def add_reference(catalogue: Catalogue, table: sa.Table, rule: Reference) -> None:
    """Adds the foreign key of a reference."""
    parent, action = catalogue.parent(rule), rule.on_delete.value
    if rule.on_delete is OnDelete.SET_NULL:
        # Without the list, PostgreSQL would set the tenant's column to null too, and its NOT NULL would refuse that.
        action += f" ({', '.join(quoted(column.name) for column in rule.nulled)})"
    target = [f"{table.schema}.{parent.table}.{name}" for name in parent.key]
    columns = [column.name for column in rule.fields]
    table.append_constraint(sa.ForeignKeyConstraint(columns, target, name=rule.name, ondelete=action))


def statistics_objects(table: sa.Table, rule: Reference) -> Iterator[DatabaseStatistics]:
    """The statistics over the columns of a reference; one column has the server's own."""
    name = statistics_name(table.name, rule)
    if not name:
        return
    schema, referring = str(table.schema), {column.name for column in rule.fields}
    # The server keeps them in the order of the table, whatever the statement says.
    columns = tuple(column.name for column in table.columns if column.name in referring)
    create = (
        f"CREATE STATISTICS {qualified(schema, name)} ({', '.join(COUNTED.values())})\n"
        f"ON {', '.join(map(quoted, columns))} FROM {qualified(schema, table.name)}"
    )
    yield DatabaseStatistics(
        schema=schema, table=table.name, name=name, columns=columns, kinds="".join(COUNTED), create=create
    )
