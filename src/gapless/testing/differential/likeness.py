"""Whether two outcomes are the same: equal, and of the same types, with times at the same offset."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import attrs


def are_alike(one: object, other: object) -> bool:
    """Whether nobody could tell the two apart; a driver's own kind of UUID is no difference.

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
    if attrs.has(kind):
        return all(are_alike(getattr(one, field.name), getattr(other, field.name)) for field in attrs.fields(kind))
    return True
