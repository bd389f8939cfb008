"""Columns are read from the annotations of an entity's fields."""

from __future__ import annotations

import enum
import types
import typing
from datetime import datetime
from uuid import UUID

from gapless.kit.columns.column import Column
from gapless.kit.columns.numbers import BigInteger
from gapless.kit.columns.times import RecordedTime
from gapless.kit.columns.types import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject, is_representable_text

_TYPES: dict[object, ColumnType] = {
    str: ColumnType.TEXT,
    int: ColumnType.INTEGER,
    BigInteger: ColumnType.BIG_INTEGER,
    bool: ColumnType.BOOLEAN,
    UUID: ColumnType.UUID,
    datetime: ColumnType.TIME,
    JsonObject: ColumnType.JSON,
    RootId: ColumnType.KEY,
}


def read_column(entity: str, name: str, annotation: object, *, personal: bool = False) -> Column:
    """Reads a column from a field's resolved annotation.

    Args:
        entity: the name of the entity, for messages.
        name: the name of the field.
        annotation: the annotation, resolved to a type.
        personal: whether the field holds values of a person.

    Raises:
        DeclarationError: no column type belongs to the annotation.
    """
    nullable, annotation = _without_none(annotation)
    found = column_type_of(annotation)
    if found is None:
        said = getattr(annotation, "__name__", annotation) if not typing.get_args(annotation) else annotation
        raise DeclarationError(
            f"{entity}.{name}: there is no column type for {said}: use str, int, BigInteger, bool, datetime, UUID, "
            "tuple[UUID, ...], JsonObject or an Enum of texts; an amount is a whole number of its smallest unit."
        )
    if found is ColumnType.ENUMERATION:
        enumeration = typing.cast("type[enum.Enum]", annotation)
        if not all(type(member.value) is str for member in enumeration):
            raise DeclarationError(f"{entity}.{name}: the members of {enumeration.__name__} must be texts.")
        if not all(is_representable_text(member.value) for member in enumeration):
            raise DeclarationError(
                f"{entity}.{name}: a member of {enumeration.__name__} holds a NUL or a lone surrogate."
            )
        return Column(name, found, nullable, enumeration, personal=personal)
    return Column(name, found, nullable, recorded=annotation is RecordedTime, personal=personal)


def _without_none(annotation: object) -> tuple[bool, object]:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return False, annotation
    parts = [part for part in typing.get_args(annotation) if part is not type(None)]
    if set(parts) == set(typing.get_args(RootId)):
        return len(parts) < len(typing.get_args(annotation)), RootId
    return True, parts[0] if len(parts) == 1 else annotation


def column_type_of(annotation: object) -> ColumnType | None:
    """The type of the columns that a resolved annotation stands for; None if there is none."""
    parts = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple and parts[1:] == (...,):
        return ColumnType.UUIDS if column_type_of(parts[0]) is ColumnType.UUID else None
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return ColumnType.ENUMERATION
    while annotation not in _TYPES and hasattr(annotation, "__supertype__"):
        annotation = annotation.__supertype__
    return _TYPES.get(annotation)
