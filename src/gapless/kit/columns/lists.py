"""Lists: tuples of plain values."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from uuid import UUID

from gapless.kit.plain import plain


def is_tuple_of_uuids(value: object) -> bool:
    """Whether the value is a tuple that holds nothing but uuids."""
    return type(value) is tuple and all(type(part) is UUID for part in value)


def as_tuple(value: object) -> object:
    """The parts of a list as a tuple of plain values; the same tuple if all are plain already, and no list as it is."""
    if type(value) not in (list, tuple):
        return value
    parts = typing.cast("Sequence[object]", value)
    found = tuple(map(plain, parts))
    # Identity and not equality, because equality would call methods of the parts, which may be of any class.
    same = type(parts) is tuple and all(one is other for one, other in zip(parts, found, strict=True))
    return parts if same else found
