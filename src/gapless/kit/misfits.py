"""Says why a column can't store a value, in words that follow its name: "has no time zone", "holds a NUL at 3"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from gapless.kit.columns import (
    EARLIEST,
    GREATEST_KEY_LENGTH,
    INTEGER_RANGES,
    LATEST,
    TRAITS,
    ByType,
    Column,
    ColumnType,
    digits_of,
)
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import JsonObject, unrepresentable
from gapless.kit.plain import BuiltIn, is_of, kind_of, plain, shown

Misfit: TypeAlias = Callable[[Column, object], str]
_KEYS = {int: ColumnType.BIG_INTEGER, str: ColumnType.TEXT}
"""Of which type a key is taken to be that can be of several."""


def misfit(column: Column, value: object) -> str:
    """Says why a column can't store a value, or why its enumeration does not have it; "" if it can.

    It does not repeat a value of a person.

    Args:
        column: the column.
        value: the value, in its normal form or as it was given.
    """
    value = column.normalised(value)
    if value is None or column.fits(value):
        return ""
    kind = _KEYS.get(type(value), column.type) if column.type is ColumnType.KEY else column.type
    return MISFITS.of(kind)(column, value) or _other(value, TRAITS.of(kind).meant)


def _unwritable(_: Column, value: object) -> str:
    """Says why a text can't be stored; only one that is a key can be too long for that."""
    if type(value) is not str:
        return ""
    held = unrepresentable(value)
    return f"holds {held}" if held else f"has {len(value)} characters, at most {GREATEST_KEY_LENGTH}"


def _unknown(column: Column, value: object) -> str:
    if type(value) is not str:
        return _other(value, f"one of {', '.join(map(shown, column.members))}")
    held = unrepresentable(value)
    given = "not" if column.personal else f"'{shown(value)}', not"
    return f"holds {held}" if held else f"is {given} one of {', '.join(map(shown, column.members))}"


def _beyond(least: int, greatest: int) -> Misfit:
    return lambda column, value: "" if type(value) is not int else beyond(column, value, least, greatest)


def beyond(column: Column, value: int, least: int, greatest: int) -> str:
    """Says on which side of a range a value is."""
    if column.personal:
        return f"is not between {least} and {greatest}"
    return f"is {shown(value)}, at most {greatest}" if value > greatest else f"is {shown(value)}, at least {least}"


def _of_other_digits(column: Column, value: object) -> str:
    if type(value) is not Decimal:
        return ""
    if not value.is_finite():
        return "is not a finite number"
    digits = digits_of(column)
    given, before = "has" if column.personal else f"is {shown(value)}, which has", digits.precision - digits.scale
    if value.adjusted() >= before:
        return f"{given} more than {before} digits in front of the point"
    return f"{given} more than {digits.scale} digits behind the point, and is never rounded"


def _untimely(_: Column, value: object) -> str:
    return untimely(value) if type(value) is BuiltIn.time else ""


def untimely(value: datetime) -> str:
    """Says why a time that was brought to UTC, as far as it could be, can't be kept."""
    if value.tzinfo is None:
        return "has no time zone"
    if value.tzinfo is not UTC:
        return "has a time zone that does not say its offset, or is beyond the years 1 to 9999 in UTC"
    last, first = LATEST.date().isoformat(), EARLIEST.date().isoformat()
    return f"is later than {last}" if value > LATEST else f"is earlier than {first}"


def _unlisted(_: Column, value: object) -> str:
    if type(value) is not tuple:
        return ""
    place, part = next((place, part) for place, part in enumerate(value) if type(part) is not UUID)
    return f"holds {kind_of(part)} at {place}, not a uuid.UUID"


def _undocumented(_: Column, value: object) -> str:
    if not is_of(value, dict):
        return ""
    try:
        JsonObject(value)  # type: ignore[arg-type]  # it may be anything, and the error says what
    except InvalidValue as error:
        return f"can't be kept as a document: {error.message.rstrip('.')}"
    return ""


def _other(value: object, meant: str) -> str:
    if is_of(value, BuiltIn.time) and type(value) is not BuiltIn.time:
        return f"is {kind_of(value)} that reads as another time than it keeps"
    if is_of(value, UUID) and type(value) is not UUID:
        return f"is {kind_of(value)} without a value"
    said = f"is {kind_of(plain(value))}, not {meant}"
    is_text_of_id = type(value) is str and meant == TRAITS.of(ColumnType.UUID).meant
    return f"{said}; parse_id reads one from a text" if is_text_of_id else said


def _of_another_type(*_: object) -> str:
    return ""


MISFITS: ByType[Misfit] = ByType(
    interpreter="The message about a value",
    place="kit/misfits.py",
    needed='what says why a column can\'t store a value; "" if that is of another type',
    by_type={
        ColumnType.TEXT: _unwritable,
        ColumnType.ENUMERATION: _unknown,
        ColumnType.INTEGER: _beyond(*INTEGER_RANGES[ColumnType.INTEGER]),
        ColumnType.BIG_INTEGER: _beyond(*INTEGER_RANGES[ColumnType.BIG_INTEGER]),
        ColumnType.DECIMAL: _of_other_digits,
        ColumnType.BOOLEAN: _of_another_type,
        ColumnType.UUID: _of_another_type,
        ColumnType.UUIDS: _unlisted,
        ColumnType.TIME: _untimely,
        ColumnType.JSON: _undocumented,
        ColumnType.KEY: _of_another_type,
    },
)
