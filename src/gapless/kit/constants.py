"""The constants of a condition, in the normal form of what they are compared with."""

from __future__ import annotations

from typing import cast

from gapless.kit.columns import UNCOMPARED, Column, ColumnType, subject
from gapless.kit.errors import DeclarationError
from gapless.kit.letters import lowered
from gapless.kit.misfits import misfit


def constant_for(kind: ColumnType, column: Column | None, value: object, called: str = "A length") -> object:
    """The constant in the normal form of a column of this type.

    Args:
        kind: the type.
        column: the column; None for what is made of columns.
        value: the constant.
        called: what is compared, for a message, if it is no column.

    Raises:
        DeclarationError: no such column can hold it.
    """
    column = column or Column("", kind, nullable=False)
    what = subject(column.name) if column.name else called
    named = (column.name,) if column.name else ()
    if value is None:
        message = f"{what} is compared with None, and nothing equals null: give a value, or use is_null(field)."
        raise DeclarationError(message, fields=named)
    if kind in UNCOMPARED:
        message = f"{what} is a {kind.value}, which no store can compare: is_null(field) is the only question to it."
        raise DeclarationError(message, fields=named)
    normalised = column.normalised(value)
    if not column.fits(normalised):
        raise DeclarationError(
            f"{what} can't equal the value that it is compared with, which {misfit(column, value)}.", fields=named
        )
    return normalised


def lowered_constant(value: object) -> str:
    """The constant with which a text in small letters is compared.

    Raises:
        DeclarationError: it is no text, or has capitals.
    """
    text = cast(str, constant_for(ColumnType.TEXT, None, value, "A text in small letters"))
    if lowered(text) != text:
        raise DeclarationError(
            "A text in small letters can't equal one with capitals: write lower(…) around both of them."
        )
    return text
