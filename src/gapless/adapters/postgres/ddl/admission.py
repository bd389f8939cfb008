"""Checks admission guards at the end of a statement: a row enters only while its parent satisfies a predicate."""

from __future__ import annotations

from gapless.adapters.postgres.ddl.parents import Parents
from gapless.adapters.postgres.sql.text import indented, is_not_true, qualified, refusal
from gapless.kit import AdmissionGuard, Model
from gapless.kit.model import Validated


def admission(schema: str, parents: Parents, model: Model[Validated], rule: AdmissionGuard, keys: str) -> str:
    """The PL/pgSQL statement that refuses rows which enter below a parent that does not satisfy the predicate.

    The trigger has locked the parents before, so none of them stops satisfying it until this transaction ends.

    Args:
        schema: the PostgreSQL schema.
        parents: the parents of the rows.
        model: the model of the entity that declares the rule.
        rule: the rule.
        keys: the variable with the keys of the parents below which rows have entered.
    """
    check = (
        f"IF EXISTS (\n"
        f"    SELECT FROM {qualified(schema, parents.model.stored)} AS parent\n"
        f"    WHERE {parents.among(keys, 'parent.')} AND {is_not_true(rule.parent, 'parent')}\n"
        f") THEN\n{indented(refusal(rule, model.stored))}\nEND IF;"
    )
    return f"IF {keys} IS NOT NULL THEN\n{indented(check)}\nEND IF;"
