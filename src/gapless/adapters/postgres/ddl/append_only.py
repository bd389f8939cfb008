"""Keeps append-only tables: no role and no setting can change a row, or remove it without its parent.

Personal values can be erased from the columns that the rule names; such an update can change nothing else, and can put
no value back. Rows that are removed with their parent go to an archive, if the rule names one, so that plain SQL loses
no evidence either.
"""

from __future__ import annotations

import attrs

from gapless.adapters.postgres.sql.column_types import STORED
from gapless.adapters.postgres.sql.objects import AFTER, BEFORE, OLD_ROWS, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import RESTRICT_VIOLATION, qualified, quoted, refusal
from gapless.kit import AppendOnly, Catalogue, Model
from gapless.kit.columns import Column, ColumnType
from gapless.kit.model import Validated


def append_only_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers that keep the rows of a table as they are."""
    objects: list[Marked] = []
    for rule in model.of_kind(AppendOnly):
        objects += _guard(catalogue, schema, model, rule)
        if rule.archive is not None:
            objects += _archiving(catalogue, schema, model, rule, catalogue.by_entity[rule.archive])
    return objects


def _guard(catalogue: Catalogue, schema: str, model: Model[Validated], rule: AppendOnly) -> list[Marked]:
    refuse = refusal(rule, model.stored, RESTRICT_VIOLATION)
    body = f"{_erased(model, rule)}{_spared(catalogue, schema, model, rule)}{refuse}"
    guard = Function(schema=schema, name=f"keep_{rule.name}", declared_by=model.stored, rules=(rule.name,), body=body)
    changes = Trigger(
        table=model.stored,
        name=rule.name,
        calls=guard,
        moment=BEFORE,
        events=("UPDATE", "DELETE"),
        always=True,
    )
    truncation = attrs.evolve(changes, name=f"{rule.name}_truncate", events=("TRUNCATE",), each_row=False)
    return [guard, changes, truncation]


def _spared(catalogue: Catalogue, schema: str, model: Model[Validated], rule: AppendOnly) -> str:
    """The statement that lets a row be removed with its parent, which a cascade has removed before its children."""
    if rule.through is None:
        return ""
    links = [(quoted(own.stored), quoted(key.stored)) for own, key in catalogue.links(model, rule.through)]
    # A row that belongs to no root goes with none.
    given = "".join(f"OLD.{quoted(column.stored)} IS NOT NULL AND " for column in rule.through.nulled)
    found = " AND ".join(f"{key} = OLD.{own}" for own, key in links)
    table = qualified(schema, catalogue.parent(rule.through).stored)
    return (
        f"IF TG_OP = 'DELETE' THEN\n"
        f"    IF {given}NOT EXISTS (SELECT FROM {table} WHERE {found}) THEN\n"
        f"        RETURN OLD;\n    END IF;\nEND IF;\n"
    )


def _erased(model: Model[Validated], rule: AppendOnly) -> str:
    """The statement that lets an update erase values from the erasable columns, and change nothing else."""
    if not rule.erasable:
        return ""
    kept = [_is_same(column) for column in model.columns if column not in rule.erasable]
    taken = f"NOT ({' AND '.join(map(_is_same, rule.erasable))})"
    conditions = f"{chr(10)}        AND ".join([*kept, *map(_is_no_more, rule.erasable), taken])
    return f"IF TG_OP = 'UPDATE' THEN\n    IF {conditions} THEN\n        RETURN NEW;\n    END IF;\nEND IF;\n"


def _is_same(column: Column) -> str:
    name = _exactly(column)
    return f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}"


def _exactly(column: Column) -> str:
    """The column for a comparison that finds every change."""
    return STORED.of(column.type).exactly.format(quoted(column.stored))


def _is_no_more(column: Column) -> str:
    """The condition that a value is the previous one, is null, or is a document without a new or changed member."""
    name, unless = quoted(column.stored), ""
    if column.type is ColumnType.JSON:
        added = f"OLD.{name} -> kept.key IS NULL OR (OLD.{name} -> kept.key)::text <> kept.value::text"
        members = f"SELECT FROM jsonb_each(NEW.{name}) AS kept WHERE {added}"  # the name is that of a declaration
        objects = f"jsonb_typeof(NEW.{name}) = 'object' AND jsonb_typeof(OLD.{name}) = 'object'"
        unless = f"\n            OR CASE WHEN {objects} THEN NOT EXISTS ({members}) ELSE false END"
    return f"(NEW.{name} IS NULL OR {_is_same(column)}{unless})"


def _archiving(
    catalogue: Catalogue, schema: str, model: Model[Validated], rule: AppendOnly, archive: Model[Validated]
) -> list[Marked]:
    """The function and the trigger that put the rows which are removed with their parent into the archive.

    A row that the archive has already, the same in every column, stays as it is. If the archive has another row with
    its key, the insert breaks the archive's primary key, so that a forged row can't stand in for the true one.
    """
    columns = ", ".join(quoted(column.stored) for column in model.columns)
    conditions = [_not_kept(schema, model, archive), *_not_erased(catalogue, schema, rule)]
    body = (
        f"INSERT INTO {qualified(schema, archive.stored)} ({columns})\n"  # the names are those of declarations
        f"SELECT {columns} FROM {OLD_ROWS}\n"
        f"WHERE {f'{chr(10)}AND '.join(conditions)};\nRETURN NULL;"
    )
    archiving = Function(
        schema=schema, name=f"archive_{model.table}", declared_by=model.stored, rules=(rule.name,), body=body
    )
    # It fires at the end of a statement, and on this table, because a trigger on the parent's table would not see the
    # rows that the statement which removes the parent has added itself (decision 0014).
    trigger = Trigger(
        table=model.stored,
        name=archiving.name,
        calls=archiving,
        moment=AFTER,
        events=("DELETE",),
        each_row=False,
        transition=(OLD_ROWS,),
        always=True,
    )
    return [archiving, trigger]


def _not_kept(schema: str, model: Model[Validated], archive: Model[Validated]) -> str:
    """The condition that leaves out the rows that the archive has already, the same in every column."""
    same = [f"archived.{quoted(key.stored)} = {OLD_ROWS}.{quoted(key.stored)}" for key in model.key_columns]
    for column in model.columns:
        if column.name not in model.key:
            name = _exactly(column)
            same.append(f"archived.{name} IS NOT DISTINCT FROM {OLD_ROWS}.{name}")
    kept = f"SELECT FROM {qualified(schema, archive.stored)} AS archived\n    WHERE {f'{chr(10)}    AND '.join(same)}"
    return f"NOT EXISTS (\n    {kept}\n)"


def _not_erased(catalogue: Catalogue, schema: str, rule: AppendOnly) -> list[str]:
    """The condition that leaves out the rows of roots that are marked for erasure."""
    if rule.erased_by is None or rule.through is None:
        return []
    mark, tenant = catalogue.by_entity[rule.erased_by], quoted(rule.through.fields[0].stored)
    table = qualified(schema, mark.stored)
    marked = quoted(mark.column(mark.named_tenant).stored)
    erasure = f"SELECT FROM {table} AS erasure WHERE erasure.{marked} = {OLD_ROWS}.{tenant}"
    return [f"NOT EXISTS (\n    {erasure}\n)"]
