"""Rows that can't be read, by table and key, for people who look for them and for programs; and rows beside them."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

from gapless.kit.plain import shown

Row = TypeVar("Row", covariant=True)


@attrs.frozen
class RowKey:
    """The table and the key of a row whose values can't be read.

    Attributes:
        table: its table.
        columns: the names of the columns of the key.
        values: what they hold, as PostgreSQL writes it; None for null.
    """

    table: str
    columns: tuple[str, ...]
    values: tuple[str | None, ...]

    def __str__(self) -> str:
        named = zip(self.columns, self.values, strict=True)
        return f"{self.table} ({', '.join(f'{name} {_shown(value)}' for name, value in named)})"


@attrs.frozen
class Found(Generic[Row]):
    """The rows that were asked for as far as they can be read, and which could not be.

    Attributes:
        rows: those that can be read, in the order that was asked for.
        left_out: those that can't, up to the last of the rows, or to the end if there are no more; the first thousand.
    """

    rows: tuple[Row, ...]
    left_out: tuple[RowKey, ...] = ()


def _shown(value: str | None) -> str:
    return "null" if value is None else shown(value)
