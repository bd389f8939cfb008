"""Defines rules over a change of one row: a trigger at the end of the statement fires only for a refused change."""

from __future__ import annotations

from gapless.adapters.postgres.sql.objects import AFTER, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import is_false, is_false_of_change, refusal
from gapless.kit import Catalogue, Model, Transition
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE


def transition_objects(_: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers that refuse changes of the rows of a table."""
    return [found for rule in model.of_kind(Transition) for found in _checking(schema, model, rule)]


def _checking(schema: str, model: Model[Validated], rule: Transition) -> list[Marked]:
    refuse = Function(
        schema=schema,
        name=f"refuse_{rule.name}",
        declared_by=model.stored,
        rules=(rule.name,),
        body=refusal(rule, model.stored),
        definer=False,
    )
    # The trigger has the condition, so that a change which passes costs no call of the function. An added row is
    # checked too, because otherwise a removal and an insert would go around the rule (decision 0013).
    refused = {"UPDATE": is_false_of_change(rule.holds)}
    if rule.added is not TRUE:
        refused["INSERT"] = is_false(rule.added, "NEW")
    return [refuse, *(_trigger(model.stored, refuse, rule.name, event, when) for event, when in refused.items())]


def _trigger(table: str, refuse: Function, rule: str, event: str, when: str) -> Trigger:
    return Trigger(
        table=table,
        name=f"{event.lower()}_{rule}",
        calls=refuse,
        moment=AFTER,
        events=(event,),
        when=when,
    )
