"""Defines what follows from the declaration of an entity: its primary key, and what never changes in a row.

A trigger refuses a change of the key or of the time of creation, and any step of the version but by one. It fires
before the update, so that it comes ahead of every other rule.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from gapless.adapters.postgres.sql.objects import BEFORE, Function, Marked, Trigger
from gapless.adapters.postgres.sql.text import quoted, refusal
from gapless.kit import Catalogue, Immutable, Model, PrimaryKey, VersionStep
from gapless.kit.columns import Column
from gapless.kit.model import Validated


def add_primary_key(_: Catalogue, table: sa.Table, rule: PrimaryKey) -> None:
    """Adds the primary key to its table."""
    table.append_constraint(sa.PrimaryKeyConstraint(*(c.name for c in rule.key), name=rule.name))


def immutable_objects(_: Catalogue, schema: str, model: Model[Validated]) -> list[Marked]:
    """The functions and triggers that refuse a change of what is immutable, and a wrong step of the version."""
    kept: list[tuple[Immutable | VersionStep, str]] = [(rule, _changed(rule)) for rule in model.of_kind(Immutable)]
    kept += [(rule, _skipped(rule)) for rule in model.of_kind(VersionStep)]
    return [found for rule, when in kept for found in _keeping(schema, model, rule, when)]


def _changed(rule: Immutable) -> str:
    return " OR ".join(part for column in rule.fields for part in _differing(column))


def _differing(column: Column) -> Iterator[str]:
    name = quoted(column.stored)
    yield f"NEW.{name} <> OLD.{name}"
    if column.nullable:
        yield f"(NEW.{name} IS NULL) <> (OLD.{name} IS NULL)"


def _skipped(rule: VersionStep) -> str:
    """The condition that the version is neither the previous one nor one more; no integer overflows in it."""
    new, old = (f"{row}.{quoted(rule.version.stored)}" for row in ("NEW", "OLD"))
    return f"{new} < {old} OR ({new} > {old} AND {new} - 1 > {old})"


def _keeping(
    schema: str, model: Model[Validated], rule: Immutable | VersionStep, when: str
) -> tuple[Function, Trigger]:
    keep = Function(
        schema=schema,
        name=f"keep_{rule.name}",
        declared_by=model.stored,
        rules=(rule.name,),
        body=refusal(rule, model.stored),
        definer=False,
    )
    trigger = Trigger(
        table=model.stored,
        name=rule.name,
        calls=keep,
        moment=BEFORE,
        events=("UPDATE",),
        when=when,
    )
    return keep, trigger
