"""Says in SQL which values of a column can be read: for the CHECK of a column, and for the search of unreadable rows.

The decoder (`records`) accepts exactly these values. `gapless parity` compares both with values that plain SQL writes.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.predicates import Expression, inlined
from gapless.adapters.postgres.sql.text import quoted
from gapless.kit import Model
from gapless.kit.columns import EARLIEST, LATEST, ByType, Column, ColumnType
from gapless.kit.json_object import GREATEST_DEPTH, GREATEST_INTEGER
from gapless.kit.model import Validated

# A fraction is read as the nearest float, and from this number on the nearest one is infinite.
_BEYOND = f"{GREATEST_INTEGER}.5"
# These are jsonpaths, because a function of ours would be another right to grant (decision 0029).
_TOO_DEEP = f"strict $.**{{{GREATEST_DEPTH}}}"
_TOO_GREAT = f"strict $.** ? (@ >= {_BEYOND} || @ <= -{_BEYOND})"


def kept_condition(column: Column) -> str | None:
    """The condition in SQL that a value must satisfy beyond its type, and null passes; None if the type says it all."""
    kept = KEPT.of(column.type)
    return None if kept is None else kept(quoted(column.stored))


def _kept_time(name: str) -> str:
    return f"{name} >= '{EARLIEST.isoformat()}' AND {name} <= '{LATEST.isoformat()}'"


def _kept_decimal(name: str) -> str:
    # An infinite number fits no precision, but NaN fits each, and is greater than all numbers to the server.
    return f"{name} <> 'NaN'"


def _kept_document(name: str) -> str:
    # It goes by steps, because the search for numbers in a document goes as deep as the document.
    refused = f"jsonb_typeof({name}) <> 'object' OR jsonb_path_exists({name}, '{_TOO_DEEP}')"
    return f"CASE WHEN {refused} THEN false ELSE NOT jsonb_path_exists({name}, '{_TOO_GREAT}') END"


def _kept_list(name: str) -> str:
    # PostgreSQL finds an element only in a list, and not in a list of lists.
    is_list = f"coalesce(array_ndims({name}), 1) = 1"
    return f"CASE WHEN {is_list} THEN array_position({name}, NULL) IS NULL ELSE false END"


KEPT: ByType[Callable[[str], str] | None] = ByType(
    interpreter="The CHECK of a column",
    place="adapters/postgres/sql/readable.py",
    needed="the condition by the column's name, or None if the type says it all",
    by_type={
        ColumnType.TEXT: None,
        ColumnType.ENUMERATION: None,
        ColumnType.INTEGER: None,
        ColumnType.BIG_INTEGER: None,
        ColumnType.DECIMAL: _kept_decimal,
        ColumnType.BOOLEAN: None,
        ColumnType.UUID: None,
        ColumnType.UUIDS: _kept_list,
        ColumnType.TIME: _kept_time,
        ColumnType.JSON: _kept_document,
        ColumnType.KEY: None,
    },
)


def is_member(operand: Expression, column: Column) -> sa.ColumnElement[bool]:
    """The condition that a text stands for a member of the column's enumeration."""
    return operand.in_([inlined(member, sql_type(column)) for member in column.members])


def is_readable(model: Model[Validated], source: sa.FromClause) -> sa.ColumnElement[bool]:
    """The condition that a row can be read; it is never unknown.

    Args:
        model: the model of the entity.
        source: gives the columns; nothing else in the statement may have columns of the same names.
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
