"""The rights that an application's role needs, read from the catalogue."""

from __future__ import annotations

from gapless.adapters.postgres.definitions.count_rules import store_owned_columns
from gapless.adapters.postgres.definitions.locks import lock_function
from gapless.adapters.postgres.definitions.sql_text import checked_schema, qualified, quoted
from gapless.adapters.postgres.migrations.state import VERSION_TABLE
from gapless.domain.rules import AppendOnly, Catalogue, Model
from gapless.domain.rules.model import Judged


def grant_statements(catalogue: Catalogue, role: str, schema: str) -> list[str]:
    """The statements that grant a role what the repositories do, one each, without semicolons.

    Raises:
        InvalidValue: no schema can have that name.
    """
    to = f"TO {quoted(role)}"
    return [
        f"GRANT USAGE ON SCHEMA {quoted(checked_schema(schema))} {to}",
        f"GRANT SELECT ON {qualified(schema, VERSION_TABLE)} {to}",
        *(f"GRANT {_rights(catalogue, model)} ON {qualified(schema, model.table)} {to}" for model in catalogue.models),
        *(f"GRANT EXECUTE ON {lock_function(schema, root).target} {to}" for root in catalogue.roots),
    ]


def _rights(catalogue: Catalogue, model: Model[Judged]) -> str:
    archives = {rule.archive for _, rule in catalogue if isinstance(rule, AppendOnly)}
    if model.entity in archives:
        return "SELECT"  # what moves rows there has its owner's rights
    given = f"({', '.join(quoted(column.name) for column in model.given)})"
    insert = f"INSERT {given}" if model.filled else "INSERT"  # not what the store fills
    if model.of_kind(AppendOnly):
        return f"SELECT, {insert}"
    if not model.versioned:
        return f"SELECT, {insert}, DELETE"
    if not store_owned_columns(catalogue, model) and not model.filled:
        return "SELECT, INSERT, UPDATE, DELETE"
    # Not the columns by which the rules are judged: those are written by the triggers, with their owner's rights.
    return f"SELECT, INSERT {given}, UPDATE {given}, DELETE"
