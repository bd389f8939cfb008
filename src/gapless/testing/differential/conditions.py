"""Conditions over the fields of a row, as data: so a program can be drawn, printed and made smaller."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import cast

import attrs

from gapless.kit import all_of, any_of, contains, is_null, lower, negate, starts_with

_CALCULATE: dict[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@attrs.frozen
class Condition:
    """A condition over the fields of a row: a comparison with a constant, or conditions joined.

    Attributes:
        operator: all, any, not, null, == or <; lower, starts or contains of a text; or one of + - * of two fields: they
            make at most the value.
        field: the field that it asks.
        value: the constant.
        parts: the conditions that it joins.
        other: the other field of a calculation.
    """

    operator: str
    field: str = ""
    value: object = None
    parts: tuple[Condition, ...] = ()
    other: str = ""

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
            case "lower" | "starts" | "contains":
                return self._of_text(getattr(row, self.field), cast(str, self.value))
            case "+" | "-" | "*":
                made = _CALCULATE[self.operator](getattr(row, self.field), getattr(row, self.other))
                return made <= cast(int, self.value)
            case _:
                return cast(bool, getattr(row, self.field) == self.value)

    def _of_text(self, text: str, value: str) -> bool:
        if self.operator == "lower":
            return lower(text) == lower(value)
        return starts_with(text, value) if self.operator == "starts" else contains(lower(text), lower(value))

    def over(self, value_of: Callable[[object], object]) -> Condition:
        """The same condition over other values.

        Args:
            value_of: gives what a value stands for.
        """
        return attrs.evolve(self, value=value_of(self.value), parts=tuple(part.over(value_of) for part in self.parts))


EVERY_ROW = Condition("all")
"""What is true of every row."""
