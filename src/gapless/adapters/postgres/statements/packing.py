"""Packs the values of many rows, one text for each column; the server unpacks them.

The driver looks at each element of an array whether it is an array itself, which takes longer than all else of adding
many rows. A text it sends as it is: so the values of a column go as one, between characters that stand in none of
them, and the server reads them as it reads any constant (decision 0048).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, TypeVar, cast

from gapless.adapters.postgres.statements.records import encoded
from gapless.kit import Model
from gapless.kit.columns import ColumnType
from gapless.kit.model import Validated

E = TypeVar("E", bound=Validated)
SEPARATOR, NULL = "\x1f", "\x1e"
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


def _joined(kind: ColumnType, values: list[object]) -> str | None:
    """The values of a column in one text; None if one of them holds what separates them."""
    number, first = len(values), values[0]
    if first is values[-1] and values.count(first) == number:  # as an organization's id is one object in all rows
        texts = _written(kind, [first]) * number
    else:
        texts = _written(kind, values)
    text = SEPARATOR.join(texts)
    if kind not in (ColumnType.TEXT, ColumnType.ENUMERATION):
        return text  # nothing else is written with such characters
    return text if text.count(SEPARATOR) == number - 1 and text.count(NULL) == values.count(None) else None


def _written(kind: ColumnType, values: list[Any]) -> list[str]:
    """The values as constants that no setting of the server reads otherwise; no call is made for a value of ours."""
    match kind:
        case ColumnType.UUID:
            return [NULL if value is None else f"{value.int:032x}" for value in values]
        case ColumnType.TIME:
            return [NULL if value is None else value.isoformat() for value in values]
        case ColumnType.TEXT:
            return [NULL if value is None else value for value in values] if None in values else values
        case ColumnType.ENUMERATION:
            return [NULL if value is None else value._value_ for value in values]  # a member's own name for it
        case ColumnType.JSON | ColumnType.UUIDS:
            return [NULL if value is None else cast(str, encoded(value)) for value in values]
        case ColumnType.INTEGER | ColumnType.BIG_INTEGER | ColumnType.BOOLEAN:
            return [NULL if value is None else str(value) for value in values]
