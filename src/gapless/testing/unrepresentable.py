"""Values that a column of a type can't represent: Python takes them, but PostgreSQL would refuse or change them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from gapless.kit.columns import ByType, Column, ColumnType, Digits, digits_of

Tried = tuple[str, object]
"""A value with its description."""


class Foreign(enum.Enum):
    """An enumeration that no column uses."""

    MEMBER = "member"


_NO_TEXTS: tuple[Tried, ...] = (
    ("NUL", "a\0b"),
    ("a lone surrogate", "a\ud800b"),
    ("a number for a text", 5),
    ("a foreign member", Foreign.MEMBER),
)


def _no_integers(bits: int) -> tuple[Tried, ...]:
    return (
        (f"2^{bits - 1}", 2 ** (bits - 1)),
        (f"below -2^{bits - 1}", -(2 ** (bits - 1)) - 1),
        ("true for 1", True),
        ("5.0 for 5", 5.0),
        ("'5' for 5", "5"),
    )


def _no_decimals(digits: Digits) -> tuple[Tried, ...]:
    return (
        ("a digit more behind the point", digits.unit.scaleb(-1)),
        ("a digit more in front of the point", digits.beyond),
        ("such a number below zero", digits.beyond.copy_negate()),
        ("NaN", Decimal("NaN")),
        ("NaN that signals", Decimal("sNaN")),
        ("infinity", Decimal("Infinity")),
        ("a float for a decimal", 0.5),
        ("true for a decimal", True),
        ("a text for a decimal", "1"),
    )


def _always(*tried: Tried) -> Callable[[Column], tuple[Tried, ...]]:
    return lambda _: tried


UNREPRESENTABLE: ByType[Callable[[Column], tuple[Tried, ...]]] = ByType(
    interpreter="What tries values that can't be stored",
    place="testing/unrepresentable.py",
    needed="such values of a column, each with its description",
    by_type={
        ColumnType.TEXT: _always(*_NO_TEXTS),
        ColumnType.ENUMERATION: _always(*_NO_TEXTS),
        ColumnType.INTEGER: _always(*_no_integers(32)),
        ColumnType.BIG_INTEGER: _always(*_no_integers(64)),
        ColumnType.DECIMAL: lambda column: _no_decimals(digits_of(column)),
        ColumnType.BOOLEAN: _always(("2 for true", 2), ("'yes' for true", "yes")),
        ColumnType.UUID: _always(
            ("a text for an id", "018dc0de-0000-7000-8000-000000000000"), ("a number for an id", 7)
        ),
        ColumnType.KEY: _always(("a fraction for a key", 1.5), ("a truth for a key", True)),
        ColumnType.UUIDS: _always(
            ("a text for ids", "018dc0de-0000-7000-8000-000000000000"),
            ("a text among ids", (UUID(int=1), "018dc0de-0000-7000-8000-000000000000")),
            ("nothing among ids", (UUID(int=1), None)),
            ("a set of ids", {UUID(int=1)}),
        ),
        ColumnType.TIME: _always(
            ("a naive time", datetime(2024, 2, 29, 12)),  # noqa: DTZ001  # a time without a zone is what is tried
            ("the first hour of year 1", datetime(1, 1, 1, tzinfo=UTC)),
            ("the last hour of 9999", datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))),
            ("a text for a time", "2024-02-29T12:00:00+00:00"),
        ),
        ColumnType.JSON: _always(
            ("NaN in JSON", {"key": float("nan")}),
            ("NUL in JSON", {"key": "\0"}),
            ("2^53 in JSON", {"key": 2**53}),
            ("JSON as text", "{}"),
            ("an array for an object", [1]),
        ),
    },
)


def unrepresentable(column: Column) -> tuple[Tried, ...]:
    """Values that a column can't represent, each with its description."""
    return UNREPRESENTABLE.of(column.type)(column)
