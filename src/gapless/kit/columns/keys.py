"""Keys: the types that the key of a root can have, and the id of a user."""

from __future__ import annotations

import types
from collections.abc import Mapping
from uuid import UUID

from gapless.kit.columns.numbers import INTEGER_RANGES, BigInteger
from gapless.kit.columns.types import ColumnType
from gapless.kit.json_object import is_representable_text

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


def is_key(value: object) -> bool:
    """Whether the value can be the key of some root."""
    if type(value) is str:
        return len(value) <= GREATEST_KEY_LENGTH and is_representable_text(value)
    least, greatest = INTEGER_RANGES[ColumnType.BIG_INTEGER]
    return type(value) is UUID or (type(value) is int and least <= value <= greatest)
