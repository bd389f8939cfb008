"""Fills columns when a row is added: the row's number below its root, and the time by the server's own clock.

A trigger before each row gives the number. It locks the root's row until the transaction ends, so the order of the
numbers is that of the commits, and a rollback leaves no gap. Each row of a statement counts on from the greatest number
that is there, and the counter is raised once, at the end of the statement: if each row raised it, the work of a bulk
statement would be quadratic, because PostgreSQL keeps every version of the root's row until the statement ends. Only
the tables of a host raise it with each row, because the functions of gapless do not know those tables.
See docs/decisions/0033-the-order-of-records.md.
"""

from __future__ import annotations

import sqlalchemy as sa

from gapless.adapters.postgres.sql.objects import AFTER, BEFORE, NEW_ROWS, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import indented, qualified, quoted
from gapless.kit import Catalogue, Filled, Model, Numbered
from gapless.kit.catalogue_checks import LAST_NUMBER
from gapless.kit.model import Validated
from gapless.kit.object_names import OWN_ORIGIN, counting_name, filling_name


def counter_columns(catalogue: Catalogue, parent: Model[Validated]) -> list[sa.Column[int]]:
    """The counter on the table of a root whose rows are numbered; it is no field of the entity."""
    if not any(catalogue.parent(rule.through).entity is parent.entity for _, rule in catalogue.numbered):
        return []
    return [sa.Column(LAST_NUMBER, sa.BigInteger(), nullable=False, server_default=sa.text("0"))]


def filling_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers that fill those columns of a table to which only the store gives values."""
    if not model.of_kind(Filled):
        return []
    numbered = model.of_kind(Numbered) if _counts_later(model) else ()
    counting = [found for rule in numbered for found in _counting(catalogue, schema, model, rule)]
    return [*_filling(catalogue, schema, model), *counting]


def _counts_later(model: Model[Validated]) -> bool:
    """Whether the counter is raised at the end of a statement; all other tables then read this table's numbers too."""
    return model.origin == OWN_ORIGIN


def _filling(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    rules, numbered = model.of_kind(Filled), model.of_kind(Numbered)
    given = [
        _handed_out(catalogue, schema, model, rule)
        if isinstance(rule, Numbered)
        else f"NEW.{quoted(rule.column.stored)} := clock_timestamp();"
        for rule in rules
    ]
    function = Function(
        schema=schema,
        name=filling_name(model),
        declared_by=model.stored,
        rules=tuple(rule.name for rule in rules),
        body="\n".join([*given, "RETURN NEW;"]),
        variables="gapless_counted bigint;\ngapless_greatest bigint;" if numbered else "",
        definer=bool(numbered),
    )
    trigger = Trigger(
        table=model.stored,
        name=function.name,
        calls=function,
        moment=BEFORE,
        events=("INSERT",),
    )
    return [function, trigger]


def _handed_out(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Numbered) -> str:
    """The statements that give the next number: one more than the counter and than every number that is there.

    Two statements read them, because each sees what was committed before it began, and the first may wait for the lock.
    If the same statement of the client removes the root, there is no counter any more. A row of no root gets no number.
    """
    parent, reference = catalogue.parent(rule.through), f"NEW.{quoted(rule.through.fields[0].stored)}"
    number = f"NEW.{quoted(rule.column.stored)}"
    rows = [
        f"(SELECT max(numbered.{quoted(each.column.stored)})"  # noqa: S608  # names of declarations, here and below
        f" FROM {qualified(schema, other.stored)} AS numbered\n"
        f"        WHERE numbered.{quoted(each.through.fields[0].stored)} = {reference})"
        for other, each in catalogue.numbered_for(model.entity)
    ]
    at_once = (
        f"\nUPDATE {qualified(schema, parent.stored)} AS parent SET {LAST_NUMBER} = {number}\n"
        f"WHERE parent.{quoted(parent.key_columns[0].stored)} = {reference};"
    )
    counted = (
        f"SELECT parent.{LAST_NUMBER} INTO gapless_counted\n"
        f"FROM {qualified(schema, parent.stored)} AS parent\n"
        f"WHERE parent.{quoted(parent.key_columns[0].stored)} = {reference} FOR NO KEY UPDATE;\n"
        f"SELECT greatest(\n    {(',' + chr(10) + '    ').join(rows)}\n) INTO gapless_greatest;\n"
        f"{number} := coalesce(greatest(gapless_counted, gapless_greatest), 0) + 1;"
        f"{'' if _counts_later(model) else at_once}"
    )
    if not rule.through.fields[0].nullable:
        return counted
    # Nobody's lock puts rows of no root in an order.
    return f"IF {reference} IS NULL THEN\n    {number} := 0;\nELSE\n{indented(counted)}\nEND IF;"


def _counting(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Numbered) -> list[Marked]:
    """The function and the trigger that raise the counter, for one parent after the other.

    One statement for all parents would keep the plan for few rows, which may be bad for many.
    """
    parent = catalogue.parent(rule.through)
    reference, number = (f"{NEW_ROWS}.{quoted(column.stored)}" for column in (rule.through.fields[0], rule.column))
    body = (
        f"FOR gapless_numbered IN\n"  # noqa: S608  # names of declarations
        f"    SELECT {reference} AS parent, max({number}) AS last FROM {NEW_ROWS}\n"
        f"    GROUP BY {reference} ORDER BY {reference}\n"
        f"LOOP\n"
        f"    UPDATE {qualified(schema, parent.stored)} AS parent SET {LAST_NUMBER} = gapless_numbered.last\n"
        f"    WHERE parent.{quoted(parent.key_columns[0].stored)} = gapless_numbered.parent\n"
        f"        AND parent.{LAST_NUMBER} < gapless_numbered.last;\n"
        f"END LOOP;\nRETURN NULL;"
    )
    function = Function(
        schema=schema,
        name=counting_name(model),
        declared_by=model.stored,
        rules=(rule.name,),
        body=body,
        variables="gapless_numbered record;",
    )
    trigger = Trigger(
        table=model.stored,
        name=function.name,
        calls=function,
        moment=AFTER,
        events=("INSERT",),
        each_row=False,
        transition=(NEW_ROWS,),
    )
    return [function, trigger]
