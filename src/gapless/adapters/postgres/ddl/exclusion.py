"""Defines exclusions: each is a constraint over a GiST index, which needs an extension.

See docs/decisions/0038-exclusion.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import STORED
from gapless.adapters.postgres.sql.objects import Constraint
from gapless.adapters.postgres.sql.text import condition, qualified, quoted
from gapless.kit import Exclusion, Model
from gapless.kit.model import Validated

EXTENSION = "btree_gist"
"""The extension by which an index over ranges can also compare ids, texts, numbers, times and booleans."""


def exclusion_objects(table: sa.Table, _: Model[Validated], rule: Exclusion) -> Iterator[Constraint]:
    """The constraint; it is created behind its table, so that the server checks it in the place of its rule."""
    schema, name = str(table.schema), quoted(rule.name)
    parts = [f"{quoted(column.stored)} WITH =" for column in rule.fields]
    bounds = f"{quoted(rule.start.stored)}, {quoted(rule.end.stored)}"
    parts.append(f"pg_catalog.{range_type(rule)}({bounds}, '[)') WITH &&")
    where = "" if rule.where is None else f" WHERE ({condition(rule.where)})"
    yield Constraint(
        schema=schema,
        table=table.name,
        name=rule.name,
        rules=(rule.name,),
        letter="x",
        columns=tuple(column.stored for column in rule.fields),  # the range is an expression, and no column
        create=f"ALTER TABLE {qualified(schema, table.name)}\n"
        f"ADD CONSTRAINT {name} EXCLUDE USING gist ({', '.join(parts)}){where}",
        is_in_table=False,
    )


def range_type(rule: Exclusion) -> str:
    """The type of the ranges that an exclusion compares."""
    return cast(str, STORED.of(rule.start.type).range)  # only what has ranges is declared
