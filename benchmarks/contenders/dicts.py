"""What the store in memory is compared with: what a test writes that has no store, plain dicts behind async functions.

It validates nothing, locks nothing and can't roll back. A row is a dict of its columns, an audit record as well.
"""

from __future__ import annotations

from uuid import UUID

Row = dict[str, object]


class DictRows:
    """The rows of one table in a dict, and audit records in a list."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Row] = {}
        self.records: list[Row] = []

    async def add(self, id: UUID, row: Row) -> Row:
        """Keeps a new row."""
        self.rows[id] = row
        return row

    async def add_audited(self, id: UUID, row: Row, record: Row) -> Row:
        """Keeps a new row and its audit record."""
        self.rows[id] = row
        self.records.append(record)
        return row

    async def get(self, id: UUID) -> Row:
        """The row with this id."""
        return self.rows[id]

    async def save(self, id: UUID, row: Row) -> Row:
        """Keeps a changed row."""
        self.rows[id] = row
        return row

    async def save_audited(self, id: UUID, row: Row, record: Row) -> Row:
        """Keeps a changed row and its audit record."""
        self.rows[id] = row
        self.records.append(record)
        return row

    async def commit(self) -> None:
        """Has nothing to do: everything is kept already."""
