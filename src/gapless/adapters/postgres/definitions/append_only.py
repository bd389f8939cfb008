"""Append-only tables: rows are never changed, and removed only with their parent; whatever the role or the setting.

What goes with its parent is moved to an archive, if the rule names one, so that plain SQL loses no evidence either.
"""

from __future__ import annotations

import attrs

from gapless.adapters.postgres.definitions.objects import AFTER, BEFORE, OLD_ROWS, Function, Marked, Trigger
from gapless.adapters.postgres.definitions.sql_text import RESTRICT_VIOLATION, qualified, quoted, refusal
from gapless.domain.rules import AppendOnly, Catalogue, Model
from gapless.domain.rules.model import TENANT, Judged


def append_only_objects(catalogue: Catalogue, schema: str, model: Model[Judged]) -> list[Marked]:
    """The functions and triggers that keep the rows of a table as they are."""
    objects: list[Marked] = []
    for rule in model.of_kind(AppendOnly):
        objects += _guard(catalogue, schema, model, rule)
        if rule.archive is not None:
            objects += _archiving(catalogue, schema, model, rule, catalogue.by_entity[rule.archive])
    return objects


def _guard(catalogue: Catalogue, schema: str, model: Model[Judged], rule: AppendOnly) -> list[Marked]:
    body = f"{_spared(catalogue, schema, rule)}{refusal(rule, model.table, RESTRICT_VIOLATION)}"
    guard = Function(schema=schema, name=f"keep_{rule.name}", declared_by=model.table, rules=(rule.name,), body=body)
    changes = Trigger(
        schema=schema,
        table=model.table,
        name=rule.name,
        declared_by=model.table,
        rules=guard.rules,
        function=guard.name,
        moment=BEFORE,
        events=("UPDATE", "DELETE"),
        always=True,
    )
    truncation = attrs.evolve(changes, name=f"{rule.name}_truncate", events=("TRUNCATE",), each_row=False)
    return [guard, changes, truncation]


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
) -> list[Marked]:
    """What moves the rows that went with their parent to the archive."""
    columns = ", ".join(quoted(column.name) for column in model.columns)
    body = (
        f"INSERT INTO {qualified(schema, archive.table)} ({columns})\n"  # the names are those of declarations
        f"SELECT {columns} FROM {OLD_ROWS}{_not_erased(catalogue, schema, rule)}\n"
        # Whoever put a row there under this key before does not keep the parent from being removed.
        f"ON CONFLICT DO NOTHING;\nRETURN NULL;"
    )
    name = f"archive_{model.table}"
    trigger = Trigger(
        schema=schema,
        table=model.table,
        name=name,
        declared_by=model.table,
        rules=(rule.name,),
        function=name,
        moment=AFTER,
        events=("DELETE",),
        each_row=False,
        transition=(OLD_ROWS,),
        always=True,
    )
    return [Function(schema=schema, name=name, declared_by=model.table, rules=(rule.name,), body=body), trigger]


def _not_erased(catalogue: Catalogue, schema: str, rule: AppendOnly) -> str:
    """The clause that leaves out the rows of organizations of which nothing is to be kept."""
    if rule.erased_by is None:
        return ""
    table, tenant = qualified(schema, catalogue.by_entity[rule.erased_by].table), quoted(TENANT)
    erasure = f"SELECT FROM {table} AS erasure WHERE erasure.{tenant} = {OLD_ROWS}.{tenant}"  # as above
    return f"\nWHERE NOT EXISTS (\n    {erasure}\n)"
