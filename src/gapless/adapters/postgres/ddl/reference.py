"""Defines references: foreign keys, with what the removal of a row does to the rows that refer to it.

Behind a reference of several columns stand statistics. The tenant follows from the row that is referred to, and the
planner, which takes columns for independent, would expect hardly any rows where there are thousands (decision 0050).

Rows that can be released are left, not removed. So triggers do for them what a foreign key does not. One on the table
that refers looks at each row to which a statement has made rows refer, and locks it against a release at the same time.
One on the other table does what a release does to the rows that refer: those that would cascade are removed, those that
restrict refuse it, and those that can't be unlinked later refuse it as well. What can be unlinked is left to a cleanup,
and not even read. A plain DELETE does what the foreign key says. See docs/decisions/0049-released-first.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint

from gapless.adapters.postgres.ddl.tenancy import (
    FOREIGN_KEY_VIOLATION,
    foreign_key,
    is_given,
    refers_anew,
    tenancy_objects,
)
from gapless.adapters.postgres.sql.objects import (
    AFTER,
    NEW_ROWS,
    Constraint,
    DatabaseStatistics,
    Function,
    Marked,
    Trigger,
)
from gapless.adapters.postgres.sql.text import condition, indented, is_true, qualified, quoted, refusal, statement_text
from gapless.kit import Catalogue, Index, Model, OnDelete, Reference
from gapless.kit.columns import Column
from gapless.kit.links import Links
from gapless.kit.model import Validated
from gapless.kit.object_names import linking_name, release_name, statistics_name, together
from gapless.kit.predicates import Node
from gapless.kit.unlinking import kept_linked

COUNTED = {"d": "ndistinct", "f": "dependencies"}
"""What is counted of the columns: how many values they have together, and how far one follows from another."""


def add_reference(catalogue: Catalogue, table: sa.Table, rule: Reference) -> None:
    """Adds the foreign key of a reference, if the statement of its table can have it."""
    if not comes_later(catalogue, catalogue.by_stored[table.name], rule):
        table.append_constraint(_constraint(catalogue, table, rule))


def comes_later(catalogue: Catalogue, model: Model[Validated], rule: Reference) -> bool:
    """Whether the foreign key waits for what is created behind its table: another table, or a unique index of its own.

    Args:
        catalogue: the catalogue.
        model: the model that declares the reference.
        rule: the reference.
    """
    parent = catalogue.parent(rule)
    if parent is model:
        return {column.name for _, column in foreign_key(catalogue, model, rule)} != set(model.key)
    return catalogue.models.index(parent) > catalogue.models.index(model)


def later_references(catalogue: Catalogue, table: sa.Table, model: Model[Validated]) -> Iterator[Constraint]:
    """The foreign keys of a table that are added when all tables are there with their indexes."""
    for rule in model.of_kind(Reference):
        if comes_later(catalogue, model, rule):
            constraint = _constraint(catalogue, table, rule)
            table.append_constraint(constraint)
            yield Constraint(
                schema=str(table.schema),
                table=table.name,
                name=rule.name,
                rules=(rule.name,),
                letter="f",
                columns=tuple(column.name for column in constraint.columns),
                to=catalogue.parent(rule).stored,
                create=statement_text(AddConstraint(constraint, isolate_from_table=False)),
                is_in_table=False,
            )


def _constraint(catalogue: Catalogue, table: sa.Table, rule: Reference) -> sa.ForeignKeyConstraint:
    parent, action = catalogue.parent(rule), rule.on_delete.value
    if rule.on_delete is OnDelete.SET_NULL:
        # Without the list, PostgreSQL would set the tenant's column to null too, and its NOT NULL would refuse that.
        action += f" ({', '.join(quoted(column.stored) for column in rule.nulled)})"
    pairs = foreign_key(catalogue, catalogue.by_stored[table.name], rule)
    goal = table.metadata.tables[f"{table.schema}.{parent.stored}"]
    target = [goal.c[column.name] for _, column in pairs]
    return sa.ForeignKeyConstraint([own.name for own, _ in pairs], target, name=rule.name, ondelete=action)


def statistics_objects(table: sa.Table, model: Model[Validated], rule: Reference) -> Iterator[DatabaseStatistics]:
    """The statistics over the columns of a reference; one column has the server's own."""
    schema, columns = str(table.schema), together(model, rule)
    name = statistics_name(table.name, rule, columns)
    if not name:
        return
    create = (
        f"CREATE STATISTICS {qualified(schema, name)} ({', '.join(COUNTED.values())})\n"
        f"ON {', '.join(map(quoted, columns))} FROM {qualified(schema, table.name)}"
    )
    yield DatabaseStatistics(
        schema=schema, table=table.name, name=name, columns=columns, kinds="".join(COUNTED), create=create
    )


def reference_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers of the references of a table."""
    return [*tenancy_objects(catalogue, schema, model), *release_objects(catalogue, schema, model)]


def release_objects(catalogue: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers of the references of a table to rows that can be released."""
    objects: list[Marked] = []
    for rule in model.of_kind(Reference):
        released = catalogue.parent(rule).released
        if released is not None:
            parent, links = catalogue.parent(rule), catalogue.links(model, rule)
            objects += _linking(schema, parent, released, model, rule, links)
            objects += _releasing(schema, parent, released, model, rule, links)
    return objects


def _linking(  # two tables, a rule between them, and what it compares
    schema: str, parent: Model[Validated], released: Column, model: Model[Validated], rule: Reference, links: Links
) -> list[Marked]:
    """The function and triggers that refuse a row which comes to refer to a released row."""
    function = Function(
        schema=schema,
        name=linking_name(rule),
        declared_by=model.stored,
        rules=(rule.name,),
        body=_link_body(schema, parent, released, model, rule, links),
        variables="gapless_released boolean;\ngapless_link record;",
    )
    # Rows that are added are looked at once a statement, because many are added at once; links are hardly ever changed.
    added = Trigger(
        table=model.stored,
        name=f"link_added_{rule.name}",
        calls=function,
        moment=AFTER,
        events=("INSERT",),
        each_row=False,
        transition=(NEW_ROWS,),
    )
    # Its name comes behind those of the transitions, which begin with update_.
    name, when = f"updated_link_{rule.name}", refers_anew(rule.fields)
    changed = Trigger(table=model.stored, name=name, calls=function, moment=AFTER, events=("UPDATE",), when=when)
    return [function, added, changed]


def _link_body(  # as above
    schema: str, parent: Model[Validated], released: Column, model: Model[Validated], rule: Reference, links: Links
) -> str:
    def look(row: str) -> str:
        found = " AND ".join(f"parent.{quoted(key.stored)} = {row}.{quoted(own.stored)}" for own, key in links)
        # FOR SHARE waits for a release that is going on, and lets one wait that comes later.
        return (
            f"SELECT parent.{quoted(released.stored)} INTO gapless_released\n"
            f"FROM {qualified(schema, parent.stored)} AS parent\nWHERE {found} FOR SHARE;\n"
            f"IF gapless_released THEN\n{indented(refusal(rule, model.stored, FOREIGN_KEY_VIOLATION))}\nEND IF;"
        )

    columns = ", ".join(quoted(own.stored) for own, _ in links)
    given = is_given(rule.nulled) or "true"
    return (
        f"IF TG_OP = 'UPDATE' THEN\n"  # noqa: S608  # names of declarations, here and below
        f"{indented(look('NEW'))}\n    RETURN NULL;\nEND IF;\n"
        f"FOR gapless_link IN\n    SELECT DISTINCT {columns} FROM {NEW_ROWS} WHERE {given} ORDER BY {columns}\n"
        f"LOOP\n{indented(look('gapless_link'))}\nEND LOOP;\nRETURN NULL;"
    )


def _releasing(  # as above
    schema: str, parent: Model[Validated], released: Column, model: Model[Validated], rule: Reference, links: Links
) -> Iterator[Marked]:
    """The function and trigger that do what a release does to the rows that refer; none if it does nothing."""
    body = "\n".join(_effects(schema, model, rule, links))
    if not body:
        return
    function = Function(
        schema=schema,
        name=release_name(rule),
        declared_by=model.stored,
        rules=(rule.name,),
        body=f"{body}\nRETURN NULL;",
    )
    column = quoted(released.stored)
    yield from (
        function,
        Trigger(
            table=parent.stored,
            name=f"released_{rule.name}",
            calls=function,
            moment=AFTER,
            events=("UPDATE",),
            when=f"NEW.{column} AND NOT OLD.{column}",
        ),
    )


def _effects(schema: str, model: Model[Validated], rule: Reference, links: Links) -> Iterator[str]:
    table = qualified(schema, model.stored)
    pairs = [(f"child.{quoted(own.stored)}", f"NEW.{quoted(key.stored)}") for own, key in links]
    linked = " AND ".join(f"{column} = {key}" for column, key in pairs)
    if rule.on_delete is OnDelete.CASCADE:
        yield f"DELETE FROM {table} AS child WHERE {linked};"  # noqa: S608  # names of declarations, here and below
    elif rule.on_delete is OnDelete.RESTRICT:
        yield _refused(
            f"SELECT FROM {table} AS child WHERE {linked}", refusal(rule, model.stored, FOREIGN_KEY_VIOLATION)
        )
    for check, keeps in kept_linked(model, rule):
        served = _served(model, keeps)
        if served:
            # An index has just these rows. Written in this way, the planner can't choose the index of the reference,
            # in which it would have to look at every row that is linked.
            first, *others = pairs
            compared = [f"{first[0]} = {first[1]}", *(f"{c} IS NOT DISTINCT FROM {key}" for c, key in others)]
            found = f"{' AND '.join(compared)} AND {condition(keeps, 'child')}"
        else:
            found = f"{linked} AND {is_true(keeps, 'child')}"
        yield _refused(f"SELECT FROM {table} AS child WHERE {found}", refusal(check, model.stored))


def _served(model: Model[Validated], node: Node) -> bool:
    """Whether an index holds just the rows of which a condition is true, by root."""
    conditions = (index.where for index in model.declared_of_kind(Index) if index.indexed[0].name == model.tenant)
    return any(where is not None and condition(where) == condition(node) for where in conditions)


def _refused(query: str, refuse: str) -> str:
    return f"IF EXISTS (\n{indented(query)}\n) THEN\n{indented(refuse)}\nEND IF;"
