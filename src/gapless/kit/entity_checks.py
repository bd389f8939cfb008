"""Refuses an entity whose fields and rules do not fit together."""

from __future__ import annotations

from typing import cast

import attrs

from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    Check,
    Exclusion,
    Filled,
    Index,
    Invariant,
    Numbered,
    OnDelete,
    Reference,
    Stamped,
)
from gapless.kit.kinds.exclusion import require_order
from gapless.kit.kinds.referenced_columns import mentioned
from gapless.kit.model import VERSION, E, Model
from gapless.kit.validation import VALIDATED


def require_sound(model: Model[E]) -> None:
    """Refuses an entity whose key, rules or filled columns could not be kept.

    Raises:
        DeclarationError: one of them could not.
    """
    _check_key(model)
    _check_way(model)
    _check_rules(model)
    _check_filled(model)


def _check_key(model: Model[E]) -> None:
    columns = {column.name: column for column in model.columns}
    unknown = [name for name in model.key if name not in columns]
    if unknown:
        raise DeclarationError(f"The key of {model.name} names {unknown[0]}, which is not a field of it.")
    if not model.key or any(columns[name].nullable for name in model.key):
        raise DeclarationError(
            f"The key of {model.name} must be fields that are never null, not ({', '.join(model.key)})."
        )
    if any(columns[name].personal for name in model.key):
        raise DeclarationError(
            f"The key of {model.name} stands in errors and in the audit trail: no field of it may be personal."
        )
    if VERSION in model.key:
        raise DeclarationError(f"The key of {model.name} never changes, and {VERSION} does: leave it out of the key.")
    if model.unaudited and not model.audited:
        raise DeclarationError(f"{model.name} is not audited: leave out `unaudited`, or derive it from AuditedEntity.")
    if model.released is not None and (model.append_only or model.is_root or model.tenant is None):
        raise DeclarationError(
            f"{model.name}: `released` is for rows that can change and belong to a root by a field: leave it out."
        )
    version = columns.get(VERSION)
    if version is not None and (version.type, version.nullable) != (ColumnType.INTEGER, False):
        raise DeclarationError(f"{model.name}.{VERSION} belongs to the store: declare it as an int.")


def _check_way(model: Model[E]) -> None:
    if model.belonging.through and model.through is None:
        names = ", ".join(model.belonging.through)
        raise DeclarationError(
            f"{model.name}: yield a Reference by ({names}) to the row through which a row belongs to a root."
        )


def _check_rules(model: Model[E]) -> None:
    names = [rule.name for rule in model.rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DeclarationError(f"{model.name} declares {twice[0]} twice.")
    for rule in model.rules:
        VALIDATED.of(rule)  # refuses here, where the rule is declared, a kind that the entity does not know
        foreign = [column.name for column in mentioned(rule) if column not in model.columns]
        if foreign:
            raise DeclarationError(f"{rule.name} uses {foreign[0]}, which is not a field of {model.name}.")
        through = rule.through if isinstance(rule, (Invariant, AdmissionGuard, AppendOnly, Numbered)) else None
        if through is not None and through not in model.rules:
            raise DeclarationError(
                f"{rule.name} goes through {through.name}: {model.name} must yield that reference as well."
            )
        if isinstance(rule, Reference) and len({*rule.fields}) < len(rule.fields):
            raise DeclarationError(f"{rule.name} names a field twice: each field holds one part of the key.")
        if isinstance(rule, Reference) and not rule.nulled and rule.on_delete is OnDelete.SET_NULL:
            raise DeclarationError(f"{rule.name}: on_delete=OnDelete.SET_NULL needs a field that may be null.")
        if isinstance(rule, AppendOnly) and rule.erasable:
            _check_erasable(model, rule)
        if isinstance(rule, Exclusion):
            require_order(rule, model.of_kind(Check))


def _check_erasable(model: Model[E], rule: AppendOnly) -> None:
    """Refuses erasable columns from which nothing can be taken away, and erasable rows that have a version."""
    for column in rule.erasable:
        if column.type is not ColumnType.JSON and not (column.type is ColumnType.TEXT and column.nullable):
            raise DeclarationError(
                f"{rule.name}: nothing can be erased from {model.name}.{column.name}: it is neither a document nor "
                "a text that may be null."
            )
    if model.versioned:
        raise DeclarationError(f"{rule.name}: the rows of {model.name} never change: leave out its field {VERSION}.")


def _check_filled(model: Model[E]) -> None:
    """Refuses a filled column of another type, without a default, or one that counts when two rows are compared."""
    if len(model.of_kind(Numbered)) > 1:
        raise DeclarationError(f"{model.name} lets the store number its rows twice.")
    fields = {field.name: field for field in attrs.fields(cast("type[attrs.AttrsInstance]", model.entity))}
    for rule in model.of_kind(Filled):
        column, field = rule.column, fields[rule.column.name]
        wanted = ColumnType.BIG_INTEGER if isinstance(rule, Numbered) else ColumnType.TIME
        if column.type is not wanted or column.nullable or column.recorded is not isinstance(rule, Stamped):
            type_ = "BigInteger" if isinstance(rule, Numbered) else "RecordedTime"
            raise DeclarationError(f"{rule.name}: {model.name}.{column.name} must be a {type_} and never null.")
        if field.default is attrs.NOTHING or field.eq:
            raise DeclarationError(
                f"{rule.name}: declare {model.name}.{column.name} as attrs.field(default=…, eq=False), because nobody "
                "gives it when a row is made, and a row is the same before and after a store has taken it."
            )
        if column.name in model.key or column.name == VERSION:
            raise DeclarationError(
                f"{rule.name}: the store can't fill {column.name}: it is in the key, or is the version."
            )
    for numbered in model.of_kind(Numbered):
        _require_served(model, numbered)


def _require_served(model: Model[E], rule: Numbered) -> None:
    """Refuses numbers without an index in their order: the store looks for the last number with each new row."""
    leading = (rule.through.fields[0], rule.column)
    if not any(index.indexed[:2] == leading and index.where is None for index in model.of_kind(Index)):
        names = ", ".join(column.name for column in leading)
        raise DeclarationError(f"{rule.name}: {model.name} must yield an Index that begins with ({names}).")
