"""Keys that never change: a trigger before the update refuses another key, ahead of every other rule."""

from __future__ import annotations

from gapless.adapters.postgres.definitions.objects import BEFORE, Function, Marked, Trigger
from gapless.adapters.postgres.definitions.sql_text import quoted, refusal
from gapless.domain.rules import ConstantKey, Model
from gapless.domain.rules.model import Judged


def constant_key_objects(schema: str, model: Model[Judged]) -> list[Marked]:
    """The function and the trigger that keep the keys of a table's rows as they are."""
    return [found for rule in model.of_kind(ConstantKey) for found in _keeping(schema, model, rule)]


def _keeping(schema: str, model: Model[Judged], rule: ConstantKey) -> tuple[Function, Trigger]:
    keep = Function(
        schema=schema,
        name=f"keep_{rule.name}",
        declared_by=model.table,
        rules=(rule.name,),
        body=refusal(rule, model.table),
        definer=False,
    )
    trigger = Trigger(
        schema=schema,
        table=model.table,
        name=rule.name,
        declared_by=model.table,
        rules=keep.rules,
        function=keep.name,
        moment=BEFORE,
        events=("UPDATE",),
        when=" OR ".join(f"NEW.{name} <> OLD.{name}" for name in (quoted(part.name) for part in rule.key)),
    )
    return keep, trigger
