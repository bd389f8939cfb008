"""Defines limits, which may stand in a row of another table that is one to one with the parent: its supplement."""

from __future__ import annotations

import attrs

from gapless.adapters.postgres.sql.objects import AFTER, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import condition, indented, qualified, quoted
from gapless.kit import AtMost, Catalogue, Invariant, Model
from gapless.kit.catalogue_checks import RECHECKS
from gapless.kit.links import Links
from gapless.kit.model import Validated
from gapless.kit.object_names import supplement_name, supplemented_name
from gapless.kit.predicates import Constant
from gapless.kit.supplements import SupplementedLimit, supplemented


def limit_of(catalogue: Catalogue, schema: str, rule: AtMost) -> str:
    """The limit of a rule in SQL: a number, or an expression over the row `parent`, or over what supplements it."""
    found = supplemented(catalogue, rule)
    if found is None:
        return str(rule.limit.value) if isinstance(rule.limit, Constant) else condition(rule.limit, "parent")
    table = f"{qualified(schema, found.model.stored)} AS supplement"
    same = _linked("supplement", found.links, "parent")
    row = f"SELECT supplement.{quoted(found.column.stored)} FROM {table} WHERE {same}"  # noqa: S608  # as declared
    return f"coalesce(({row}), {found.default})"


def supplement_objects(
    schema: str, parent: Model[Validated], model: Model[Validated], rule: Invariant, limit: SupplementedLimit
) -> list[Marked]:
    """The function and triggers by which a change of a limit in a supplement meets, at the parent, what it limits.

    A field of the parent does so by itself. Nothing is put in question, as by a limit of the parent that shrinks.
    """

    def touched(row: str) -> str:
        return (
            f"UPDATE {qualified(schema, parent.stored)} AS parent SET {RECHECKS} = {RECHECKS} + 1\n"  # noqa: S608  # as above
            f"WHERE {_linked(row, limit.links, 'parent')};"
        )

    old, new = (indented(touched(row)) for row in ("OLD", "NEW"))
    name = supplement_name(rule)
    function = Function(
        schema=schema,
        name=name,
        declared_by=model.stored,
        rules=(rule.name,),
        body=f"IF TG_OP = 'DELETE' THEN\n{old}\nELSE\n{new}\nEND IF;\nRETURN NULL;",
    )
    there = Trigger(table=limit.model.stored, name=name, calls=function, moment=AFTER, events=("INSERT", "DELETE"))
    column = quoted(limit.column.stored)
    other = f"NEW.{column} <> OLD.{column}"
    return [function, there, attrs.evolve(there, name=supplemented_name(rule), events=("UPDATE",), when=other)]


def _linked(supplement: str, links: Links, parent: str) -> str:
    """The condition that a row supplements another one."""
    pairs = ((quoted(own.stored), quoted(key.stored)) for own, key in links)
    return " AND ".join(f"{supplement}.{own} = {parent}.{key}" for own, key in pairs)
