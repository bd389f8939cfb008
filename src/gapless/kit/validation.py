"""Validators: for each entity a generated function lets a valid row pass, and says which rule another row breaks.

The order is PostgreSQL's: first what can't be stored and what is missing, column by column, then the checks by name. A
constructor calls the validator each time, so the generated code only answers in one expression whether all is well. For
a row that is not valid, or not yet in its normal form, plain Python finds out why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from typing import TypeAlias, cast
from uuid import UUID

from gapless.kit.columns import (
    EARLIEST,
    INTEGER_RANGES,
    LATEST,
    ByType,
    Column,
    ColumnType,
    is_key,
    is_tuple_of_uuids,
)
from gapless.kit.errors import DeclarationError, RuleViolated
from gapless.kit.json_object import JsonObject, is_representable_text
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
from gapless.kit.plain import BuiltIn
from gapless.kit.python_compiler import CALLED, Condition, PythonSource, function, is_false
from gapless.kit.registry import Registry

Validator: TypeAlias = Callable[[object], None]
ViolationFinder: TypeAlias = Callable[[Mapping[str, object]], list[Rule]]
Refuse: TypeAlias = Callable[[Rule, Mapping[str, object]], RuleViolated]

# For each type, the source of "this value is in its normal form and can be stored"; {1} is the enumeration. It compares
# exact types: a value of a subclass first becomes the plain one, and no method of the subclass is called
# (decision 0035).
NORMAL: ByType[str] = ByType(
    interpreter="The validator",
    place="kit/validation.py",
    needed="the source of its test",
    by_type={
        ColumnType.TEXT: "type({0}) is str and ({0}.isascii() and '\\0' not in {0} or representable({0}))",
        ColumnType.ENUMERATION: "type({0}) is {1}",
        ColumnType.INTEGER: "type({0}) is int and {1} <= {0} <= {2}",
        ColumnType.BIG_INTEGER: "type({0}) is int and {1} <= {0} <= {2}",
        # Numbers are compared exactly, and NaN is of no quantum, so that no context is asked (decision 0062).
        ColumnType.DECIMAL: "type({0}) is Decimal and {0}.same_quantum({1}) and {2} < {0} < {3} "
        "and ({0} or not {0}.is_signed())",
        ColumnType.BOOLEAN: "type({0}) is bool",
        ColumnType.UUID: "type({0}) is UUID",
        ColumnType.UUIDS: "is_tuple_of_uuids({0})",
        ColumnType.TIME: "type({0}) is datetime and {0}.tzinfo is UTC and not {0}.fold and EARLIEST <= {0} <= LATEST",
        ColumnType.JSON: "type({0}) is JsonObject",
        ColumnType.KEY: "(type({0}) is UUID or is_key({0}))",
    },
)
_NAMES: dict[str, object] = {
    "EARLIEST": EARLIEST,
    "LATEST": LATEST,
    "UTC": UTC,
    "UUID": UUID,
    "JsonObject": JsonObject,
    # Not by the name in the module, which freezegun replaces by a class of its own (decision 0035).
    "datetime": BuiltIn.time,
    "Decimal": Decimal,
    "is_key": is_key,
    "is_tuple_of_uuids": is_tuple_of_uuids,
    "representable": is_representable_text,
}


def row_rules(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules over one row, in the order in which every store checks them.

    Raises:
        DeclarationError: nothing says whether one row can break a rule of this kind.
    """
    validated = [rule for rule in rules if VALIDATED.of(rule) is not None]
    named = sorted(
        (rule for rule in validated if not isinstance(rule, (DataType, Required))), key=lambda rule: rule.name
    )
    return (
        *(rule for rule in validated if isinstance(rule, DataType)),
        *(rule for rule in validated if isinstance(rule, Required)),
        *named,
    )


def compile_validator(
    entity: type, columns: tuple[Column, ...], rules: tuple[Rule, ...], find_violations: ViolationFinder, refuse: Refuse
) -> Validator:
    """Compiles the function that brings a row into its normal form, and raises RuleViolated for the first broken rule.

    Args:
        entity: the slotted class whose fields are the columns.
        columns: the columns of the entity.
        rules: all rules of the entity; those over one row are checked.
        find_violations: finds the rules that values break.
        refuse: makes the error for a rule that values break.
    """
    source = PythonSource("v_{}")
    tests = [_is_normal(column, source) for column in columns]
    tests += [f"not {source.false(rule.holds)}" for rule in row_rules(rules) if isinstance(rule, Check)]
    lines = [f"v_{column.name} = o.{column.name}" for column in columns]
    lines += [f"if not ({' and '.join(tests)}): remedy(o)"]
    constants = {f"c{place}": value for place, value in enumerate(source.constants)}
    namespace = {**_NAMES, **CALLED, **constants}
    validate = cast(Validator, function("validate", "def validate(o):\n  " + "\n  ".join(lines), namespace))
    # It is added afterwards, because it calls the function that is made here.
    namespace["remedy"] = _remedy(entity, columns, find_violations, refuse, validate)
    return validate


def _is_normal(column: Column, source: PythonSource) -> str:
    digits = column.digits
    details: tuple[object, ...] = INTEGER_RANGES.get(column.type) or (source.constant(column.enumeration),)
    if digits is not None:
        details = tuple(map(source.constant, (digits.unit, digits.beyond.copy_negate(), digits.beyond)))
    test = NORMAL.of(column.type).format(f"v_{column.name}", *details)
    return f"(v_{column.name} is None or {test})" if column.nullable else test


def _remedy(
    entity: type, columns: tuple[Column, ...], find_violations: ViolationFinder, refuse: Refuse, validate: Validator
) -> Validator:
    """Handles a row that is not valid yet: brings it into its normal form and validates it again, or refuses it."""
    normalise = normaliser(entity, columns)

    def remedy(row: object) -> None:
        if normalise(row):
            validate(row)
            return
        values = {column.name: getattr(row, column.name) for column in columns}
        for rule in find_violations(values):
            raise refuse(rule, values)

    return remedy


def normaliser(entity: type, columns: tuple[Column, ...]) -> Callable[[object], bool]:
    """A function that brings these fields of a row into their normal form, in place; True if one was in another form.

    Args:
        entity: the slotted class of the rows.
        columns: the fields.
    """
    setters = [(column, getattr(entity, column.name).__set__) for column in columns]

    def normalise(row: object) -> bool:
        changed = False
        for column, set_value in setters:
            value = getattr(row, column.name)
            normalised = column.normalised(value)
            if normalised is not value:
                set_value(row, normalised)
                changed = True
        return changed

    return normalise


def compile_violation_finder(rules: tuple[Rule, ...]) -> ViolationFinder:
    """Compiles a function that finds all rules over one row that normalised values break, in the validator's order.

    It does not check a rule on a field that is missing or not representable: the rule would have nothing to say.
    """
    tests = [(rule, _broken(rule), {column.name for column in rule.columns}) for rule in row_rules(rules)]

    def find_violations(values: Mapping[str, object]) -> list[Rule]:
        row = _RowValues(values)
        found: list[Rule] = []
        unreadable: set[str] = set()
        for rule, broken, names in tests:
            if unreadable.isdisjoint(names) and broken(row):
                found.append(rule)
                unreadable |= names if isinstance(rule, (DataType, Required)) else set()
        return found

    return find_violations


def _broken(rule: Rule) -> Condition:
    """Whether a row breaks the rule; the fields that the rule speaks of are representable and not missing."""
    broken = VALIDATED.of(rule)
    if broken is None:
        raise DeclarationError(f"{rule.name} is not a rule over one row.")
    return broken(rule)


def _breaks_data_type(rule: DataType) -> Condition:
    column = rule.column
    return lambda row: not column.represents(getattr(row, column.name))


def _breaks_required(rule: Required) -> Condition:
    column = rule.column
    return lambda row: getattr(row, column.name) is None


def _breaks_enum_member(rule: EnumMember) -> Condition:
    column = rule.column
    return lambda row: type(getattr(row, column.name)) not in (column.enumeration, type(None))


def _breaks_check(rule: Check) -> Condition:
    return is_false(rule.holds)


VALIDATED: Registry[Callable[..., Condition] | None] = Registry(
    interpreter="The entity",
    place="kit/validation.py",
    needed="what breaks it in one row, or None if one row can't",
    by_kind={
        DataType: _breaks_data_type,
        Required: _breaks_required,
        EnumMember: _breaks_enum_member,
        Check: _breaks_check,
        PrimaryKey: None,
        Unique: None,
        Exclusion: None,
        Reference: None,
        Immutable: None,
        VersionStep: None,
        Transition: None,
        AdmissionGuard: None,
        AppendOnly: None,
        AtLeastOne: None,
        AtMost: None,
        Numbered: None,
        Stamped: None,
        Index: None,
    },
)


class _RowValues:
    """Values as attributes, with the names of a row's fields."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.__dict__.update(values)
