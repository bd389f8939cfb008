"""Which row it is, for people who look for it and for programs: its table and its key, as text."""

from __future__ import annotations

import attrs

GREATEST_SHOWN = 80


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


def _shown(value: str | None) -> str:
    """The value in a sentence: most are ids, and a longer text is cut."""
    if value is None:
        return "null"
    return value if len(value) <= GREATEST_SHOWN else f"{value[:GREATEST_SHOWN]}…"
