"""Columns are read from the annotations of an entity's fields."""

from __future__ import annotations

import enum
import types
import typing
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import attrs

from gapless.kit.columns.column import Column
from gapless.kit.columns.decimals import Digits
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
    Decimal: ColumnType.DECIMAL,
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
    told = told_of(annotation)
    found = column_type_of(told.type)
    where = f"{entity}.{name}"
    if found is None:
        said = getattr(told.type, "__name__", told.type) if not typing.get_args(told.type) else told.type
        raise DeclarationError(
            f"{where}: there is no column type for {said}: use str, int, BigInteger, Decimal, bool, datetime, UUID, "
            "tuple[UUID, ...], JsonObject or an Enum of texts."
        )
    _require_digits(where, found, told)
    return Column(
        name,
        found,
        told.nullable,
        _enumeration(where, told.type) if found is ColumnType.ENUMERATION else None,
        recorded=told.type is RecordedTime,
        personal=personal,
        digits=told.digits,
    )


@attrs.frozen
class Told:
    """What an annotation says.

    Attributes:
        type: the type of the values.
        nullable: whether None is one of them.
        digits: how many digits they have, if it says so.
    """

    type: object
    nullable: bool
    digits: Digits | None


def told_of(annotation: object) -> Told:
    """What a resolved annotation says, from whatever it has around its type: Annotated, and a union with None."""
    nullable, digits = False, None
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation, *said = typing.get_args(annotation)
            digits = next((each for each in said if type(each) is Digits), digits)
            continue
        is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
        parts = [part for part in typing.get_args(annotation) if part is not type(None)] if is_union else []
        if not parts:
            return Told(annotation, nullable, digits)
        nullable = nullable or len(parts) < len(typing.get_args(annotation))
        if set(parts) == set(typing.get_args(RootId)):
            return Told(RootId, nullable, digits)
        if len(parts) > 1:
            return Told(annotation, nullable, digits)
        annotation = parts[0]


def _require_digits(where: str, found: ColumnType, told: Told) -> None:
    if found is ColumnType.DECIMAL and told.digits is None:
        raise DeclarationError(
            f"{where}: a Decimal says how many digits it has: Annotated[Decimal, Digits(precision=10, scale=2)]."
        )
    if found is not ColumnType.DECIMAL and told.digits is not None:
        raise DeclarationError(f"{where}: only a Decimal has Digits, and this is {found.described}.")


def _enumeration(where: str, annotation: object) -> type[enum.Enum]:
    enumeration = typing.cast("type[enum.Enum]", annotation)
    if not all(type(member.value) is str for member in enumeration):
        raise DeclarationError(f"{where}: the members of {enumeration.__name__} must be texts.")
    if not all(is_representable_text(member.value) for member in enumeration):
        raise DeclarationError(f"{where}: a member of {enumeration.__name__} holds a NUL or a lone surrogate.")
    return enumeration


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
