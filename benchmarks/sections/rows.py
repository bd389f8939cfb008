"""Rows as the contenders give them, brought to one form, so that what they have read can be compared."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import asyncpg
import attrs

from gapless.domain.calls import Call
from gapless.domain.users import User

USER = tuple(field.name for field in attrs.fields(User))
CALL = tuple(field.name for field in attrs.fields(Call))
DIFFERENT = {"organization_id", "id", "created_at", "deletion_id"}
"""The columns that differ between two organizations with the same contents."""


def told(row: object, columns: Sequence[str]) -> tuple[object, ...]:
    """The values of a row in these columns, of an entity, a record, a row of Core or an object of the ORM."""
    return tuple(_value(row, column) for column in columns if column not in DIFFERENT)


def _value(row: object, column: str) -> object:
    value = row[column] if isinstance(row, asyncpg.Record) else getattr(row, column)
    return value.value if isinstance(value, enum.Enum) else value
