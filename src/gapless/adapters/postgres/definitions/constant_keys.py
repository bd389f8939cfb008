"""Keys that never change: a trigger before the update refuses another key, ahead of every other rule."""

from __future__ import annotations

from gapless.adapters.postgres.definitions.sql_text import function, qualified, quoted, refusal
from gapless.domain.rules import ConstantKey, Model
from gapless.domain.rules.model import Judged


def constant_key_statements(schema: str, model: Model[Judged]) -> list[str]:
    """The function and the trigger that keep the keys of a table's rows as they are."""
    statements = []
    for rule in model.of_kind(ConstantKey):
        name = qualified(schema, f"keep_{rule.name}")
        changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in (quoted(part.name) for part in rule.key))
        statements += [
            function(name, refusal(rule, model.table), definer=False),
            (
                f"CREATE TRIGGER {quoted(rule.name)} BEFORE UPDATE ON {qualified(schema, model.table)}\n"
                f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {name}()"
            ),
        ]
    return statements
