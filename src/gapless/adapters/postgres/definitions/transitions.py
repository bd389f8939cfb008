"""Rules over a change of one row: a trigger at the end of the statement that fires only for what they refuse."""

from __future__ import annotations

from gapless.adapters.postgres.definitions.sql_text import (
    function,
    is_false,
    is_false_of_change,
    qualified,
    quoted,
    refusal,
)
from gapless.domain.rules import Model, Transition
from gapless.domain.rules.model import Judged
from gapless.domain.rules.predicates import TRUE


def transition_statements(schema: str, model: Model[Judged]) -> list[str]:
    """The functions and triggers that refuse changes of a table's rows."""
    return [text for rule in model.of_kind(Transition) for text in _judging(schema, model, rule)]


def _judging(schema: str, model: Model[Judged], rule: Transition) -> list[str]:
    name, table = qualified(schema, f"refuse_{rule.name}"), qualified(schema, model.table)
    refused = {"UPDATE": is_false_of_change(rule.holds)}
    if rule.added is not TRUE:
        refused["INSERT"] = is_false(rule.added, "NEW")
    triggers = [
        f"CREATE TRIGGER {quoted(f'refuse_{event.lower()}_{rule.name}')} AFTER {event} ON {table}\n"
        f"FOR EACH ROW WHEN ({holds}) EXECUTE FUNCTION {name}()"
        for event, holds in refused.items()
    ]
    return [function(name, refusal(rule, model.table), definer=False), *triggers]
