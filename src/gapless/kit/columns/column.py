"""A column of an entity: its name, its type, and the values that it can hold."""

from __future__ import annotations

import builtins
import enum
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from uuid import UUID

import attrs

from gapless.kit.columns.decimals import Digits
from gapless.kit.columns.traits import TRAITS, Traits
from gapless.kit.columns.types import ColumnType
from gapless.kit.json_object import JsonObject
from gapless.kit.plain import plain

# The types of fields, as the type checker sees them: with them, `one_of(user.role, "OWNER")` is an error. A free type
# variable would let it pass as a comparison of objects.
Value = TypeVar(
    "Value",
    str | None,
    int | None,
    Decimal | None,
    bool | None,
    enum.Enum | None,
    datetime | None,
    UUID | None,
    UUID | int | str | None,
    tuple[UUID, ...] | None,
    JsonObject | None,
)


@attrs.frozen(cache_hash=True)  # columns stand in the keys under which statements are found
class Column:
    """One column: its name, its type, whether it may be null, and the enumeration that it takes its values from.

    Attributes:
        recorded: whether it holds a RecordedTime, which differs between stores that do the same.
        personal: whether it holds values of a person.
        digits: how many digits it has, if it holds decimals.
        stored_as: what the database calls it, if not by the name of the field.
    """

    name: str
    type: ColumnType
    nullable: bool
    enumeration: builtins.type[enum.Enum] | None = None
    recorded: bool = attrs.field(default=False, repr=False)
    personal: bool = attrs.field(default=False, repr=False, kw_only=True)
    digits: Digits | None = attrs.field(default=None, kw_only=True)
    stored_as: str | None = attrs.field(default=None, repr=False, kw_only=True)

    @property
    def stored(self) -> str:
        """What the database calls it."""
        return self.name if self.stored_as is None else self.stored_as

    def normalised(self, value: object) -> object:
        """The value in its normal form; a value that has none is returned as it is, and refused later."""
        if type(value) is self.enumeration:
            return value
        return self._traits.normalised(self, plain(value))

    def represents(self, value: object) -> bool:
        """Whether the column can keep exactly this normalised value; the rule Required checks None, not this."""
        return value is None or self._traits.represents(self, value)

    def fits(self, value: object) -> bool:
        """Whether a row can have this normalised value: null only where it may be, of an enumeration a member."""
        if value is None:
            return self.nullable
        return self.enumeration in (None, type(value)) and self.represents(value)

    @cached_property
    def _traits(self) -> Traits:
        return TRAITS.of(self.type)

    @cached_property
    def members(self) -> dict[object, enum.Enum]:
        """The members of the enumeration, each by its text; empty if the column has no enumeration."""
        return {} if self.enumeration is None else {member.value: member for member in self.enumeration}


def subject(name: str) -> str:
    """The name of a field as the subject of a message: `used_minutes` becomes "Used minutes"."""
    return name.replace("_", " ").capitalize()
