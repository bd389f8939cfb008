"""All definitions of a catalogue as statements, in the order in which a database takes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from gapless.adapters.postgres.definitions.append_only import append_only_statements
from gapless.adapters.postgres.definitions.constant_keys import constant_key_statements
from gapless.adapters.postgres.definitions.count_rules import numbered_rules, parent_statements, store_owned_columns
from gapless.adapters.postgres.definitions.sql_text import DIALECT, qualified
from gapless.adapters.postgres.definitions.tables import metadata, table_of
from gapless.adapters.postgres.definitions.transitions import transition_statements
from gapless.adapters.postgres.definitions.triggers import child_statements
from gapless.domain.rules import Catalogue, Model
from gapless.domain.rules.model import Judged

NOTHING = Catalogue(())


def create_statements(catalogue: Catalogue, schema: str, *, beyond: Catalogue | None = None) -> list[str]:
    """The statements that create everything a catalogue declares; the schema itself is there already.

    A host that declares entities of its own puts `create_statements(GAPLESS + mine, schema, beyond=GAPLESS)` into a
    migration of its own, one statement a call.

    Args:
        catalogue: the entities and rules.
        schema: the PostgreSQL schema that holds them.
        beyond: what is there already, and of which nothing is created again.

    Returns:
        One statement each, without a semicolon at its end: tables with their indexes, columns that rules add to tables
        which are there, functions and triggers.

    Raises:
        InvalidValue: no schema can have that name.
    """
    there = beyond or NOTHING
    added = [model for model in catalogue.models if model.entity not in there.by_entity]
    tables = metadata(catalogue, schema)
    statements = [text for model in added for text in _table_statements(table_of(tables, model), model)]
    statements += _added_columns(catalogue, schema, there)
    for model in added:
        statements += constant_key_statements(schema, model)
        statements += append_only_statements(catalogue, schema, model)
        statements += transition_statements(schema, model)
        statements += child_statements(catalogue, schema, model)
    for number, model, rule in numbered_rules(catalogue):
        if model in added:
            statements += parent_statements(catalogue, schema, number, model, rule)
    return statements


def _table_statements(table: sa.Table, model: Model[Judged]) -> list[str]:
    declared = [rule.name for rule in model.rules]
    indexes = sorted(table.indexes, key=lambda index: declared.index(str(index.name)))
    return [_text(CreateTable(table)), *(_text(CreateIndex(index)) for index in indexes)]


def _added_columns(catalogue: Catalogue, schema: str, there: Catalogue) -> list[str]:
    statements = []
    for parent in there.models:
        old = {column.name for column in store_owned_columns(there, parent)}
        new = [column for column in store_owned_columns(catalogue, parent) if column.name not in old]
        table = qualified(schema, parent.table)
        statements += [f"ALTER TABLE {table} ADD COLUMN {_text(CreateColumn(column))}" for column in new]
    return statements


def _text(definition: sa.ClauseElement) -> str:
    lines = str(definition.compile(dialect=DIALECT)).replace("\t", "    ").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())
