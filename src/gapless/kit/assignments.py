"""What a set-based write assigns to each of its rows: a constant, or to a whole number what it was and a constant.

Both stores carry out exactly these assignments. What they do not promise to do alike is refused here, before a store is
asked (decision 0065).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

import attrs

from gapless.kit.columns import INTEGER_RANGES, Column, ColumnType, Value
from gapless.kit.errors import QueryRefused
from gapless.kit.kinds import DataType, Exclusion, PrimaryKey, Reference, Rule, Unique
from gapless.kit.model import VERSION, E, Model
from gapless.kit.plain import at_most, kind_of, plain_integer
from gapless.kit.predicates import (
    Arithmetic,
    Comparison,
    Constant,
    Field,
    IsNull,
    Node,
    Not,
    NullPasses,
    behind,
    fields_of,
)
from gapless.kit.queries import answerable

LEAST_STEP, GREATEST_STEP = INTEGER_RANGES[ColumnType.BIG_INTEGER]
MEETING = (PrimaryKey, Unique, Exclusion, Reference)
"""The rules by which rows meet others: what they compare has to be the same in whatever order the rows are written."""


@attrs.frozen
class Increment:
    """Stands for what a whole number of a row was and a constant: null stays null.

    Attributes:
        by: the constant; below zero it counts down.
    """

    by: int

    def of(self, value: int | None) -> int | None:
        """What a row gets that had this value."""
        return None if value is None else value + self.by

    def leaves(self, column: Column) -> Node:
        """The condition that what a row gets is not in the range of this column."""
        least, greatest = INTEGER_RANGES[column.type]
        bound = greatest - self.by if self.by > 0 else least - self.by
        if not least <= bound <= greatest:
            return Not(IsNull(Field(column)))
        return Comparison(">" if self.by > 0 else "<", Field(column), Constant(bound))


@attrs.frozen
class Assignment:
    """A column, and the constant that a set-based write gives it, or the Increment by which it counts."""

    column: Column
    value: object


def assign(field: Value, value: Value) -> Assignment:
    """In a set-based write, gives this field the same value in every row, or counts.

        assign(item.uses, item.uses + 1)

    Args:
        field: a field of the symbolic row.
        value: a constant; or the field itself and a whole number, by + or -, which is an `increment`.

    Raises:
        QueryRefused: `field` is not a field, or `value` is something else.
    """
    given, calculated = behind(field), behind(value)
    if isinstance(given, Field) and calculated is None:
        return Assignment(given.column, given.column.normalised(value))
    step = _step_of(calculated, given.column) if isinstance(given, Field) else None
    if step is None:
        raise QueryRefused(
            "assign takes a field of the row and a constant, as in assign(user.is_active, False), or counts in the "
            "field, as in assign(item.uses, item.uses + 1)."
        )
    return _counting(behind(field), step)


def _step_of(calculated: Node | None, column: Column) -> int | None:
    """By how much a sum or a difference counts in a column; None if it is something else."""
    match calculated:
        case Arithmetic("+", Field(counted) | NullPasses(Field(counted)), Constant(step)) if counted == column:
            return cast(int, step)
        case Arithmetic("+", Constant(step), Field(counted) | NullPasses(Field(counted))) if counted == column:
            return cast(int, step)
        case Arithmetic("-", Field(counted) | NullPasses(Field(counted)), Constant(step)) if counted == column:
            return -cast(int, step)
        case _:
            return None


def increment(field: int | None, by: int = 1) -> Assignment:
    """In a set-based write, adds a constant to what this field is in each row; null stays null.

    The store adds to what the row has when it is written, so that units which overlap lose no count.

    Args:
        field: a field of the symbolic row that holds a whole number.
        by: the constant, a whole number of eight bytes; below zero the field counts down.

    Raises:
        QueryRefused: `field` is not a field that holds whole numbers, or `by` is not such a number.
    """
    return _counting(behind(field), by)


def _counting(field: Node | None, by: object) -> Assignment:
    if not isinstance(field, Field) or field.column.type not in INTEGER_RANGES:
        raise QueryRefused("increment takes a field of the row that holds a whole number, as in increment(item.uses).")
    step = plain_integer(by)
    if step is None or not LEAST_STEP <= step <= GREATEST_STEP:
        said = f"`by` must be a whole number of eight bytes, not {kind_of(by) if step is None else 'a greater one'}."
        raise QueryRefused(said, fields=("by",))
    return Assignment(field.column, Increment(step))


def assigned(model: Model[E], assignments: Callable[[E], Iterable[Assignment]]) -> dict[str, object]:
    """The values that a set-based write assigns, by column; an Increment where it counts.

    Raises:
        QueryRefused: it assigns the version, a column that never changes, one that the store fills, or one column
            twice; it counts in a column by which rows meet others; or it assigns nothing.
        RuleViolated: a value can't be stored in its column.
    """
    values: dict[str, object] = {}
    with answerable():
        given: object = assignments(model.symbolic())
        several = (at_most(given, len(model.columns)) if behind(given) is None else None) or []
    for assignment in several:
        if type(assignment) is not Assignment or assignment.column not in model.columns:
            raise QueryRefused(
                f"A set-based write of {model.name} takes assign(field, constant) of its own fields only."
            )
        column = assignment.column
        if column.name in _kept(model) or column.name in values:
            said = "it is in the key, is the version, never changes, belongs to the store, or was assigned already"
            raise QueryRefused(f"A set-based write can't assign {column.name}: {said}.", fields=(column.name,))
        values[column.name] = _assignable(model, column, assignment.value)
    if not values:
        raise QueryRefused("A set-based write must assign at least one field: lambda row: (assign(row.field, value),).")
    return values


def _kept(model: Model[E]) -> tuple[str, ...]:
    """The columns that no set-based write assigns."""
    return (*model.key, *model.immutable, *model.filled, VERSION)


def _assignable(model: Model[E], column: Column, given: object) -> object:
    """The value that a column gets, in its normal form, or the Increment by which it counts."""
    if type(given) is Increment:
        _require_unmet(model, column)
        return given
    value = column.normalised(given)
    if not column.represents(value):
        raise model.violated(data_type_of(model, column.name), {column.name: value})
    return value


def _require_unmet(model: Model[E], column: Column) -> None:
    """Refuses to count in a column by which rows meet others, for they are written one by one, in no promised order.

    Raises:
        QueryRefused: a rule compares the column with that of other rows.
    """
    meeting = next(_meeting(model, column), None)
    if meeting is not None:
        said = f"{meeting.name} compares it with other rows, while each row is written in its turn"
        raise QueryRefused(f"A set-based write can't count in {column.name}: {said}.", fields=(column.name,))


def countable(model: Model[E]) -> tuple[str, ...]:
    """The columns in which a set-based write counts."""
    assignable = (column for column in model.columns if column.name not in _kept(model))
    whole = (column for column in assignable if column.type in INTEGER_RANGES)
    return tuple(column.name for column in whole if not any(_meeting(model, column)))


def _meeting(model: Model[E], column: Column) -> Iterator[Rule]:
    """The rules that compare a column with that of other rows."""
    return (rule for rule in model.rules if isinstance(rule, MEETING) and column in _compared(rule))


def _compared(rule: Rule) -> Iterator[Column]:
    """The columns by which a rule finds that rows meet, with those of its condition."""
    yield from rule.columns
    if isinstance(rule, (Unique, Exclusion)) and rule.where is not None:
        yield from fields_of(rule.where)


def data_type_of(model: Model[E], name: str) -> DataType:
    """The rule that a column holds what its type can represent."""
    return next(rule for rule in model.of_kind(DataType) if rule.column.name == name)


def increments(values: Mapping[str, object]) -> dict[str, Increment]:
    """The columns in which a set-based write counts."""
    return {name: value for name, value in values.items() if isinstance(value, Increment)}


def values_of(row: object, values: Mapping[str, object]) -> dict[str, object]:
    """What a row gets: constants as they are, and for an Increment what the row had and the constant."""
    return {
        name: value.of(getattr(row, name)) if isinstance(value, Increment) else value for name, value in values.items()
    }
