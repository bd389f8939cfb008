"""Decimals: numbers with a fixed number of digits behind the point, which are never rounded.

See docs/decisions/0062-types-of-columns.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    Inexact,
    InvalidOperation,
)
from functools import cached_property

import attrs

from gapless.kit.errors import DeclarationError
from gapless.kit.plain import kind_of, plain_integer

GREATEST_PRECISION = 1000
"""How many digits PostgreSQL lets a type declare."""
# One of its own, because that of the thread rounds to 28 digits, and a host may have changed it. All of it is said,
# because what is left out comes from DefaultContext, which is the host's as well.
EXACT = Context(
    prec=2 * GREATEST_PRECISION,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[Inexact, InvalidOperation],
)
"""In it nothing is rounded: what had more digits than any column would raise."""


def _digits(given: object) -> int:
    number = plain_integer(given)
    if number is None:
        raise DeclarationError(f"Digits are counted in whole numbers, and not by {kind_of(given)}.")
    return number


@attrs.frozen(kw_only=True, slots=False, cache_hash=True)
class Digits:
    """How many digits the decimals of a field have.

        price: Annotated[Decimal, Digits(precision=10, scale=2)]

    Attributes:
        precision: how many digits there are at most, those behind the point included: 1 to 1000.
        scale: how many of them stand behind the point, 0 to `precision`. Every value is read back with so many.
    """

    precision: int = attrs.field(converter=_digits)
    scale: int = attrs.field(converter=_digits)

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.precision <= GREATEST_PRECISION or not 0 <= self.scale <= self.precision:
            raise DeclarationError(
                f"Digits(precision={self.precision}, scale={self.scale}): a precision is 1 to {GREATEST_PRECISION}, "
                "and a scale 0 to the precision."
            )

    @cached_property
    def unit(self) -> Decimal:
        """The least number above zero."""
        return self.value(1)

    @cached_property
    def beyond(self) -> Decimal:
        """The least number that has too many digits in front of the point."""
        return self.value(10**self.precision)

    @property
    def greatest(self) -> Decimal:
        """The greatest number."""
        return self.value(10**self.precision - 1)

    def value(self, count: int) -> Decimal:
        """The number that is so many units."""
        return Decimal(count).scaleb(-self.scale, EXACT)

    def normalised(self, value: object) -> object:
        """The number with its digits behind the point; what can't have so many is returned as it is."""
        number = Decimal(value) if type(value) is int else value
        if type(number) is not Decimal or not number.is_finite():
            return value
        if number.same_quantum(self.unit) and (number or not number.is_signed()):
            return number
        try:
            found = number.quantize(self.unit, context=EXACT)
        except DecimalException:
            return value
        return found or found.copy_abs()

    def holds(self, value: object) -> bool:
        """Whether this is a number in its normal form that has no more digits than these."""
        if type(value) is not Decimal or not value.same_quantum(self.unit):
            return False
        return self.beyond.copy_negate() < value < self.beyond and bool(value or not value.is_signed())


def counted_units(value: Decimal) -> int:
    """How many units of its last digit a finite number is."""
    sign, digits, _ = value.as_tuple()
    number = int("".join(map(str, digits)))
    return -number if sign else number


def require_one_scale(operator: str, compared: Iterable[Digits | None]) -> None:
    """Refuses to compare decimals of several scales, which no index answers.

    Raises:
        DeclarationError: they have different numbers of digits behind the point.
    """
    scales = {digits.scale for digits in compared if digits is not None}
    if len(scales) > 1:
        raise DeclarationError(
            f"{operator} can't compare decimals with {' and '.join(map(str, sorted(scales)))} digits behind the point: "
            "give both fields the same scale."
        )
