"""Append-only tables: rows are never changed, and removed only with their parent; whatever the role or the setting."""

from __future__ import annotations

from gapless.adapters.postgres.definitions.sql_text import (
    RESTRICT_VIOLATION,
    function,
    qualified,
    quoted,
    refusal,
)
from gapless.domain.rules import AppendOnly, Catalogue, Model
from gapless.domain.rules.model import Judged


def append_only_statements(catalogue: Catalogue, schema: str, model: Model[Judged]) -> list[str]:
    """The functions and triggers that keep the rows of a table as they are."""
    return [text for rule in model.of_kind(AppendOnly) for text in _guard(catalogue, schema, model, rule)]


def _guard(catalogue: Catalogue, schema: str, model: Model[Judged], rule: AppendOnly) -> list[str]:
    name, table = qualified(schema, f"keep_{rule.name}"), qualified(schema, model.table)
    parent = catalogue.by_entity[rule.through.to]
    key, reference = quoted(parent.key[0]), quoted(rule.through.fields[0].name)
    body = (
        f"IF TG_OP = 'DELETE' THEN\n"
        # A cascade comes after its parent is gone.
        f"    IF NOT EXISTS (SELECT FROM {qualified(schema, parent.table)} WHERE {key} = OLD.{reference}) THEN\n"
        f"        RETURN OLD;\n    END IF;\nEND IF;\n{refusal(rule, model.table, RESTRICT_VIOLATION)}"
    )
    rows, truncate = quoted(rule.name), quoted(f"{rule.name}_truncate")
    return [
        function(name, body),
        f"CREATE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {table}\nFOR EACH ROW EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table}\nFOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        # Always: also under session_replication_role = replica, which silences other triggers.
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {rows}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {truncate}",
    ]
