"""Of which type the ids of users are, who act and delete: a catalogue says it, or its audit trail has them already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, cast
from uuid import UUID

from gapless.kit.columns import GREATEST_KEY_LENGTH, KEYS, ColumnType, column_type_of
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Check
from gapless.kit.lengths import greatest_characters
from gapless.kit.model import Model, Validated, model_of
from gapless.kit.plain import is_of, kind_of, name_of

Users: TypeAlias = type[Validated] | type[UUID] | type[int] | type[str]
"""The entity of the users, or the type of their ids if no entity of the catalogue has them."""


def user_type_of(users: Users | None, models: Iterable[Model[Validated]]) -> ColumnType:
    """The type of the ids of users in a catalogue.

    Args:
        users: what the catalogue says by `users=`; None if it says nothing.
        models: its models, of which parts that came with another catalogue have the type already.

    Raises:
        DeclarationError: `users` is neither an entity nor the type of a key; the rows of the entity are found by
            something else; or the audit trail has ids of another type.
    """
    kept = next((model.rooting.users for model in models if model.rooting is not None and model.has_users), None)
    if users is None:
        return ColumnType.UUID if kept is None else kept
    said = _said(users)
    if kept is not None and kept is not said:
        raise DeclarationError(
            f"The ids of users are {said.described} by users=, and {kept.described} in the audit "
            "trail that the catalogue has already: say users= in the catalogue to which AUDIT_TRAIL is added."
        )
    return said


def _said(users: object) -> ColumnType:
    if is_of(users, type) and issubclass(cast(type, users), Validated):
        return _type_of_ids(model_of(cast("type[Validated]", users)))
    is_annotation = is_of(users, type) or hasattr(users, "__supertype__")
    found = column_type_of(users) if is_annotation else None
    if found is None or found not in KEYS:
        given = name_of(cast(type, users)) if is_of(users, type) else kind_of(users)
        raise DeclarationError(
            f"users= is the entity of the users, or the type of their ids: UUID, int, BigInteger or str; not {given}."
        )
    return found


def _type_of_ids(model: Model[Validated]) -> ColumnType:
    columns = model.id_columns or model.key_columns
    names = ", ".join(column.name for column in columns)
    if len(columns) > 1 or columns[0].type not in KEYS:
        raise DeclarationError(
            f"{model.name} is the entity of the users, and its rows are found by ({names}); a user is named by one "
            "UUID, whole number or text: say by users= the type of the ids by which users are named."
        )
    checks = [check.holds for check in model.of_kind(Check)]
    if columns[0].type is ColumnType.TEXT and greatest_characters(columns[0], checks) > GREATEST_KEY_LENGTH:
        raise DeclarationError(
            f"{model.name}.{names} is the id of a user, which stands in many indexes: bound it by a Check to at most "
            f"{GREATEST_KEY_LENGTH} characters, such as between(length(row.{names}), 1, 50)."
        )
    return columns[0].type
