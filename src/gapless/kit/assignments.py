"""What a set-based write assigns to each of its rows.

Both stores carry out exactly these assignments. What they do not promise to do alike is refused here, before a store is
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from gapless.kit.columns import Column, Value
from gapless.kit.errors import QueryRefused
from gapless.kit.kinds import DataType
from gapless.kit.model import VERSION, E, Model
from gapless.kit.plain import at_most
from gapless.kit.predicates import Field, behind
from gapless.kit.queries import answerable


@attrs.frozen
class Assignment:
    """A column, and the constant that a set-based write gives it."""

    column: Column
    value: object


def assign(field: Value, value: Value) -> Assignment:
    """In a set-based write, gives this field the same value in every row.

    Args:
        field: a field of the symbolic row.
        value: a constant.

    Raises:
        QueryRefused: `field` is not a field, or `value` is another field and not a constant.
    """
    given = behind(field)
    if not isinstance(given, Field) or behind(value) is not None:
        raise QueryRefused("assign takes a field of the row and a constant, as in assign(user.is_active, False).")
    return Assignment(given.column, given.column.normalised(value))


def assigned(model: Model[E], assignments: Callable[[E], Iterable[Assignment]]) -> dict[str, object]:
    """The values that a set-based write assigns, by column.

    Raises:
        QueryRefused: it assigns the version, a column that never changes, one that the store fills, or one column
        twice;
            or it assigns nothing.
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
        column, value = assignment.column, assignment.column.normalised(assignment.value)
        if column.name in (*model.key, *model.immutable, *model.filled, VERSION) or column.name in values:
            said = "it is in the key, is the version, never changes, belongs to the store, or was assigned already"
            raise QueryRefused(f"A set-based write can't assign {column.name}: {said}.", fields=(column.name,))
        if not column.represents(value):
            unfit = next(rule for rule in model.of_kind(DataType) if rule.column == column)
            raise model.violated(unfit, {column.name: value})
        values[column.name] = value
    if not values:
        raise QueryRefused("A set-based write must assign at least one field: lambda row: (assign(row.field, value),).")
    return values
