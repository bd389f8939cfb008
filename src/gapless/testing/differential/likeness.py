"""Whether two outcomes are the same: equal, and of the same types, with times at the same offset.

Of the times at which a store took a row both have to be there; they are each store's own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import model_of
from gapless.kit.columns import Column
from gapless.kit.model import Validated


def are_alike(one: object, other: object) -> bool:
    """Whether two values are the same in type and content; a driver's own class of UUIDs counts as UUID.

    Equality alone would take 1 for True, and a time in one zone for the same moment in another.
    """
    if one != other:
        return False
    if isinstance(one, UUID):
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.utcoffset() == other.utcoffset()
    if isinstance(one, tuple) and isinstance(other, tuple):
        return all(map(are_alike, one, other))
    kind = type(one)
    if isinstance(one, Validated):
        columns = model_of(cast("type[Validated]", kind)).columns
        return all(_in_column(column, getattr(one, column.name), getattr(other, column.name)) for column in columns)
    if attrs.has(kind):
        compared = (field.name for field in attrs.fields(kind) if field.eq)
        return all(are_alike(getattr(one, name), getattr(other, name)) for name in compared)
    return True


def _in_column(column: Column, one: object, other: object) -> bool:
    if column.recorded:
        return all(type(value) is datetime and value.tzinfo is UTC for value in (one, other))
    return are_alike(one, other)
