"""Keeps rows from referring to rows of another root, where the foreign key does not.

A foreign key that has the column of the root on both sides does. It needs a unique index with that column on the other
table; where there is none, the foreign key has the id alone, and triggers look at the root of each row to which a
statement has made rows refer. The foreign key has looked before, and has locked that row.
See docs/decisions/0054-references-by-id.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from gapless.adapters.postgres.sql.objects import AFTER, NEW_ROWS, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import indented, qualified, quoted, refusal
from gapless.kit import Catalogue, Model, Reference, Unique
from gapless.kit.columns import Column
from gapless.kit.links import Links
from gapless.kit.model import Validated
from gapless.kit.object_names import home_name

FOREIGN_KEY_VIOLATION = "23503"


def foreign_key(catalogue: Catalogue, model: Model[Validated], rule: Reference) -> Links:
    """The columns of the foreign key of a reference, each with the column to which it refers.

    They are those of the id alone, if the other table has no unique index with the column of the root as well.
    """
    links, parent = catalogue.links(model, rule), catalogue.parent(rule)
    wanted = {column.name for _, column in links}
    keys = [parent.key, *(tuple(c.name for c in each.fields) for each in parent.of_kind(Unique) if each.where is None)]
    served = next((key for key in keys if set(key) == wanted), None)
    if served is None:
        return links[1:]
    by_name = {column.name: (own, column) for own, column in links}
    return tuple(by_name[name] for name in served)


def tenancy_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers of those references of a table whose foreign key does not have the root."""
    return [
        found
        for rule in model.of_kind(Reference)
        if len(foreign_key(catalogue, model, rule)) < len(catalogue.links(model, rule))
        for found in _looking(schema, catalogue.parent(rule), model, rule, catalogue.links(model, rule))
    ]


def _looking(
    schema: str, parent: Model[Validated], model: Model[Validated], rule: Reference, links: Links
) -> list[Marked]:
    function = Function(
        schema=schema,
        name=home_name(rule),
        declared_by=model.table,
        rules=(rule.name,),
        body=_body(schema, parent, model, rule, links),
        variables="gapless_same boolean;\ngapless_link record;",
    )
    # The names come behind those of the server's own triggers, which begin with capitals: they look first.
    changed = Trigger(
        table=model.table,
        name=f"home_changed_{rule.name}",
        calls=function,
        moment=AFTER,
        events=("UPDATE",),
        when=refers_anew(own for own, _ in links[1:]),  # the root of a row never changes
    )
    added = attrs.evolve(changed, events=("INSERT",), when="", each_row=False, transition=(NEW_ROWS,))
    return [function, attrs.evolve(added, name=f"home_added_{rule.name}"), changed]


def refers_anew(columns: Iterable[Column]) -> str:
    """The condition that a changed row has come to refer to another row by these columns."""
    referring = tuple(columns)
    there = [f"NEW.{quoted(column.name)} IS NOT NULL" for column in referring if column.nullable]
    other = " OR ".join(part for column in referring for part in _differing(column))
    return " AND ".join([*there, f"({other})"])


def _differing(column: Column) -> Iterator[str]:
    name = quoted(column.name)
    if column.nullable:
        yield f"OLD.{name} IS NULL"
    yield f"NEW.{name} <> OLD.{name}"


def _body(schema: str, parent: Model[Validated], model: Model[Validated], rule: Reference, links: Links) -> str:
    (own_root, root), *ids = links

    def look(row: str) -> str:
        found = " AND ".join(f"parent.{quoted(column.name)} = {row}.{quoted(own.name)}" for own, column in ids)
        # The foreign key has locked it: so it is there, and of this root, until the transaction ends.
        return (
            f"SELECT parent.{quoted(root.name)} = {row}.{quoted(own_root.name)} INTO gapless_same\n"
            f"FROM {qualified(schema, parent.table)} AS parent\nWHERE {found};\n"
            f"IF gapless_same IS NOT TRUE THEN\n{indented(refusal(rule, model.table, FOREIGN_KEY_VIOLATION))}\nEND IF;"
        )

    columns = ", ".join(quoted(own.name) for own, _ in links)
    given = " AND ".join(f"{quoted(own.name)} IS NOT NULL" for own, _ in ids if own.nullable) or "true"
    return (
        f"IF TG_OP = 'UPDATE' THEN\n"  # noqa: S608  # names of declarations, here and below
        f"{indented(look('NEW'))}\n    RETURN NULL;\nEND IF;\n"
        f"FOR gapless_link IN\n    SELECT DISTINCT {columns} FROM {NEW_ROWS} WHERE {given} ORDER BY {columns}\n"
        f"LOOP\n{indented(look('gapless_link'))}\nEND LOOP;\nRETURN NULL;"
    )
