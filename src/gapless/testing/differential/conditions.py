"""Conditions over the fields of a row, as data: so a program can be drawn, printed and made smaller."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs

from gapless.kit import all_of, any_of, is_null, negate


@attrs.frozen
class Condition:
    """A condition over the fields of a row: a comparison with a constant, or conditions joined."""

    operator: str
    field: str = ""
    value: object = None
    parts: tuple[Condition, ...] = ()

    def __call__(self, row: object) -> bool:
        """Makes the predicate of this condition over a row."""
        match self.operator:
            case "all":
                return all_of(*(part(row) for part in self.parts))
            case "any":
                return any_of(*(part(row) for part in self.parts))
            case "not":
                return negate(self.parts[0](row))
            case "null":
                return is_null(getattr(row, self.field))
            case "<":
                return cast(bool, getattr(row, self.field) < self.value)
            case _:
                return cast(bool, getattr(row, self.field) == self.value)

    def over(self, value_of: Callable[[object], object]) -> Condition:
        """The same condition over other values.

        Args:
            value_of: gives what a value stands for.
        """
        return attrs.evolve(self, value=value_of(self.value), parts=tuple(part.over(value_of) for part in self.parts))


EVERY_ROW = Condition("all")
"""What is true of every row."""
