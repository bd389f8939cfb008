"""Compares the tables and columns of a database with those of a catalogue; the server shows everything about them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import TypeVar, cast

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.ddl.invariants import store_owned_columns
from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.text import type_and_collation
from gapless.adapters.postgres.verification.differences import Difference, Weight, one_line
from gapless.adapters.postgres.verification.found import Facts, FoundDatabase
from gapless.kit import Catalogue, Model, Revisions
from gapless.kit.model import Validated

T = TypeVar("T")
TABLES = ("r", "p")
UNLOGGED = "u"
# What may be around a constant, because there are several ways to write one.
_WRAPPING = re.compile(r"::[a-z ]+|['()]")
CREATE = "gapless.postgres.create_statements(catalogue, schema, beyond=…)"


@attrs.frozen
class _Column:
    """What a column has to be."""

    name: str
    type: str
    collation: str | None
    nullable: bool
    default: str | None

    @classmethod
    def of(cls, column: sa.Column[T]) -> _Column:
        """Reads it from a column of a declared table."""
        type_, collation = type_and_collation(column.type)
        default = column.server_default
        text = str(default.arg) if isinstance(default, sa.DefaultClause) else None
        return cls(column.name, type_, collation, bool(column.nullable), text)


def table_differences(
    database: FoundDatabase, schema: str, revisions: tuple[Revisions, ...], model: Model[Validated]
) -> Iterator[Difference]:
    """What is wrong with an entity's table: it is missing, it is not a table, or its rows may be lost or hidden."""
    found, name = database.find("table", model.stored), model.stored
    chain = next((each for each in revisions if each.makes(model)), None)
    if found is None and chain is not None:
        said = f"table {name} is not in schema {schema}: `{chain.command_for(schema)}` makes it in an empty one"
        yield Difference(Weight.MIGRATION, said)
    elif found is None:
        said = f"table {name} is not there: it is the application's own, and {CREATE} makes it"
        yield Difference(Weight.TABLE, said)
    elif found.facts["kind"] not in TABLES:
        yield Difference(Weight.TABLE, f"{name} is no table")
    elif found.facts["persistence"] == UNLOGGED:
        yield Difference(Weight.TABLE, f"table {name} is UNLOGGED: a crash of the server empties it")
    else:
        yield from _bypasses(name, found.facts)


def _bypasses(name: str, facts: Facts) -> Iterator[Difference]:
    """What hides rows of a table from its rules, or lets rows in without them."""
    for role in cast("Sequence[str]", facts["hidden_from"]):
        said = (
            f"row security of table {name} hides rows from {role}, with whose rights rules are checked: "
            f"give that role BYPASSRLS, or let the table's owner own the functions and don't FORCE it"
        )
        yield Difference(Weight.TABLE, said)
    for rule in cast("Sequence[str]", facts["rewritten"]):
        said = f"table {name} has the rewrite rule {rule}, which takes the place of statements or makes them fail"
        yield Difference(Weight.TABLE, said)
    for other in cast("Sequence[str]", facts["parents"]):
        yield Difference(Weight.TABLE, f"table {name} is a child of {other}, whose statements its rules don't see")
    for other in cast("Sequence[str]", facts["children"]):
        yield Difference(Weight.TABLE, f"table {name} has the child {other}, for whose rows its rules don't hold")


def column_differences(
    database: FoundDatabase, catalogue: Catalogue, model: Model[Validated], untold: Container[str]
) -> Iterator[Difference]:
    """What is wrong with the columns of an entity's table; columns of others may be there if they need no value.

    Args:
        database: what the database has.
        catalogue: the entities and rules.
        model: the model of the entity.
        untold: the columns whose absence another difference says.
    """
    there = database.on("column", model.stored)
    expected = [
        *(_Column.of(sa.Column(c.stored, sql_type(c), nullable=c.nullable)) for c in model.columns),
        *(_Column.of(column) for column in store_owned_columns(catalogue, model)),
    ]
    for column in expected:
        if column.name in untold and column.name not in there:
            continue
        name, found = f"column {model.stored}.{column.name}", there.pop(column.name, None)
        wrong = ["is not in the database"] if found is None else list(_wrong(column, found.facts))
        yield from (Difference(Weight.COLUMN, f"{name} {said}") for said in wrong)
    for other, found in there.items():
        if found.facts["not_null"] and not _filled(found.facts):
            said = (
                f"column {model.stored}.{other} is NOT NULL, has no default and was not declared: no row can be added"
            )
            yield Difference(Weight.COLUMN, said)


def _filled(facts: Facts) -> bool:
    return bool(facts["has_default"] or facts["is_generated"] or facts["identity"])


def _wrong(column: _Column, facts: Facts) -> Iterator[str]:
    type_ = str(facts["type"]).removeprefix("pg_catalog.")
    if type_ != column.type or not facts["is_servers_own"]:
        yield f"is of type {facts['type']}, and {column.type} was declared"
    elif facts["collation"] != (column.collation or facts["collation"]):
        yield f"has the collation {facts['collation'] or 'of somebody'}, and {column.collation} was declared"
    if facts["is_generated"] or facts["identity"] == "a":
        yield "is written by the server, so that nobody else can"
    if facts["not_null"] and column.nullable:
        yield "is NOT NULL, and may be null as it was declared"
    if not facts["not_null"] and not column.nullable:
        yield "may be null, and is required as it was declared"
    if facts["not_valid"] and not column.nullable:
        yield "has a NOT NULL that is NOT VALID: rows that were there before may hold null"
    if column.default is not None and not facts["has_default"]:
        yield "has lost its default"
    elif column.default is not None and (found := _WRAPPING.sub("", str(facts["default"]))) != column.default:
        yield f"has the default {one_line(found)}, and {column.default} was declared"
