"""The types that a column can have, and what each interpreter does with each of them.

A type has many interpreters: the entity, each store, the strategies. Each has one registry by type. A new type needs
one entry in each of them, and a type that somebody has forgotten is refused instead of ignored.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

import attrs

from gapless.kit.errors import DeclarationError

T = TypeVar("T")


class ColumnType(enum.Enum):
    """The types that a column can have."""

    TEXT = "text"
    ENUMERATION = "enumeration"
    INTEGER = "integer"
    BIG_INTEGER = "big integer"
    DECIMAL = "decimal"
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


@attrs.frozen(kw_only=True)
class ByType(Generic[T]):
    """What one interpreter knows about each type of column.

    Args:
        interpreter: who interprets, for a message: "the in-memory store".
        place: where its code is, for a message.
        needed: what its code needs for a type, for a message.
        by_type: what is known about each type; a type that does not concern this interpreter is in it, too.
    """

    interpreter: str
    place: str
    needed: str
    by_type: Mapping[ColumnType, T]

    def of(self, kind: ColumnType) -> T:
        """What the interpreter knows about a type.

        Raises:
            DeclarationError: the interpreter does not know this type; the message says what to write.
        """
        if kind not in self.by_type:
            raise DeclarationError(self.lacking(kind))
        return self.by_type[kind]

    def lacking(self, kind: ColumnType) -> str:
        """The message that refuses a type: what to write, and where."""
        return f"{self.interpreter} knows no column type {kind.name}: write {self.needed} into {self.place}."
