"""Append-only tables: rows are never changed, and removed only with their parent; whatever the role or the setting.

What goes with its parent is moved to an archive, if the rule names one, so that plain SQL loses no evidence either.
"""

from __future__ import annotations

from gapless.adapters.postgres.definitions.sql_text import (
    RESTRICT_VIOLATION,
    function,
    qualified,
    quoted,
    refusal,
)
from gapless.domain.rules import AppendOnly, Catalogue, Model
from gapless.domain.rules.model import TENANT, Judged


def append_only_statements(catalogue: Catalogue, schema: str, model: Model[Judged]) -> list[str]:
    """The functions and triggers that keep the rows of a table as they are."""
    statements = []
    for rule in model.of_kind(AppendOnly):
        statements += _guard(catalogue, schema, model, rule)
        if rule.archive is not None:
            statements += _archiving(catalogue, schema, model, rule, catalogue.by_entity[rule.archive])
    return statements


def _guard(catalogue: Catalogue, schema: str, model: Model[Judged], rule: AppendOnly) -> list[str]:
    name, table = qualified(schema, f"keep_{rule.name}"), qualified(schema, model.table)
    body = f"{_spared(catalogue, schema, rule)}{refusal(rule, model.table, RESTRICT_VIOLATION)}"
    rows, truncate = quoted(rule.name), quoted(f"{rule.name}_truncate")
    return [
        function(name, body),
        f"CREATE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {table}\nFOR EACH ROW EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table}\nFOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        # Always: also under session_replication_role = replica, which silences other triggers.
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {rows}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {truncate}",
    ]


def _spared(catalogue: Catalogue, schema: str, rule: AppendOnly) -> str:
    """The statement that lets a row go with its parent; a cascade comes after the parent is gone."""
    if rule.through is None:
        return ""
    parent = catalogue.by_entity[rule.through.to]
    key, reference = quoted(parent.key[0]), quoted(rule.through.fields[0].name)
    return (
        f"IF TG_OP = 'DELETE' THEN\n"
        f"    IF NOT EXISTS (SELECT FROM {qualified(schema, parent.table)} WHERE {key} = OLD.{reference}) THEN\n"
        f"        RETURN OLD;\n    END IF;\nEND IF;\n"
    )


def _archiving(
    catalogue: Catalogue, schema: str, model: Model[Judged], rule: AppendOnly, archive: Model[Judged]
) -> list[str]:
    """What moves the rows that went with their parent to the archive."""
    name, table = qualified(schema, f"archive_{model.table}"), qualified(schema, model.table)
    trigger = quoted(f"archive_{model.table}")
    columns = ", ".join(quoted(column.name) for column in model.columns)
    body = (
        f"INSERT INTO {qualified(schema, archive.table)} ({columns})\n"  # the names are those of declarations
        f"SELECT {columns} FROM old_rows{_not_erased(catalogue, schema, rule)}\n"
        # Whoever put a row there under this key before does not keep the parent from being removed.
        f"ON CONFLICT DO NOTHING;\nRETURN NULL;"
    )
    return [
        function(name, body),
        (
            f"CREATE TRIGGER {trigger} AFTER DELETE ON {table}\n"
            f"REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        ),
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}",
    ]


def _not_erased(catalogue: Catalogue, schema: str, rule: AppendOnly) -> str:
    """The clause that leaves out the rows of organizations of which nothing is to be kept."""
    if rule.erased_by is None:
        return ""
    table, tenant = qualified(schema, catalogue.by_entity[rule.erased_by].table), quoted(TENANT)
    erasure = f"SELECT FROM {table} AS erasure WHERE erasure.{tenant} = old_rows.{tenant}"  # as above
    return f"\nWHERE NOT EXISTS (\n    {erasure}\n)"
