"""What a declaration names, in the form in which it is kept: fields as columns, conditions as trees."""

from __future__ import annotations

from typing import cast

from gapless.kit.columns import INTEGER_RANGES, Column
from gapless.kit.errors import DeclarationError
from gapless.kit.lowered_columns import Indexed, indexed_by
from gapless.kit.plain import plain_integer
from gapless.kit.predicates import (
    Constant,
    Field,
    Lower,
    Node,
    Supplement,
    as_node,
    behind,
    of_one_row,
    require_shallow,
)


def condition(holds: bool) -> Node:
    """The tree of a condition over one row.

    Raises:
        DeclarationError: it is not a condition, it is nested too deep, or it asks for the previous row.
    """
    return of_one_row(require_shallow(as_node(holds)))


def condition_of_change(holds: bool) -> Node:
    """The tree of a condition over a row and the row before its change.

    Raises:
        DeclarationError: it is not a condition, or it is nested too deep.
    """
    return require_shallow(as_node(holds))


def optional_condition(holds: bool | None) -> Node | None:
    """The tree of a condition over one row; None if no condition was given."""
    return None if holds is None else condition(holds)


def fields_named(fields: object) -> tuple[Column, ...]:
    """The columns of the fields that were named.

    Args:
        fields: a field of a symbolic row, or a tuple of fields.

    Raises:
        DeclarationError: something else was given.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    if not given or not all(isinstance(field, Field) for field in given):
        raise DeclarationError("Name the fields of the row themselves, as in (user.clinic_id, user.email).")
    return tuple(cast(Field, field).column for field in given)


def indexed_named(fields: object) -> tuple[Indexed, ...]:
    """What was named for an index to be over.

    Args:
        fields: a field of a symbolic row, `lower` of one, or a tuple of these.

    Raises:
        DeclarationError: something else was given.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    if not given:
        return fields_named(given)
    return tuple(_indexed(field) for field in given)


def _indexed(field: object) -> Indexed:
    found = indexed_by(field) if isinstance(field, Lower) else None
    return fields_named(field)[0] if found is None else found


def columns_named(fields: object) -> tuple[Column, ...]:
    """The columns that were named, by fields of a symbolic row or by columns."""
    given = fields if isinstance(fields, tuple) else (fields,)
    return tuple(map(column_named, given))


def column_named(field: object) -> Column:
    """The column that was named, by a field of a symbolic row or by a column."""
    return field if isinstance(field, Column) else fields_named(field)[0]


def limit_named(limit: int) -> Node:
    """The tree of a limit: a whole number, a field of the parent, or one of the row that supplements it.

    Raises:
        DeclarationError: it is none of them, the field may be null, or has no default for a parent without such a row.
    """
    given, number = behind(limit), plain_integer(limit)
    if number is not None:
        return Constant(number)
    if isinstance(given, Field) and given.column.type in INTEGER_RANGES and not given.column.nullable:
        return given
    if isinstance(given, Supplement) and given.column.type in INTEGER_RANGES and not given.column.nullable:
        default = plain_integer(given.default)
        if default is None:
            raise DeclarationError(
                f"A limit in a supplement needs a default: give {given.entity.__name__}.{given.column.name} one, which "
                "is the limit where there is no such row."
            )
        # The plain number, because one of a subclass writes itself as it likes in SQL (decision 0035).
        return Supplement(given.entity, given.column, default)
    raise DeclarationError("A limit is a whole number, or a field of the parent that is a whole number and never null.")
