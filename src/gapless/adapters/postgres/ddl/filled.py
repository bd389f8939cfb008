"""Columns that the server fills when a row is added: its number below the root, and when it came, by its own clock.

A trigger before each row hands the number out, under the lock of the root's row, which it keeps until the transaction
ends: so the order of the numbers is that of the commits, and what is rolled back leaves no gap. The rows of a statement
count on from the greatest number that is there, and the counter follows at its end. To raise the counter with each row
would make the work of a bulk statement quadratic, because PostgreSQL keeps every version of the root's row until then;
only the tables of a host do, of which those of gapless know nothing. See docs/decisions/0033-the-order-of-records.md.
"""

from __future__ import annotations

import sqlalchemy as sa

from gapless.adapters.postgres.sql.objects import AFTER, BEFORE, NEW_ROWS, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import qualified, quoted
from gapless.kit import Catalogue, Filled, Model, Numbered
from gapless.kit.catalogue import LAST_NUMBER
from gapless.kit.model import Validated
from gapless.kit.object_names import OWN_ORIGIN, counting_name, filling_name


def counter_columns(catalogue: Catalogue, parent: Model[Validated]) -> list[sa.Column[int]]:
    """The counter on the table of the root whose rows are numbered; no field of the entity stands for it."""
    if not any(catalogue.parent(rule.through) is parent for _, rule in catalogue.numbered):
        return []
    return [sa.Column(LAST_NUMBER, sa.BigInteger(), nullable=False, server_default=sa.text("0"))]


def filling_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers that fill the columns of a table that are the store's."""
    if not model.of_kind(Filled):
        return []
    numbered = model.of_kind(Numbered) if _counts_later(model) else ()
    counting = [found for rule in numbered for found in _counting(catalogue, schema, model, rule)]
    return [*_filling(catalogue, schema, model), *counting]


def _counts_later(model: Model[Validated]) -> bool:
    """Whether the counter follows at the end of a statement: then all other tables look at the numbers of this one."""
    return model.origin == OWN_ORIGIN


def _filling(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    rules, numbered = model.of_kind(Filled), model.of_kind(Numbered)
    given = [
        _handed_out(catalogue, schema, model, rule)
        if isinstance(rule, Numbered)
        else f"NEW.{quoted(rule.column.name)} := clock_timestamp();"
        for rule in rules
    ]
    function = Function(
        schema=schema,
        name=filling_name(model),
        declared_by=model.table,
        rules=tuple(rule.name for rule in rules),
        body="\n".join([*given, "RETURN NEW;"]),
        variables="gapless_counted bigint;\ngapless_greatest bigint;" if numbered else "",
        definer=bool(numbered),
    )
    trigger = Trigger(
        table=model.table,
        name=function.name,
        calls=function,
        moment=BEFORE,
        events=("INSERT",),
    )
    return [function, trigger]


def _handed_out(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Numbered) -> str:
    """The statements that give the next number, of one more than the counter and all numbers that are there.

    They are two, because a statement sees what was committed before it began, and the first may wait for the lock. If
    the root goes in the same statement there is no counter any more.
    """
    parent, reference = catalogue.parent(rule.through), f"NEW.{quoted(rule.through.fields[0].name)}"
    number = f"NEW.{quoted(rule.column.name)}"
    rows = [
        f"(SELECT max(numbered.{quoted(each.column.name)})"  # noqa: S608  # names of declarations, here and below
        f" FROM {qualified(schema, other.table)} AS numbered\n"
        f"        WHERE numbered.{quoted(each.through.fields[0].name)} = {reference})"
        for other, each in catalogue.numbered_for(model.entity)
    ]
    at_once = (
        f"\nUPDATE {qualified(schema, parent.table)} AS parent SET {LAST_NUMBER} = {number}\n"
        f"WHERE parent.{quoted(parent.key[0])} = {reference};"
    )
    return (
        f"SELECT parent.{LAST_NUMBER} INTO gapless_counted\n"
        f"FROM {qualified(schema, parent.table)} AS parent\n"
        f"WHERE parent.{quoted(parent.key[0])} = {reference} FOR NO KEY UPDATE;\n"
        f"SELECT greatest(\n    {(',' + chr(10) + '    ').join(rows)}\n) INTO gapless_greatest;\n"
        f"{number} := coalesce(greatest(gapless_counted, gapless_greatest), 0) + 1;"
        f"{'' if _counts_later(model) else at_once}"
    )


def _counting(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Numbered) -> list[Marked]:
    """What lets the counter follow; one parent after the other, because a plan for few rows may be bad for many."""
    parent = catalogue.parent(rule.through)
    reference, number = (f"{NEW_ROWS}.{quoted(name)}" for name in (rule.through.fields[0].name, rule.column.name))
    body = (
        f"FOR gapless_numbered IN\n"  # noqa: S608  # names of declarations
        f"    SELECT {reference} AS parent, max({number}) AS last FROM {NEW_ROWS}\n"
        f"    GROUP BY {reference} ORDER BY {reference}\n"
        f"LOOP\n"
        f"    UPDATE {qualified(schema, parent.table)} AS parent SET {LAST_NUMBER} = gapless_numbered.last\n"
        f"    WHERE parent.{quoted(parent.key[0])} = gapless_numbered.parent\n"
        f"        AND parent.{LAST_NUMBER} < gapless_numbered.last;\n"
        f"END LOOP;\nRETURN NULL;"
    )
    function = Function(
        schema=schema,
        name=counting_name(model),
        declared_by=model.table,
        rules=(rule.name,),
        body=body,
        variables="gapless_numbered record;",
    )
    trigger = Trigger(
        table=model.table,
        name=function.name,
        calls=function,
        moment=AFTER,
        events=("INSERT",),
        each_row=False,
        transition=(NEW_ROWS,),
    )
    return [function, trigger]
