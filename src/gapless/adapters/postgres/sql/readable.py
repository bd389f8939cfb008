"""What a column holds if its value can be read: one definition for its CHECK, and for who looks for what can't be read.

The reader (`records`) takes exactly this. `gapless parity` asks both sides about values that plain SQL writes.
"""

from __future__ import annotations

import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import COLUMN_TYPES, Expression, inlined
from gapless.adapters.postgres.sql.text import quoted
from gapless.kit import Model
from gapless.kit.columns import EARLIEST, LATEST, Column, ColumnType
from gapless.kit.json_object import GREATEST_DEPTH, GREATEST_INTEGER
from gapless.kit.model import Validated

# A fraction is read as the nearest float, and from here on that lies beyond the greatest number.
_BEYOND = f"{GREATEST_INTEGER}.5"
# By jsonpaths and no function of our own, which would be one more right to grant (decision 0029).
_TOO_DEEP = f"strict $.**{{{GREATEST_DEPTH}}}"
_TOO_GREAT = f"strict $.** ? (@ >= {_BEYOND} || @ <= -{_BEYOND})"


def kept_condition(column: Column) -> str | None:
    """What a column must hold beyond what its type says, in SQL; null passes. None if the type says it all."""
    name = quoted(column.name)
    match column.type:
        case ColumnType.TIME:
            return f"{name} >= '{EARLIEST.isoformat()}' AND {name} <= '{LATEST.isoformat()}'"
        case ColumnType.JSON:
            # By steps, because looking for numbers in a document goes as deep as it is.
            refused = f"jsonb_typeof({name}) <> 'object' OR jsonb_path_exists({name}, '{_TOO_DEEP}')"
            return f"CASE WHEN {refused} THEN false ELSE NOT jsonb_path_exists({name}, '{_TOO_GREAT}') END"
        case ColumnType.UUIDS:
            # PostgreSQL looks for an element in a list only, not in a list of lists.
            is_list = f"coalesce(array_ndims({name}), 1) = 1"
            return f"CASE WHEN {is_list} THEN array_position({name}, NULL) IS NULL ELSE false END"
        case _:
            return None


def is_member(operand: Expression, column: Column) -> sa.ColumnElement[bool]:
    """That a text stands for a member of the column's enumeration."""
    return operand.in_([inlined(member, COLUMN_TYPES[ColumnType.TEXT]) for member in column.members])


def is_readable(model: Model[Validated], source: sa.FromClause) -> sa.ColumnElement[bool]:
    """That a row can be read, true or false.

    Args:
        model: its entity's.
        source: the only one in its statement with columns of these names.
    """
    parts: list[sa.ColumnElement[bool]] = []
    for column in model.columns:
        if not column.nullable:
            parts.append(source.c[column.name].is_not(sa.null()))
        if column.enumeration is not None:
            parts.append(is_member(source.c[column.name], column).is_not(sa.false()))
        if (kept := kept_condition(column)) is not None:
            parts.append(sa.literal_column(f"({kept})", sa.Boolean()).is_not(sa.false()))
    return sa.and_(sa.true(), *parts)
