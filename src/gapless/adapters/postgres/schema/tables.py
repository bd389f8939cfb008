"""Defines the tables of a catalogue: columns, and keys, checks and references, each under the name of its rule."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from gapless.adapters.postgres.ddl.invariants import store_owned_columns
from gapless.adapters.postgres.ddl.registry import DEFINITIONS
from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.text import checked_schema, statement_text
from gapless.kit import Catalogue, Model, VersionStep
from gapless.kit.model import Validated

FILLFACTOR = 85
"""How full pages of rows that change become, in per cent."""
ROOMY = "gapless_roomy"
"""Says of a table, in `info`, whether its pages keep room for new versions of its rows."""


def metadata(catalogue: Catalogue, schema: str) -> sa.MetaData:
    """Defines the tables of all entities of a catalogue.

    The parent of an invariant has columns of the store behind the columns of the entity. No column of an entity has a
    default, because the domain gives every value.

    Args:
        catalogue: the entities and rules.
        schema: the PostgreSQL schema for them.

    Raises:
        InvalidValue: the schema has no valid name.
    """
    tables = sa.MetaData(schema=checked_schema(schema))
    for model in catalogue.models:
        _add_table(tables, catalogue, model)
    return tables


def table_of(tables: sa.MetaData, model: Model[Validated]) -> sa.Table:
    """The table of an entity."""
    return tables.tables[f"{tables.schema}.{model.stored}"]


def create_table(table: sa.Table) -> str:
    """The statement that creates a table, with what its pages keep free.

    SQLAlchemy 2.0 knows no storage parameters of tables (decision 0044), so they are written here.
    """
    create = statement_text(CreateTable(table))
    return f"{create}\n WITH (fillfactor = {FILLFACTOR})" if table.info[ROOMY] else create


def _add_table(tables: sa.MetaData, catalogue: Catalogue, model: Model[Validated]) -> None:
    # PostgreSQL names the first column that lacks a value. So the columns have the order in which the validator checks.
    columns = [
        # A key of one whole number would get a sequence for a default, which nobody has declared.
        sa.Column(c.stored, sql_type(c), key=c.name, nullable=c.nullable, autoincrement=False)
        for c in model.columns
    ]
    own = store_owned_columns(catalogue, model)
    # Where rows change, each page keeps room for new versions of its rows: PostgreSQL then adds nothing to the indexes
    # unless an indexed column changes (decision 0050).
    info = {ROOMY: bool(own) or bool(model.of_kind(VersionStep))}
    table = sa.Table(model.stored, tables, *columns, *own, info=info)
    for rule in model.rules:
        definition = DEFINITIONS.of(rule)
        if definition.in_table is not None:
            definition.in_table(catalogue, table, rule)
