"""What a declaration names, as it is kept: fields as columns, conditions as trees, a limit as either."""

from __future__ import annotations

from typing import cast

from gapless.kit.columns import INTEGER_RANGES, Column
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import plain_integer
from gapless.kit.predicates import (
    Constant,
    Field,
    Node,
    as_node,
    behind,
    of_one_row,
    require_shallow,
)


def condition(holds: bool) -> Node:
    """What was declared of one row, as a tree.

    Raises:
        DeclarationError: it is no condition, too deep, or looks at what the row was before.
    """
    return of_one_row(require_shallow(as_node(holds)))


def condition_of_change(holds: bool) -> Node:
    """What was declared of a row and of what it was before, as a tree.

    Raises:
        DeclarationError: it is no condition, or too deep.
    """
    return require_shallow(as_node(holds))


def optional_condition(holds: bool | None) -> Node | None:
    """What was declared of one row, as a tree; None if nothing was."""
    return None if holds is None else condition(holds)


def fields_named(fields: object) -> tuple[Column, ...]:
    """The columns of a symbolic row that were named: a field or a tuple of fields.

    Raises:
        DeclarationError: something else was named.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    if not given or not all(isinstance(field, Field) for field in given):
        raise DeclarationError("Name the fields of the row themselves, as in (user.organization_id, user.email).")
    return tuple(cast(Field, field).column for field in given)


def columns_named(fields: object) -> tuple[Column, ...]:
    """The columns that were named, as fields of a symbolic row or as columns."""
    given = fields if isinstance(fields, tuple) else (fields,)
    return tuple(map(column_named, given))


def column_named(field: object) -> Column:
    """The column that was named, as a field of a symbolic row or as a column."""
    return field if isinstance(field, Column) else fields_named(field)[0]


def limit_named(limit: int) -> Node:
    """A whole number, or a field of the parent, as a tree.

    Raises:
        DeclarationError: it is neither, or a field that may be null.
    """
    given, number = behind(limit), plain_integer(limit)
    if number is not None:
        return Constant(number)
    if isinstance(given, Field) and given.column.type in INTEGER_RANGES and not given.column.nullable:
        return given
    raise DeclarationError("A limit is a whole number, or a field of the parent that always holds one.")
