"""Keys that never change: a trigger before the update refuses another key, ahead of every other rule."""

from __future__ import annotations

from gapless.adapters.postgres.definitions.objects import BEFORE, Function, Marked, Trigger
from gapless.adapters.postgres.definitions.sql_text import quoted, refusal
from gapless.domain.rules import ConstantKey, Model
from gapless.domain.rules.model import Judged


def constant_key_objects(schema: str, model: Model[Judged]) -> list[Marked]:
    """The function and the trigger that keep the keys of a table's rows as they are."""
    objects: list[Marked] = []
    for rule in model.of_kind(ConstantKey):
        name, rules = f"keep_{rule.name}", (rule.name,)
        changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in (quoted(part.name) for part in rule.key))
        objects += [
            Function(
                schema=schema,
                name=name,
                declared_by=model.table,
                rules=rules,
                body=refusal(rule, model.table),
                definer=False,
            ),
            Trigger(
                schema=schema,
                table=model.table,
                name=rule.name,
                declared_by=model.table,
                rules=rules,
                function=name,
                moment=BEFORE,
                events=("UPDATE",),
                when=changed,
            ),
        ]
    return objects
