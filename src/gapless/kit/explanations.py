"""What is wrong with values that break a rule, in a sentence: "Name has 501 characters, at most 100."."""

from __future__ import annotations

from collections.abc import Mapping

from gapless.kit.columns import Column, ColumnType, subject
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Check, Known, Required, Rule, Storable
from gapless.kit.misfits import misfit
from gapless.kit.plain import plain, shown
from gapless.kit.predicates import (
    Acknowledged,
    All,
    Comparison,
    Constant,
    Field,
    Length,
    Node,
)

_BOUNDS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than", "==": "not"}
_REFUSED = {
    "<=": lambda value, bound: value > bound,
    "<": lambda value, bound: value >= bound,
    ">=": lambda value, bound: value < bound,
    ">": lambda value, bound: value <= bound,
    "==": lambda value, bound: value != bound,
}


def explained(rule: Rule, values: Mapping[str, object]) -> str:
    """What is wrong with values that break a rule over one row; "" where the rule's own sentence says it all.

    Args:
        rule: the rule.
        values: the values by column, of which those that the rule speaks of are there.

    Raises:
        DeclarationError: nobody has said it of rules of this kind.
    """
    match rule:
        case Storable(column=column) | Known(column=column):
            return _sentence(column, misfit(column, values[column.name]))
        case Required(column=column):
            return _sentence(column, "is None")
        case Check(holds=holds):
            return _found(holds, values)
        case _:
            said = f"write what is wrong with values that break a {type(rule).__name__} into kit/explanations.py"
            raise DeclarationError(f"{rule.name}: {said}.")


def _sentence(column: Column, words: str) -> str:
    return f"{subject(column.name)} {words}." if words else ""


def _found(node: Node, values: Mapping[str, object]) -> str:
    """Of conditions that all have to hold the first that does not, as far as it compares with a constant."""
    match node:
        case All(parts):
            return next((said for said in (_found(part, values) for part in parts) if said), "")
        case Comparison(operator, Length(Field(column) | Acknowledged(Field(column))), Constant(bound)):
            text = plain(values[column.name])
            return _compared(column, operator, len(text), bound, " characters") if type(text) is str else ""
        case Comparison(operator, Field(column) | Acknowledged(Field(column)), Constant(bound)):
            if column.personal or column.type not in (ColumnType.INTEGER, ColumnType.BIG_INTEGER):
                return ""
            return _compared(column, operator, values[column.name], bound, "")
        case _:
            return ""


def _compared(column: Column, operator: str, value: object, bound: object, unit: str) -> str:
    if type(value) is not int or type(bound) is not int or operator not in _BOUNDS:
        return ""
    if not _REFUSED[operator](value, bound):
        return ""
    verb = "has" if unit else "is"
    unit = unit.removesuffix("s") if value == 1 else unit
    return _sentence(column, f"{verb} {shown(value)}{unit}, {_BOUNDS[operator]} {bound}")
