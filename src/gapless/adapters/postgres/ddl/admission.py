"""Admission guards: a row enters only while its parent satisfies a predicate; checked at the end of the statement."""

from __future__ import annotations

from gapless.adapters.postgres.sql.text import indented, is_not_true, qualified, quoted, refusal
from gapless.kit import AdmissionGuard, Model
from gapless.kit.model import Validated


def admission(
    schema: str, parent: Model[Validated], model: Model[Validated], rule: AdmissionGuard, parents: str
) -> str:
    """The PL/pgSQL statement that refuses rows that enter below parents which do not satisfy the predicate.

    The parents are locked by then: none of them can stop to satisfy it before this transaction ends.

    Args:
        schema: the PostgreSQL schema.
        parent: the parents' entity.
        model: the entity that declares the rule.
        rule: the rule.
        parents: the variable that holds the keys of the parents below which rows entered.
    """
    check = (
        f"IF EXISTS (\n"
        f"    SELECT FROM {qualified(schema, parent.table)} AS parent\n"
        f"    WHERE parent.{quoted(parent.key[0])} = ANY ({parents}) AND {is_not_true(rule.parent, 'parent')}\n"
        f") THEN\n{indented(refusal(rule, model.table))}\nEND IF;"
    )
    return f"IF {parents} IS NOT NULL THEN\n{indented(check)}\nEND IF;"
