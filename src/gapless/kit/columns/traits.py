"""What the domain knows about each type of column: its values, and what can be asked of them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import UUID

import attrs

from gapless.kit.columns.decimals import Digits
from gapless.kit.columns.documents import as_json_object
from gapless.kit.columns.keys import is_key
from gapless.kit.columns.lists import as_tuple, is_tuple_of_uuids
from gapless.kit.columns.numbers import INTEGER_RANGES
from gapless.kit.columns.times import in_utc, is_time
from gapless.kit.columns.types import ByType, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.json_object import JsonObject, is_representable_text
from gapless.kit.plain import BuiltIn


class Details(Protocol):
    """What a column says beside its type."""

    @property
    def enumeration(self) -> type[enum.Enum] | None:
        """The enumeration that the column takes its values from."""

    @property
    def digits(self) -> Digits | None:
        """How many digits the decimals of the column have."""

    @property
    def members(self) -> Mapping[object, enum.Enum]:
        """The members of the enumeration, each by its value."""


def _same(_: Details, value: object) -> object:
    return value


@attrs.frozen(kw_only=True)
class Traits:
    """What the domain knows about a type.

    Attributes:
        meant: what a value of it is, for a message: "a text".
        represents: whether a column keeps exactly this normalised value, which is not None.
        normalised: the normal form of a plain value; a value that has none is returned as it is.
        is_compared: whether stores say alike whether two values are equal.
        is_ordered: whether a condition may ask which of two is less, and a listing be in that order.
        sorted_by: what of a value Python compares in an order: "" for itself, or the attribute with its dot.
        is_indexed: whether an index compares values as every store does.
        is_ranged: whether PostgreSQL has ranges of it, as an exclusion needs.
    """

    meant: str
    represents: Callable[[Details, object], bool]
    normalised: Callable[[Details, object], object] = _same
    is_compared: bool = True
    is_ordered: bool = False
    sorted_by: str = ""
    is_indexed: bool = True
    is_ranged: bool = False


def _is_text(_: Details, value: object) -> bool:
    return type(value) is str and is_representable_text(value)


def _is_member(details: Details, value: object) -> bool:
    return type(value) is details.enumeration or _is_text(details, value)


def _member(details: Details, value: object) -> object:
    return details.members.get(value, value) if type(value) is str else value


def _in_utc(_: Details, value: object) -> object:
    return in_utc(value) if type(value) is BuiltIn.time else value


def _is_integer(kind: ColumnType) -> Callable[[Details, object], bool]:
    least, greatest = INTEGER_RANGES[kind]
    return lambda _, value: type(value) is int and least <= value <= greatest


TRAITS = ByType(
    interpreter="The domain",
    place="kit/columns/traits.py",
    needed="its Traits",
    by_type={
        ColumnType.TEXT: Traits(meant="a text", represents=_is_text, is_ordered=True),
        ColumnType.ENUMERATION: Traits(meant="a member", represents=_is_member, normalised=_member, sorted_by=".value"),
        ColumnType.INTEGER: Traits(
            meant="a whole number",
            represents=_is_integer(ColumnType.INTEGER),
            is_ordered=True,
            is_ranged=True,
        ),
        ColumnType.BIG_INTEGER: Traits(
            meant="a whole number",
            represents=_is_integer(ColumnType.BIG_INTEGER),
            is_ordered=True,
            is_ranged=True,
        ),
        ColumnType.DECIMAL: Traits(
            meant="a decimal.Decimal",
            represents=lambda details, value: digits_of(details).holds(value),
            normalised=lambda details, value: digits_of(details).normalised(value),
            is_ordered=True,
            is_ranged=True,
        ),
        ColumnType.BOOLEAN: Traits(meant="True or False", represents=lambda _, value: type(value) is bool),
        ColumnType.UUID: Traits(meant="a uuid.UUID", represents=lambda _, value: type(value) is UUID, is_ordered=True),
        ColumnType.UUIDS: Traits(
            meant="a list of uuid.UUID",
            represents=lambda _, value: is_tuple_of_uuids(value),
            normalised=lambda _, value: as_tuple(value),
            is_compared=False,
            is_indexed=False,
        ),
        ColumnType.TIME: Traits(
            meant="a datetime",
            represents=lambda _, value: is_time(value),
            normalised=_in_utc,
            is_ordered=True,
            is_ranged=True,
        ),
        ColumnType.JSON: Traits(
            meant="a mapping",
            represents=lambda _, value: type(value) is JsonObject,
            normalised=lambda _, value: as_json_object(value),
            is_compared=False,
            is_indexed=False,
        ),
        ColumnType.KEY: Traits(
            meant="a uuid.UUID, a whole number or a text", represents=lambda _, value: is_key(value)
        ),
    },
)


def digits_of(details: Details) -> Digits:
    """The digits of a column of decimals.

    Raises:
        DeclarationError: nobody has said them.
    """
    if details.digits is None:
        raise DeclarationError("A column of decimals has digits: Annotated[Decimal, Digits(precision=…, scale=…)].")
    return details.digits


def _those_that(has: Callable[[Traits], bool]) -> tuple[ColumnType, ...]:
    return tuple(kind for kind, traits in TRAITS.by_type.items() if has(traits))


UNCOMPARED = _those_that(lambda traits: not traits.is_compared)
ORDERED = _those_that(lambda traits: traits.is_ordered)
UNINDEXED = _those_that(lambda traits: not traits.is_indexed)
RANGED = _those_that(lambda traits: traits.is_ranged)
"""The types of which PostgreSQL has ranges."""
