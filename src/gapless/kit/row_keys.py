"""The table and key of rows that can't be read, for the people and programs that look for them."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

from gapless.kit.plain import shown

Row = TypeVar("Row", covariant=True)


@attrs.frozen
class RowKey:
    """The table and the key of a row whose values can't be read.

    Attributes:
        table: the table of the row.
        columns: the names of the key's columns.
        values: their values, as PostgreSQL writes them; None for null.
    """

    table: str
    columns: tuple[str, ...]
    values: tuple[str | None, ...]

    def __str__(self) -> str:
        named = zip(self.columns, self.values, strict=True)
        return f"{self.table} ({', '.join(f'{name} {_shown(value)}' for name, value in named)})"


@attrs.frozen
class Found(Generic[Row]):
    """The rows that were asked for and can be read, and the keys of those that can't be.

    Attributes:
        rows: the rows that can be read, in the order that was asked for.
        left_out: the keys of the rows that can't be read, up to the last of `rows`, or to the end if no more follow; at
            most a thousand.
    """

    rows: tuple[Row, ...]
    left_out: tuple[RowKey, ...] = ()


def _shown(value: str | None) -> str:
    return "null" if value is None else shown(value)
