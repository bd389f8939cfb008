"""Writes all definitions of a catalogue as statements, in the order in which a database accepts them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

import attrs
import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn

from gapless.adapters.postgres.ddl.invariants import parent_objects, store_owned_columns
from gapless.adapters.postgres.ddl.reference import later_references
from gapless.adapters.postgres.ddl.registry import DEFINITIONS
from gapless.adapters.postgres.schema.locks import lock_function
from gapless.adapters.postgres.schema.tables import create_table, metadata, table_of
from gapless.adapters.postgres.sql.extensions import Extension
from gapless.adapters.postgres.sql.fingerprints import fingerprint
from gapless.adapters.postgres.sql.objects import (
    AddedColumn,
    Constraint,
    DatabaseObject,
    DatabaseTable,
    Function,
    Marked,
    Trigger,
    comment,
    guarded,
)
from gapless.adapters.postgres.sql.text import checked_schema, qualified, statement_text
from gapless.kit import Catalogue, Model, Reference
from gapless.kit.catalogue import require_catalogue
from gapless.kit.kinds import Rule
from gapless.kit.model import Validated
from gapless.kit.object_names import numbered_rules
from gapless.kit.revisions import NOTHING

FINGERPRINTED = "gapless"
"""The schema for which a statement is written to compute its fingerprint, which so is the same in every schema."""
LETTERS = {sa.PrimaryKeyConstraint: "p", sa.ForeignKeyConstraint: "f", sa.CheckConstraint: "c"}


def create_statements(catalogue: Catalogue, schema: str, *, beyond: Catalogue | None = None) -> list[str]:
    """Writes the statements that create everything a catalogue declares; the schema itself must be there already.

    A host that declares entities of its own executes `create_statements(GAPLESS + mine, schema, beyond=GAPLESS)` in a
    migration of its own, one statement a call.

    Args:
        catalogue: the entities and rules.
        schema: the PostgreSQL schema for them.
        beyond: the catalogue that the schema has already, and of which nothing is created again.

    Returns:
        The statements, without a semicolon at their ends: extensions, tables with their indexes, columns that rules add
        to existing tables, functions and triggers. Behind each object comes its comment, by which `gapless.open`
        recognises it.

    Raises:
        InvalidValue: the schema has no valid name, or `catalogue` or `beyond` is not a Catalogue.
    """
    found = fingerprinted(catalogue, schema, beyond=beyond)
    return list(chain.from_iterable(_statements(item, mark) for item, mark in found))


def comment_statements(catalogue: Catalogue, schema: str, *, beyond: Catalogue | None = None) -> list[str]:
    """Writes the comments alone, for a database whose objects are right but have lost them, as in a dump without them.

    Args:
        catalogue: as for `create_statements`.
        schema: as there.
        beyond: as there.

    Returns:
        The statements, without a semicolon at their ends.

    Raises:
        InvalidValue: the schema has no valid name, or `catalogue` or `beyond` is not a Catalogue.
    """
    found = fingerprinted(catalogue, schema, beyond=beyond)
    return [comment(item, mark) for item, mark in found if isinstance(item, Marked)]


def fingerprinted(
    catalogue: Catalogue, schema: str, *, beyond: Catalogue | None = None
) -> list[tuple[DatabaseObject, str]]:
    """Gives every object of a catalogue with its fingerprint, "" if it has none, in the order of the statements.

    Args:
        catalogue: as for `create_statements`.
        schema: as there.
        beyond: as there.

    Raises:
        InvalidValue: the schema has no valid name, or `catalogue` or `beyond` is not a Catalogue.
    """
    schema, there = checked_schema(schema), NOTHING if beyond is None else require_catalogue("beyond", beyond)
    catalogue = require_catalogue("catalogue", catalogue)
    catalogue.require_complete()
    return [*_fingerprinted(catalogue, schema, there)]


@lru_cache(maxsize=16)
def _fingerprinted(catalogue: Catalogue, schema: str, there: Catalogue) -> tuple[tuple[DatabaseObject, str], ...]:
    objects = _guarded(_objects(catalogue, schema, there))
    same = objects if schema == FINGERPRINTED else _guarded(_objects(catalogue, FINGERPRINTED, there))
    marks = [fingerprint(*written.declaration) if isinstance(written, Marked) else "" for written in same]
    return tuple(zip(objects, marks, strict=True))


def _statements(object: DatabaseObject, mark: str) -> tuple[str, ...]:
    return (*object.statements, comment(object, mark)) if isinstance(object, Marked) else object.statements


def _guarded(objects: Iterable[DatabaseObject]) -> list[DatabaseObject]:
    """The objects, where every function with its owner's rights refuses any trigger that is not one of them."""
    found = list(objects)
    triggers = [item for item in found if isinstance(item, Trigger)]
    return [guarded(item, triggers) if isinstance(item, Function) else item for item in found]


def _objects(catalogue: Catalogue, schema: str, there: Catalogue) -> Iterable[DatabaseObject]:
    added = [model for model in catalogue.models if model.entity not in there.by_entity]
    further = further_rules(catalogue, there)
    tables = metadata(catalogue, schema)
    yield from _extensions([*(rule for model in added for rule in model.rules), *(rule for _, rule in further)])
    for model in added:
        yield from _table_objects(table_of(tables, model), model)
    for model in added:
        yield from later_references(catalogue, table_of(tables, model), model)
    for model, rule in further:
        yield from _on_table(catalogue, table_of(tables, model), model, rule)
    yield from _added_columns(catalogue, schema, there)
    yield from (lock_function(schema, root) for root in catalogue.roots if root in added)
    families = dict.fromkeys(known.beside for known in DEFINITIONS.by_kind.values() if known.beside is not None)
    for model in catalogue.models:
        names = {rule.name for each, rule in further if each is model}
        for family in families if model in added or names else ():
            yield from (item for item in family(catalogue, schema, model) if model in added or _is_of(item, names))
    for number, model, rule in numbered_rules(catalogue.models):
        if model in added or (model, rule) in further:
            yield from parent_objects(catalogue, schema, number, model, rule)


def further_rules(catalogue: Catalogue, there: Catalogue) -> list[tuple[Model[Validated], Rule]]:
    """The rules that were added to entities of a catalogue, each with its model.

    Args:
        catalogue: the catalogue with these rules.
        there: the catalogue without them, whose tables are there.
    """
    known = {(entity, rule.name) for entity, model in there.by_entity.items() for rule in model.rules}
    models = [model for model in catalogue.models if model.entity in there.by_entity]
    return [(model, rule) for model in models for rule in model.added if (model.entity, rule.name) not in known]


def _is_of(item: DatabaseObject, names: set[str]) -> bool:
    """Whether an object is there for these rules alone."""
    return isinstance(item, Marked) and bool(item.rules) and names.issuperset(item.rules)


def _extensions(rules: Iterable[Rule]) -> Iterable[Extension]:
    needing = {extension: type(rule).__name__ for rule in rules if (extension := DEFINITIONS.of(rule).extension)}
    return (Extension(name=name, whose=f"Rules of the kind {kind}") for name, kind in needing.items())


def _on_table(catalogue: Catalogue, table: sa.Table, model: Model[Validated], rule: Rule) -> Iterable[DatabaseObject]:
    """The objects of one rule on a table that is there: what its statement would have had, and what is behind it."""
    found = next((each for each in table.constraints if each.name == rule.name), None)
    if found is not None:
        yield attrs.evolve(_constraint(table, rule, found), is_in_table=False)
    elif isinstance(rule, Reference):
        yield from (each for each in later_references(catalogue, table, model) if each.name == rule.name)
    behind = DEFINITIONS.of(rule).behind_table
    if behind is not None:
        yield from behind(table, model, rule)


def _table_objects(table: sa.Table, model: Model[Validated]) -> Iterable[DatabaseObject]:
    yield DatabaseTable(schema=str(table.schema), name=table.name, create=create_table(table))
    constraints = {str(constraint.name): constraint for constraint in table.constraints}
    for rule in model.rules:
        if rule.name in constraints:
            yield _constraint(table, rule, constraints[rule.name])
    for rule in model.rules:
        behind = DEFINITIONS.of(rule).behind_table
        if behind is not None:
            yield from behind(table, model, rule)


def _constraint(table: sa.Table, rule: Rule, constraint: sa.Constraint) -> Constraint:
    to = constraint.referred_table.name if isinstance(constraint, sa.ForeignKeyConstraint) else ""
    return Constraint(
        schema=str(table.schema),
        table=table.name,
        name=rule.name,
        rules=(rule.name,),
        letter=LETTERS[type(constraint)],
        columns=_columns_of(constraint) or tuple(column.stored for column in rule.columns),
        to=to,
        create=statement_text(AddConstraint(constraint, isolate_from_table=False)),
    )


def _columns_of(constraint: sa.Constraint) -> tuple[str, ...]:
    """The columns of a reference in its own table, which may be more than its rule names."""
    return (
        tuple(column.name for column in constraint.columns) if isinstance(constraint, sa.ForeignKeyConstraint) else ()
    )


def _added_columns(catalogue: Catalogue, schema: str, there: Catalogue) -> Iterable[AddedColumn]:
    for parent in there.models:
        old = {column.name for column in store_owned_columns(there, parent)}
        table = qualified(schema, parent.stored)
        for column in store_owned_columns(catalogue, parent):
            if column.name not in old:
                create = f"ALTER TABLE {table} ADD COLUMN {statement_text(CreateColumn(column))}"
                yield AddedColumn(schema=schema, table=parent.stored, name=column.name, create=create)
