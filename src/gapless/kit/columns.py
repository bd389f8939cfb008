"""The columns of an entity, read from its annotations: the type of each, and the values that it can hold.

A value is *normalised* before it is checked, so that equal data is equal in every store: a value of a subclass becomes
the plain value, a time is brought to UTC, the text of an enumeration becomes its member, a dict becomes a JsonObject. A
value is *representable* if PostgreSQL keeps exactly that value. All that enters an entity, a query or a use case passes
through here.
"""

from __future__ import annotations

import builtins
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import NewType, TypeVar
from uuid import UUID

import attrs

from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject, is_representable_text
from gapless.kit.plain import BuiltIn, is_of, plain

BigInteger = NewType("BigInteger", int)
"""A whole number of eight bytes; a plain `int` has four."""
RecordedTime = NewType("RecordedTime", datetime)
"""The time at which a store took a row, by the store's own clock; it differs between two stores that do the same."""


# The types of fields, as the type checker sees them: with them, `one_of(user.role, "OWNER")` is an error. A free type
# variable would let it pass as a comparison of objects.
Value = TypeVar(
    "Value",
    str | None,
    int | None,
    bool | None,
    enum.Enum | None,
    datetime | None,
    UUID | None,
    UUID | int | str | None,
    tuple[UUID, ...] | None,
    JsonObject | None,
)


class ColumnType(enum.Enum):
    """The types that a column can have."""

    TEXT = "text"
    ENUMERATION = "enumeration"
    INTEGER = "integer"
    BIG_INTEGER = "big integer"
    BOOLEAN = "boolean"
    UUID = "uuid"
    UUIDS = "list of uuids"
    TIME = "time"
    JSON = "json"
    KEY = "key"
    """A key in a part of the kit, whose type the catalogue says that it is in: the key of its root in the field of
    `belongs_to`, and in any other field the id of a user."""

    @property
    def described(self) -> str:
        """The type with its article, for a message."""
        return f"{'an' if self in (ColumnType.ENUMERATION, ColumnType.INTEGER) else 'a'} {self.value}"


GREATEST_KEY_LENGTH = 200
"""How many characters a text may have that is the key of a root or the id of a user: it stands in many indexes."""
KEYS = (ColumnType.UUID, ColumnType.INTEGER, ColumnType.BIG_INTEGER, ColumnType.TEXT)
"""The types that the key of a root can have, and the id of a user."""
TYPES_OF_KEYS: Mapping[ColumnType, object] = types.MappingProxyType(
    {
        ColumnType.UUID: UUID,
        ColumnType.INTEGER: int,
        ColumnType.BIG_INTEGER: BigInteger,
        ColumnType.TEXT: str,
    }
)
"""The annotation of a field that has the key of a root, by the type of that key."""
INTEGER_RANGES = {ColumnType.INTEGER: (-(2**31), 2**31 - 1), ColumnType.BIG_INTEGER: (-(2**63), 2**63 - 1)}
# The driver writes both ends of datetime's range as infinity; a day away from them, the time fits in every zone.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)
UNRECORDED = RecordedTime(EARLIEST)
"""The recorded time of a row that no store has taken yet."""
UNNUMBERED = BigInteger(0)
"""The number of a row that no store has taken yet."""

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


@attrs.frozen(cache_hash=True)  # columns stand in the keys under which statements are found
class Column:
    """One column: its name, its type, whether it may be null, and the enumeration that it takes its values from.

    Attributes:
        recorded: whether it holds a RecordedTime, which differs between stores that do the same.
        personal: whether it holds values of a person.
        stored_as: what the database calls it, if not by the name of the field.
    """

    name: str
    type: ColumnType
    nullable: bool
    enumeration: builtins.type[enum.Enum] | None = None
    recorded: bool = attrs.field(default=False, repr=False)
    personal: bool = attrs.field(default=False, repr=False, kw_only=True)
    stored_as: str | None = attrs.field(default=None, repr=False, kw_only=True)

    @property
    def stored(self) -> str:
        """What the database calls it."""
        return self.name if self.stored_as is None else self.stored_as

    def normalised(self, value: object) -> object:
        """The value in its normal form; a value that has none is returned as it is, and refused later."""
        if type(value) is self.enumeration:
            return value
        value = plain(value)
        if self.enumeration is not None and type(value) is str:
            return self.members.get(value, value)
        if self.type is ColumnType.TIME and type(value) is BuiltIn.time:
            return in_utc(value)
        if self.type is ColumnType.JSON and is_of(value, Mapping):
            return as_json_object(value)
        if self.type is ColumnType.UUIDS and type(value) in (list, tuple):
            return _tuple_of(typing.cast("Sequence[object]", value))
        return value

    def represents(self, value: object) -> bool:  # noqa: PLR0911  # one for each type
        """Whether the column can keep exactly this normalised value; the rule Required checks None, not this."""
        if value is None:
            return True
        match self.type:
            case ColumnType.TEXT:
                return type(value) is str and is_representable_text(value)
            case ColumnType.ENUMERATION:
                return type(value) is self.enumeration or (type(value) is str and is_representable_text(value))
            case ColumnType.INTEGER | ColumnType.BIG_INTEGER:
                least, greatest = INTEGER_RANGES[self.type]
                return type(value) is int and least <= value <= greatest
            case ColumnType.UUID:
                return type(value) is UUID
            case ColumnType.UUIDS:
                return is_tuple_of_uuids(value)
            case ColumnType.TIME:
                return is_time(value)
            case ColumnType.KEY:
                return is_key(value)
            case ColumnType.BOOLEAN | ColumnType.JSON:
                return type(value) is (bool if self.type is ColumnType.BOOLEAN else JsonObject)

    @cached_property
    def members(self) -> dict[object, enum.Enum]:
        """The members of the enumeration, each by its text; empty if the column has no enumeration."""
        return {} if self.enumeration is None else {member.value: member for member in self.enumeration}


def is_key(value: object) -> bool:
    """Whether the value can be the key of some root."""
    if type(value) is str:
        return len(value) <= GREATEST_KEY_LENGTH and is_representable_text(value)
    least, greatest = INTEGER_RANGES[ColumnType.BIG_INTEGER]
    return type(value) is UUID or (type(value) is int and least <= value <= greatest)


def subject(name: str) -> str:
    """The name of a field as the subject of a message: `used_minutes` becomes "Used minutes"."""
    return name.replace("_", " ").capitalize()


def is_tuple_of_uuids(value: object) -> bool:
    """Whether the value is a tuple that holds nothing but uuids."""
    return type(value) is tuple and all(type(part) is UUID for part in value)


def _tuple_of(parts: Sequence[object]) -> tuple[object, ...]:
    """The parts as a tuple of plain values; the same tuple if all of them are plain already."""
    found = tuple(map(plain, parts))
    # Identity and not equality, because equality would call methods of the parts, which may be of any class.
    same = type(parts) is tuple and all(one is other for one, other in zip(parts, found, strict=True))
    return typing.cast("tuple[object, ...]", parts) if same else found


def is_time(value: object) -> bool:
    """Whether the value is a time in its normal form: in UTC, and within the range that can be stored."""
    if type(value) is not BuiltIn.time:
        return False
    return value.tzinfo is UTC and not value.fold and EARLIEST <= value <= LATEST


def in_utc(value: datetime) -> datetime:
    """The same instant in UTC; a time without a zone, or outside of UTC's range, is returned as it is."""
    if value.tzinfo is None or (value.tzinfo is UTC and not value.fold):
        return value
    try:
        return value if value.utcoffset() is None else value.astimezone(UTC).replace(fold=0)
    except Exception:  # noqa: BLE001  # the caller may have written the zone, and it may raise anything
        return value


def as_json_object(value: object) -> object:
    """The mapping as a JsonObject; a value that can't become one is returned as it is."""
    try:
        return value if type(value) is JsonObject else JsonObject(typing.cast("JsonObject", value))
    except InvalidValue:
        return value


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
