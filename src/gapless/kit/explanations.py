"""Says in a sentence what is wrong with values that break a rule: "Name has 501 characters, at most 100."."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from gapless.kit.columns import Column, ColumnType, subject
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.misfits import misfit
from gapless.kit.plain import plain, shown
from gapless.kit.predicates import (
    All,
    Comparison,
    Constant,
    Field,
    Length,
    Node,
    NullPasses,
)
from gapless.kit.registry import Registry

Values: TypeAlias = Mapping[str, object]
_BOUNDS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than", "==": "not"}
_REFUSED = {
    "<=": lambda value, bound: value > bound,
    "<": lambda value, bound: value >= bound,
    ">=": lambda value, bound: value < bound,
    ">": lambda value, bound: value <= bound,
    "==": lambda value, bound: value != bound,
}


def explained(rule: Rule, values: Values) -> str:
    """What is wrong with values that break a rule over one row; "" if the rule's own message says it all.

    Args:
        rule: the rule.
        values: the values by column; all columns that the rule speaks of must be among them.

    Raises:
        DeclarationError: no explanation is written for this kind of rule.
    """
    return EXPLAINED.of(rule)(rule, values)


def _unfit(rule: Rule, values: Values) -> str:
    column = cast("DataType | EnumMember", rule).column
    return _sentence(column, misfit(column, values[column.name]))


def _missing(rule: Rule, _: Values) -> str:
    return _sentence(cast(Required, rule).column, "is None")


def _false(rule: Rule, values: Values) -> str:
    return _found(cast(Check, rule).holds, values)


def _nothing_more(_: Rule, __: Values) -> str:
    """Adds nothing, because the values of one row can't be wrong by themselves: the rule's own message says it all."""
    return ""


EXPLAINED: Registry[Callable[[Rule, Values], str]] = Registry(
    interpreter="The explanation of values",
    place="kit/explanations.py",
    needed="what is wrong with values that break it",
    by_kind={
        DataType: _unfit,
        EnumMember: _unfit,
        Required: _missing,
        Check: _false,
        Transition: _nothing_more,
        PrimaryKey: _nothing_more,
        Unique: _nothing_more,
        Exclusion: _nothing_more,
        Reference: _nothing_more,
        AdmissionGuard: _nothing_more,
        AtLeastOne: _nothing_more,
        AtMost: _nothing_more,
        Immutable: _nothing_more,
        VersionStep: _nothing_more,
        AppendOnly: _nothing_more,
        Numbered: _nothing_more,
        Stamped: _nothing_more,
        Index: _nothing_more,
    },
)


def _sentence(column: Column, words: str) -> str:
    return f"{subject(column.name)} {words}." if words else ""


def _found(node: Node, values: Values) -> str:
    """Explains the first of the conditions that does not hold, if it compares a field with a constant."""
    match node:
        case All(parts):
            return next((said for said in (_found(part, values) for part in parts) if said), "")
        case Comparison(operator, Length(Field(column) | NullPasses(Field(column))), Constant(bound)):
            text = plain(values[column.name])
            return _compared(column, operator, len(text), bound, " characters") if type(text) is str else ""
        case Comparison(operator, Field(column) | NullPasses(Field(column)), Constant(bound)):
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
