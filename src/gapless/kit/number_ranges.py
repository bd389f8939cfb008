"""How great the results of + - * can be, computed from the types of the columns and from the constants.

A result is exact in every store: it is calculated in eight bytes where each value on the way fits into them, and in
digits of any number where not. A further type of exact numbers is one more entry of `RANGES` (decision 0063).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import cast

import attrs

from gapless.kit.columns import EXACT, INTEGER_RANGES, ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import kind_of, plain_decimal, plain_integer, shown

GREATEST_DIGITS = 100
"""How many digits a result may have; each store calculates with more, but no rule needs them."""
_LEAST_LONG, _GREATEST_LONG = INTEGER_RANGES[ColumnType.BIG_INTEGER]


@attrs.frozen
class NumberRange:
    """The numbers that something can be, counted in units of the last digit.

    Attributes:
        least, greatest: the ends, which are in it.
        scale: how many digits stand behind the point.
        whole: whether they are made of whole numbers alone, and of no decimal.
    """

    least: int
    greatest: int
    scale: int = 0
    whole: bool = True

    @property
    def is_long(self) -> bool:
        """Whether each of the numbers fits into eight bytes."""
        return self.whole and self.least >= _LEAST_LONG and self.greatest <= _GREATEST_LONG

    def scaled(self, scale: int) -> NumberRange:
        """The same numbers with so many digits behind the point."""
        by = 10 ** (scale - self.scale)
        return NumberRange(self.least * by, self.greatest * by, scale, self.whole)


def _whole(column: Column) -> NumberRange:
    return NumberRange(*INTEGER_RANGES[column.type])


def _decimal(column: Column) -> NumberRange:
    digits = digits_of(column)
    greatest = counted_units(digits.greatest)
    return NumberRange(-greatest, greatest, digits.scale, whole=False)


RANGES: ByType[Callable[[Column], NumberRange] | None] = ByType(
    interpreter="What calculates in conditions",
    place="kit/number_ranges.py",
    needed="which numbers a column can hold; None if no condition calculates with it",
    by_type={
        ColumnType.TEXT: None,
        ColumnType.ENUMERATION: None,
        ColumnType.INTEGER: _whole,
        ColumnType.BIG_INTEGER: _whole,
        ColumnType.DECIMAL: _decimal,
        ColumnType.BOOLEAN: None,
        ColumnType.UUID: None,
        ColumnType.UUIDS: None,
        ColumnType.TIME: None,
        ColumnType.JSON: None,
        ColumnType.KEY: None,
    },
)
NUMBERS = tuple(kind for kind, found in RANGES.by_type.items() if found is not None)
"""The types of columns with which conditions calculate as with numbers."""
LENGTHS = NumberRange(0, INTEGER_RANGES[ColumnType.INTEGER][1])
"""How long a text can be."""


def column_range(column: Column) -> NumberRange:
    """The numbers that a column can hold.

    Raises:
        DeclarationError: no condition calculates with it.
    """
    found = RANGES.of(column.type)
    if found is None:
        raise DeclarationError(f"{column.name} is {column.type.described}: no condition calculates with it.")
    return found(column)


def constant_range(value: int | Decimal) -> NumberRange:
    """The range of one number, which for a decimal is one of `decimal_constant`."""
    if not isinstance(value, Decimal):
        return NumberRange(value, value)
    units = counted_units(value)
    return NumberRange(units, units, -cast(int, value.as_tuple().exponent), whole=False)


def _exact(value: Decimal) -> Decimal | None:
    """A constant without zeros at the end; None if a condition does not calculate with it.

    Args:
        value: any decimal; NaN, infinity, and what has more digits than a result can have are none.
    """
    if not value.is_finite():
        return None
    if not value:
        return Decimal(0)
    if value.adjusted() >= GREATEST_DIGITS or -cast(int, value.as_tuple().exponent) > GREATEST_DIGITS:
        return None
    found = value.normalize(EXACT)
    found = found if cast(int, found.as_tuple().exponent) <= 0 else found.quantize(Decimal(1), context=EXACT)
    return found if abs(counted_units(found)) < 10**GREATEST_DIGITS else None


def decimal_constant(value: object, called: str, scale: int = GREATEST_DIGITS) -> Decimal:
    """A constant as a decimal without zeros at the end.

    Args:
        value: what was written.
        called: what it is compared or calculated with, for a message.
        scale: how many digits it may have behind the point.

    Raises:
        DeclarationError: it is no number, or has more digits than the condition calculates with.
    """
    number = plain_integer(value)
    given = plain_decimal(value) if number is None else Decimal(number)
    if given is None:
        raise DeclarationError(f"{called} can't be {kind_of(value)}: write a whole number or a Decimal.")
    found = _exact(given)
    if found is None or constant_range(found).scale > scale:
        raise DeclarationError(
            f"{called} can't be {shown(value)}: it has at most {GREATEST_DIGITS} digits, and {scale} of them behind "
            "the point."
        )
    return found


def calculated_range(operator: str, left: NumberRange, right: NumberRange) -> NumberRange:
    """What the results of an operator can be.

    Args:
        operator: one of + - *.
        left, right: what its operands can be.

    Raises:
        DeclarationError: a result could have more digits than a condition calculates with.
    """
    whole = left.whole and right.whole
    if operator == "*":
        ends = [one * other for one in (left.least, left.greatest) for other in (right.least, right.greatest)]
        found = NumberRange(min(ends), max(ends), left.scale + right.scale, whole)
    else:
        scale = max(left.scale, right.scale)
        one, other = left.scaled(scale), right.scaled(scale)
        if operator == "-":
            other = NumberRange(-other.greatest, -other.least, scale, whole)
        found = NumberRange(one.least + other.least, one.greatest + other.greatest, scale, whole)
    if max(abs(found.least), abs(found.greatest)) >= 10**GREATEST_DIGITS:
        raise DeclarationError(
            f"A result of {operator} could have more than {GREATEST_DIGITS} digits: a condition calculates with no "
            "greater numbers, so let it multiply less."
        )
    return found
