"""Says why a column can't store a value, in words that follow its name: "has no time zone", "holds a NUL at 3"."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gapless.kit.columns import EARLIEST, GREATEST_KEY_LENGTH, INTEGER_RANGES, LATEST, Column, ColumnType
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import JsonObject, unrepresentable
from gapless.kit.plain import BuiltIn, is_of, kind_of, plain, shown

_MEANT = {
    ColumnType.TEXT: "a text",
    ColumnType.INTEGER: "a whole number",
    ColumnType.BIG_INTEGER: "a whole number",
    ColumnType.BOOLEAN: "True or False",
    ColumnType.UUID: "a uuid.UUID",
    ColumnType.UUIDS: "a list of uuid.UUID",
    ColumnType.TIME: "a datetime",
    ColumnType.JSON: "a mapping",
    ColumnType.KEY: "a uuid.UUID, a whole number or a text",
}
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
    if value is None or (column.represents(value) and column.enumeration in (None, type(value))):
        return ""
    kind = _KEYS.get(type(value), column.type) if column.type is ColumnType.KEY else column.type
    match kind:
        case ColumnType.TEXT if type(value) is str:
            return _unwritable(value)
        case ColumnType.ENUMERATION:
            return _unknown(column, value)
        case ColumnType.INTEGER | ColumnType.BIG_INTEGER if type(value) is int:
            return _beyond(column, value, *INTEGER_RANGES[kind])
        case ColumnType.TIME if type(value) is BuiltIn.time:
            return untimely(value)
        case ColumnType.UUIDS if type(value) is tuple:
            place, part = next((place, part) for place, part in enumerate(value) if type(part) is not UUID)
            return f"holds {kind_of(part)} at {place}, not a uuid.UUID"
        case ColumnType.JSON if is_of(value, dict):
            return _undocumented(value)
        case _:
            return _other(value, _MEANT[kind])


def _unwritable(value: str) -> str:
    """Says why a text can't be stored; only one that is a key can be too long for that."""
    held = unrepresentable(value)
    return f"holds {held}" if held else f"has {len(value)} characters, at most {GREATEST_KEY_LENGTH}"


def _unknown(column: Column, value: object) -> str:
    if type(value) is not str:
        return _other(value, f"one of {', '.join(map(shown, column.members))}")
    held = unrepresentable(value)
    given = "not" if column.personal else f"'{shown(value)}', not"
    return f"holds {held}" if held else f"is {given} one of {', '.join(map(shown, column.members))}"


def _beyond(column: Column, value: int, least: int, greatest: int) -> str:
    if column.personal:
        return f"is not between {least} and {greatest}"
    return f"is {shown(value)}, at most {greatest}" if value > greatest else f"is {shown(value)}, at least {least}"


def untimely(value: datetime) -> str:
    """Says why a time that was brought to UTC, as far as it could be, can't be kept."""
    if value.tzinfo is None:
        return "has no time zone"
    if value.tzinfo is not UTC:
        return "has a time zone that does not say its offset, or is beyond the years 1 to 9999 in UTC"
    last, first = LATEST.date().isoformat(), EARLIEST.date().isoformat()
    return f"is later than {last}" if value > LATEST else f"is earlier than {first}"


def _undocumented(value: object) -> str:
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
    return f"{said}; parse_id reads one from a text" if (type(value), meant) == (str, _MEANT[ColumnType.UUID]) else said
