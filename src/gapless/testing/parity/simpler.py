"""Simpler values than a given one, the simplest first: what a disagreement is shrunk with."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from gapless.kit.columns import EARLIEST, LATEST, Column, counted_units, digits_of
from gapless.kit.durations import MICROSECOND, microseconds
from gapless.kit.json_object import Json, JsonObject
from gapless.testing.parity.questions import Row

Parts = TypeVar("Parts", str, tuple[object, ...])
SIMPLE = "a01 "
"""The characters that a text is made of if it does not matter which, the simplest first."""
MOST_PLACES = 64
GREATEST_WRITTEN = 200
_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
_DAY, _SECOND = 24 * 3600 * 10**6, 10**6  # in microseconds


def simpler_rows(columns: tuple[Column, ...], row: Row) -> Iterator[Row]:
    """The row with one of its values replaced by a simpler one, in every way that there is; equal ones stay equal too.

    Args:
        columns: the columns of the row.
        row: their values.
    """
    for place, column in enumerate(columns):
        for value in simpler_values(column, row[place]):
            yield (*row[:place], value, *row[place + 1 :])
            if row.count(row[place]) > 1:
                yield tuple(value if other == row[place] else other for other in row)


def simpler_values(column: Column, value: object) -> Iterator[object]:
    """Simpler values of a column, null first where it can be; representable ones exactly if the value is.

    None leads back to a value that it was made from, so that going from one to the next comes to an end.

    Args:
        column: whose values they are.
        value: its value in its normal form.
    """
    if column.nullable and value is not None:
        yield None
    represented = column.represents(value)
    yield from (simple for simple in _of_its_kind(column, value) if column.represents(simple) == represented)


def _of_its_kind(column: Column, value: object) -> Iterator[object]:
    match value:
        case enum.Enum() | bool():
            kinds: list[object] = [*column.members.values()] or [False, True]
            yield from kinds[: kinds.index(value)] if value in kinds else ()
        case int():
            yield from _numbers(value)
        case str():
            yield from map(column.normalised, _texts(value))
        case datetime():
            yield from _times(value)
        case Decimal() if value.is_finite():
            digits = digits_of(column)
            yield from (digits.value(count) for count in _numbers(counted_units(value)))
        case UUID():
            yield from (UUID(int=number) for number in _numbers(value.int))
        case tuple():
            yield from without_parts(value)
        case JsonObject():
            yield from _documents(value)
        case _:
            pass


def _texts(text: str) -> Iterator[str]:
    yield from without_parts(text)
    if len(text) > GREATEST_WRITTEN:
        return
    for place, character in enumerate(text):
        known = SIMPLE.find(character)
        simpler = SIMPLE[:known] if known >= 0 else SIMPLE
        if character > "~":
            simpler += "".join(other for other in "Aé" if other < character)
        yield from (text[:place] + simple + text[place + 1 :] for simple in simpler)


def without_parts(parts: Parts) -> Iterator[Parts]:
    """The parts without half of them, without a quarter, and so on; of very many one only at the ends."""
    size = (len(parts) + 1) // 2
    while size and len(parts) // size <= MOST_PLACES:
        for start in range(0, len(parts), size):
            yield parts[:start] + parts[start + size :]
        size = size // 2
    if len(parts) > MOST_PLACES:
        yield from (parts[1:], parts[:-1])


def _numbers(number: int) -> Iterator[int]:
    """Numbers that are closer to zero, the simplest first; for a negative number also the positive one."""
    if number < 0:
        yield -number
    sign = -1 if number < 0 else 1
    for shift in range(abs(number).bit_length()):
        yield sign * (abs(number) - (abs(number) >> shift))


def _times(at: datetime) -> Iterator[datetime]:
    """Times closer to the year 2000, and rounded ones; none for a time in no zone."""
    if at.tzinfo is not UTC:
        return
    distance = microseconds(at - _ORIGIN)
    rounded = [distance - distance % unit for unit in (_DAY, _SECOND) if distance > 0 and distance % unit]
    moments = (number * MICROSECOND for number in (*_numbers(distance), *rounded))
    yield from (_ORIGIN + moment for moment in moments if EARLIEST - _ORIGIN <= moment <= LATEST - _ORIGIN)


def _documents(document: JsonObject) -> Iterator[JsonObject]:
    """Documents of a shorter text: with a key less, or with something simpler behind a key."""
    made = {found.text: found for found in map(JsonObject, _objects(document.to_dict()))}
    yield from (made[text] for text in sorted(made, key=len) if len(text) < len(document.text))


def _objects(content: dict[str, Json]) -> Iterator[dict[str, Json]]:
    for key, value in content.items():
        rest = {other: content[other] for other in content if other != key}
        yield rest
        yield {key: value}
        yield {**rest, "": value}
        yield from ({**rest, key: simple} for simple in _inner(value))


def _inner(value: Json) -> Iterator[Json]:
    """Simpler values of this part of a document."""
    yield 0
    match value:
        case dict():
            yield from value.values()
            yield from _objects(value)
        case list():
            yield from value
            yield from ([*value[:place], *value[place + 1 :]] for place in range(len(value)))
        case str():
            yield from _texts(value)
        case _:
            pass
