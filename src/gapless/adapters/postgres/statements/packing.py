"""Packs the values of many rows: one text for each column, which the server unpacks, or one text for COPY.

The driver looks at each element of an array whether it is an array itself, which takes longer than all else of adding
many rows. A text it sends as it is: so the values of a column go as one, between characters that stand in none of
them, and the server reads them as it reads any constant (decision 0048).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import repeat
from operator import attrgetter, is_
from typing import Any, TypeVar, cast

import attrs

from gapless.adapters.postgres.statements.records import encoded
from gapless.kit import Model
from gapless.kit.columns import ByType, Column, ColumnType
from gapless.kit.model import Validated

E = TypeVar("E", bound=Validated)
SEPARATOR, NULL = "\x1f", "\x1e"
COPIED_NULL = r"\N"
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
PIECE = 500
"""How many rows are written for COPY at once."""
LEAST_ROWS = 2
"""How many rows are packed at least: one empty text is no list of one text for the server."""


def packed(model: Model[E], rows: Sequence[E]) -> dict[str, object] | None:
    """The values of rows, one text for each column that a writer gives.

    Args:
        model: the model of the rows.
        rows: rows with values in their normal form.

    Returns:
        The texts by column; None if there are too few rows, or if a value holds what separates them.
    """
    if len(rows) < LEAST_ROWS:
        return None
    texts: dict[str, object] = {}
    for column in model.given:
        text = _joined(column.type, list(map(attrgetter(column.name), rows)))
        if text is None:
            return None
        texts[column.name] = text
    return texts


async def copied(model: Model[E], rows: Sequence[E]) -> AsyncIterator[bytes]:
    """What COPY reads as these rows, in UTF-8, with the columns that a writer gives in their order.

    Args:
        model: the model of the rows.
        rows: rows with values in their normal form.

    Yields:
        A line for each of some rows; while the next are written, the server takes these.
    """
    for first in range(0, len(rows), PIECE):
        yield _lines(model, rows[first : first + PIECE]).encode()


def _lines(model: Model[E], rows: Sequence[E]) -> str:
    number, nulls = len(rows), 0
    columns: list[Iterable[str]] = []
    for column in model.given:
        values = list(map(attrgetter(column.name), rows))
        if _is_one(values):
            nulls += number if values[0] is None else 0
            columns.append(repeat(_written(column.type, values[:1], COPIED_NULL)[0], number))
        else:
            nulls += sum(value is None for value in values) if column.nullable else 0
            columns.append(_written(column.type, values, COPIED_NULL))
    text = "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"
    # A text with one of these characters makes them more than those that are ours.
    ours = {"\t": number * (len(columns) - 1), "\n": number, "\\": nulls, "\r": 0}
    return text if all(text.count(each) == times for each, times in ours.items()) else _escaped_lines(model, rows)


def _escaped_lines(model: Model[E], rows: Sequence[E]) -> str:
    """The lines of rows of which a value has a character that COPY reads as something else."""

    def escaped(column: Column, row: E) -> str:
        value = getattr(row, column.name)
        return COPIED_NULL if value is None else _written(column.type, [value], NULL)[0].translate(ESCAPES)

    return "".join("\t".join(escaped(column, row) for column in model.given) + "\n" for row in rows)


def _is_one(values: list[object]) -> bool:
    """Whether all values are one object, as the root's id is in all rows that are added."""
    first = values[0]
    return first is values[-1] and all(map(is_, values, repeat(first)))  # they may be equal, and not the same


def _joined(kind: ColumnType, values: list[object]) -> str | None:
    """The values of a column in one text; None if one of them holds what separates them."""
    number = len(values)
    texts = _written(kind, values[:1], NULL) * number if _is_one(values) else _written(kind, values, NULL)
    text = SEPARATOR.join(texts)
    if not WRITTEN.of(kind).is_free:
        return text  # nothing else is written with such characters
    return text if text.count(SEPARATOR) == number - 1 and text.count(NULL) == values.count(None) else None


def _written(kind: ColumnType, values: list[Any], null: str) -> list[str]:
    """The values as constants that no setting of the server reads otherwise; no call is made for a value of ours."""
    return WRITTEN.of(kind).written(values, null)


def _numbers(values: list[Any], null: str) -> list[str]:
    return [null if value is None else str(value) for value in values]


def _ids(values: list[Any], null: str) -> list[str]:
    return [null if value is None else f"{value.int:032x}" for value in values]


def _times(values: list[Any], null: str) -> list[str]:
    return [null if value is None else value.isoformat() for value in values]


def _texts(values: list[Any], null: str) -> list[str]:
    return [null if value is None else value for value in values] if None in values else values


def _members(values: list[Any], null: str) -> list[str]:
    # A member has its text by this name; what nobody has looked at is a text itself, which a rule refuses.
    return [null if value is None else getattr(value, "_value_", value) for value in values]


def _encoded(values: list[Any], null: str) -> list[str]:
    return [null if value is None else cast(str, encoded(value)) for value in values]


@attrs.frozen
class Packed:
    """How the values of a column are written.

    Attributes:
        written: writes some, with a text for those that are null.
        is_free: whether a value may hold any character, also what separates values.
    """

    written: Callable[[list[Any], str], list[str]]
    is_free: bool = False


WRITTEN: ByType[Packed] = ByType(
    interpreter="The packing of rows",
    place="adapters/postgres/statements/packing.py",
    needed="how it is Packed",
    by_type={
        ColumnType.TEXT: Packed(_texts, is_free=True),
        ColumnType.ENUMERATION: Packed(_members, is_free=True),
        ColumnType.INTEGER: Packed(_numbers),
        ColumnType.BIG_INTEGER: Packed(_numbers),
        ColumnType.DECIMAL: Packed(_numbers),
        ColumnType.BOOLEAN: Packed(_numbers),
        ColumnType.UUID: Packed(_ids),
        ColumnType.UUIDS: Packed(_encoded),
        ColumnType.TIME: Packed(_times),
        ColumnType.JSON: Packed(_encoded),
        ColumnType.KEY: Packed(_numbers),
    },
)
