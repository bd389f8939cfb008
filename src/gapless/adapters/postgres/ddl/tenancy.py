"""Keeps rows from referring to rows of another root, where the foreign key does not.

A foreign key that has the column of the root on both sides does. It needs a unique index with that column on the other
table; where there is none, the foreign key has the id alone, and triggers look at the root of each row to which a row
has come to refer. The foreign key has looked before, and has locked that row.
See docs/decisions/0054-references-by-id.md.

So they do where one of the two rows has no column for its root, and belongs to it through a reference: its root stands
at the end of its way. No way ever changes, and no row on it goes before the row goes itself (decision 0059).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from gapless.adapters.postgres.sql.objects import AFTER, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import indented, qualified, quoted, refusal
from gapless.kit import Catalogue, Model, Reference, Unique
from gapless.kit.columns import Column
from gapless.kit.links import Links
from gapless.kit.model import Validated
from gapless.kit.object_names import home_name

FOREIGN_KEY_VIOLATION = "23503"
NamedRow: TypeAlias = tuple[Model[Validated], str]
"""A row, by its entity and by the name that it has in a statement."""


def foreign_key(catalogue: Catalogue, model: Model[Validated], rule: Reference) -> Links:
    """The columns of the foreign key of a reference, each with the column to which it refers.

    They are those of the id alone, if the other table has no unique index with the column of the root as well. Those of
    a shared row, or of one of another root, are its whole key.
    """
    links, parent = catalogue.links(model, rule), catalogue.parent(rule)
    wanted = {column.name for _, column in links}
    # Not one that a catalogue has added, for the foreign key may belong to other revisions (decision 0066).
    uniques = [rule for rule in parent.declared_of_kind(Unique) if rule.where is None]
    keys = [parent.key, *(tuple(column.name for column in rule.fields) for rule in uniques)]
    served = next((key for key in keys if set(key) == wanted), None)
    if served is None:
        return links if catalogue.links_leave_root(model, rule) else links[1:]
    by_name = {column.name: (own, column) for own, column in links}
    return tuple(by_name[name] for name in served)


def tenancy_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers of those references of a table whose foreign key does not have the root."""
    return [
        found
        for rule in model.of_kind(Reference)
        if rule is not model.through and _leaves_root(catalogue, model, rule)
        for found in _compared(catalogue, schema, model, rule)
    ]


def _leaves_root(catalogue: Catalogue, model: Model[Validated], rule: Reference) -> bool:
    """Whether the foreign key of a reference does not have the root, though both rows belong to the same one."""
    has_less = len(foreign_key(catalogue, model, rule)) < len(catalogue.links(model, rule))
    return has_less or catalogue.links_leave_root(model, rule)


def _compared(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Reference) -> list[Marked]:
    """The function and triggers that compare the roots of the two rows."""
    links = catalogue.links(model, rule)
    ids = links if catalogue.links_leave_root(model, rule) else links[1:]
    function = Function(
        schema=schema,
        name=home_name(rule),
        declared_by=model.stored,
        rules=(rule.name,),
        body=_body(catalogue, schema, model, rule, ids),
        variables="gapless_same boolean;",
    )
    # For each row, and by names that come behind those of the server's own triggers, which begin with capitals, and
    # before those of transitions: references are checked first, row by row, as foreign keys are.
    added = Trigger(
        table=model.stored,
        name=f"home_added_{rule.name}",
        calls=function,
        moment=AFTER,
        events=("INSERT",),
        when=is_given(rule.nulled, "NEW."),
    )
    anew = refers_anew(tuple(own for own, _ in ids))  # the root of a row never changes
    return [function, added, attrs.evolve(added, name=f"home_changed_{rule.name}", events=("UPDATE",), when=anew)]


def _body(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Reference, ids: Links) -> str:
    parent = catalogue.parent(rule)
    roots = same_root(catalogue, schema, (parent, "parent"), (model, "NEW"))
    found = " AND ".join(f"parent.{quoted(column.stored)} = NEW.{quoted(own.stored)}" for own, column in ids)
    # The foreign key has locked it: so it is there, and of this root, until the transaction ends.
    return (
        f"SELECT {roots} INTO gapless_same\n"
        f"FROM {qualified(schema, parent.stored)} AS parent\nWHERE {found};\n"
        f"IF gapless_same IS NOT TRUE THEN\n{indented(refusal(rule, model.stored, FOREIGN_KEY_VIOLATION))}\nEND IF;\n"
        "RETURN NULL;"
    )


def same_root(catalogue: Catalogue, schema: str, one: NamedRow, other: NamedRow) -> str:
    """That two rows belong to the same root."""
    return f"{root_expression(catalogue, schema, *one)} = {root_expression(catalogue, schema, *other)}"


def root_expression(catalogue: Catalogue, schema: str, model: Model[Validated], row: str) -> str:
    """The root of the row that has this name in a statement: its column for that, or the one at the end of its way."""
    if model.tenant_column is not None:
        return f"{row}.{quoted(model.tenant_column.stored)}"
    tables, conditions, here, end = list[str](), list[str](), row, model
    for place, (links, end) in enumerate(catalogue.way(model), start=1):
        there = f"way{place}"
        tables.append(f"{qualified(schema, end.stored)} AS {there}")
        conditions += (f"{there}.{quoted(key.stored)} = {here}.{quoted(own.stored)}" for own, key in links)
        here = there
    tenant = f"{here}.{quoted(end.column(end.named_tenant).stored)}"
    return f"(SELECT {tenant} FROM {', '.join(tables)} WHERE {' AND '.join(conditions)})"  # noqa: S608  # declared


def is_given(columns: tuple[Column, ...], row: str = "") -> str:
    """The condition that none of these columns of a row is null; "" without columns."""
    return " AND ".join(f"{row}{quoted(column.stored)} IS NOT NULL" for column in columns)


def refers_anew(columns: tuple[Column, ...]) -> str:
    """The condition that a changed row has come to refer to another row by these columns."""
    there = is_given(tuple(column for column in columns if column.nullable), "NEW.")
    other = " OR ".join(part for column in columns for part in _another(column))
    return f"{there} AND ({other})" if there else f"({other})"


def _another(column: Column) -> Iterator[str]:
    """The conditions under which a row that refers by a column has come to it by a change."""
    name = quoted(column.stored)
    if column.nullable:
        yield f"OLD.{name} IS NULL"
    yield f"NEW.{name} <> OLD.{name}"
