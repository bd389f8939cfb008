"""How great the results of + - * can be, computed from the types of the columns and from the constants.

A result is exact in every store: it is calculated in eight bytes where each value on the way fits into them, and in
digits of any number where not. A further type of exact numbers is one more entry of `NUMBERS` (decision 0063).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import attrs

from gapless.kit.columns import INTEGER_RANGES, Column, ColumnType
from gapless.kit.errors import DeclarationError

GREATEST_DIGITS = 100
"""How many digits a result may have; each store calculates with more, but no rule needs them."""
_LEAST_LONG, _GREATEST_LONG = INTEGER_RANGES[ColumnType.BIG_INTEGER]


@attrs.frozen
class NumberRange:
    """The numbers that something can be, counted in units of the last digit.

    Attributes:
        least, greatest: the ends, which are in it.
        scale: how many digits stand behind the point.
    """

    least: int
    greatest: int
    scale: int = 0

    @property
    def is_long(self) -> bool:
        """Whether each of the numbers fits into eight bytes."""
        return self.scale == 0 and self.least >= _LEAST_LONG and self.greatest <= _GREATEST_LONG

    def scaled(self, scale: int) -> NumberRange:
        """The same numbers with so many digits behind the point."""
        by = 10 ** (scale - self.scale)
        return NumberRange(self.least * by, self.greatest * by, scale)


def _whole(column: Column) -> NumberRange:
    return NumberRange(*INTEGER_RANGES[column.type])


NUMBERS: Mapping[ColumnType, Callable[[Column], NumberRange]] = MappingProxyType(
    {ColumnType.INTEGER: _whole, ColumnType.BIG_INTEGER: _whole}
)
"""By type of column the numbers that it can hold; nothing else is calculated with."""
LENGTHS = NumberRange(0, INTEGER_RANGES[ColumnType.INTEGER][1])
"""How long a text can be."""


def calculated_range(operator: str, left: NumberRange, right: NumberRange) -> NumberRange:
    """What the results of an operator can be.

    Args:
        operator: one of + - *.
        left, right: what its operands can be.

    Raises:
        DeclarationError: a result could have more digits than a condition calculates with.
    """
    if operator == "*":
        ends = [one * other for one in (left.least, left.greatest) for other in (right.least, right.greatest)]
        found = NumberRange(min(ends), max(ends), left.scale + right.scale)
    else:
        scale = max(left.scale, right.scale)
        one, other = left.scaled(scale), right.scaled(scale)
        if operator == "-":
            other = NumberRange(-other.greatest, -other.least, scale)
        found = NumberRange(one.least + other.least, one.greatest + other.greatest, scale)
    if max(abs(found.least), abs(found.greatest)) >= 10**GREATEST_DIGITS:
        raise DeclarationError(
            f"A result of {operator} could have more than {GREATEST_DIGITS} digits: a condition calculates with no "
            "greater numbers, so let it multiply less."
        )
    return found
