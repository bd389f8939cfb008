"""How PostgreSQL keeps each type of column."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from gapless.kit.columns import ByType, Column, ColumnType, digits_of
from gapless.kit.errors import DeclarationError

SqlType = sa.types.TypeEngine[object]


@attrs.frozen(kw_only=True)
class Stored:
    """How PostgreSQL keeps the values of a type.

    Attributes:
        type: the type in SQL, for a column; for None that of an operand which is no column.
        range: the type of its ranges; None if there is none.
        is_converted: whether a value becomes another object for the driver, and what the driver gives another value.
        is_sent_as_text: whether a value goes as text, which the server reads.
        is_read_as_text: whether the server writes it as text, from which it is read.
        exactly: the source of what is compared to see whether a value has not changed at all.
        is_cast: whether a constant says its type wherever it stands.
    """

    type: Callable[[Column | None], SqlType]
    range: str | None = None
    is_converted: bool = False
    is_sent_as_text: bool = False
    is_read_as_text: bool = False
    exactly: str = "{}"
    is_cast: bool = False


def _always(type: object) -> Callable[[Column | None], SqlType]:
    return lambda _: cast(SqlType, type)


def _numeric(column: Column | None) -> SqlType:
    if column is None:
        return cast(SqlType, sa.Numeric())
    digits = digits_of(column)
    return cast(SqlType, sa.Numeric(digits.precision, digits.scale))


def _unsettled(column: Column | None) -> SqlType:
    named = "A key" if column is None else column.name
    raise DeclarationError(f"{named} has the type of the key of a root, which only a catalogue says.")


STORED: ByType[Stored] = ByType(
    interpreter="PostgreSQL",
    place="adapters/postgres/sql/column_types.py",
    needed="how it is Stored",
    by_type={
        ColumnType.TEXT: Stored(type=_always(sa.Text(collation="C"))),
        ColumnType.ENUMERATION: Stored(type=_always(sa.Text(collation="C")), is_converted=True),
        ColumnType.INTEGER: Stored(type=_always(sa.Integer()), range="int4range"),
        ColumnType.BIG_INTEGER: Stored(type=_always(sa.BigInteger()), range="int8range"),
        ColumnType.DECIMAL: Stored(type=_numeric, range="numrange"),
        ColumnType.BOOLEAN: Stored(type=_always(sa.Boolean())),
        ColumnType.UUID: Stored(type=_always(sa.Uuid())),
        # The list goes as text, because the server would read an array of arrays as one longer array.
        ColumnType.UUIDS: Stored(
            type=_always(pg.ARRAY(sa.Uuid())), is_converted=True, is_sent_as_text=True, is_cast=True
        ),
        ColumnType.TIME: Stored(type=_always(sa.DateTime(timezone=True)), range="tstzrange"),
        # JSON goes as text, because the engine has the codec for JSON, and a host's engine may have another one than we
        # expect (decision 0006). Documents are compared as texts, so that 1 and 1.0 in them differ.
        ColumnType.JSON: Stored(
            type=_always(pg.JSONB()),
            is_converted=True,
            is_sent_as_text=True,
            is_read_as_text=True,
            exactly="{}::text",
        ),
        ColumnType.KEY: Stored(type=_unsettled),
    },
)


def sql_type(column: Column) -> SqlType:
    """The type of a column in SQL."""
    return STORED.of(column.type).type(column)


def types_of_constants() -> list[SqlType]:
    """The types that the server may give to constants in what is declared."""
    return [stored.type(None) for kind, stored in STORED.by_type.items() if kind is not ColumnType.KEY]
