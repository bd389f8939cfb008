"""Writes on PostgreSQL: each write is one request, which keeps its side records as well."""

from __future__ import annotations

from typing import TypeVar, cast

from gapless.adapters.postgres.reader import PostgresReader, Undecoded
from gapless.adapters.postgres.statements.packing import packed
from gapless.adapters.postgres.statements.records import encoded
from gapless.adapters.postgres.statements.statement import Statement
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit.errors import StatementRefused
from gapless.kit.model import Validated
from gapless.kit.predicates import Node

E = TypeVar("E", bound=Validated)
SILENCED = "a trigger of somebody's, or a rewrite rule, has taken the place of the statement"


class PostgresRows(PostgresReader[E]):
    """Writes the rows of one entity; the primitives of `Rows`."""

    async def insert(self, row: E, side: SideRecords) -> E:
        """As `Rows.insert`."""
        values = self._statements.values(row) | self._statements.side_values(side)
        return (await self._added(self._statements.insert(side), values, (row,)))[0]

    async def insert_all(self, rows: tuple[E, ...], side: SideRecords) -> tuple[E, ...]:
        """As `Rows.insert_all`."""
        texts = packed(self._model, rows)
        statement = self._statements.insert_many(side, packed=texts is not None)
        values = (texts or self._statements.arrays(rows)) | self._statements.side_values(side)
        return await self._added(statement, values, rows)

    async def insert_side(self, side: SideRecords) -> None:
        """As `Rows.insert_side`."""
        if side.audits or side.events:
            await self._number(self._statements.side_alone(side), self._statements.side_values(side))

    async def update(self, before: E, after: E, changes: dict[str, object], side: SideRecords) -> E | None:
        """As `Rows.update`."""
        del before  # the server knows the row before the change
        statement = self._statements.update(tuple(changes), side)
        values = {f"set_{name}": encoded(value) for name, value in changes.items()}
        values |= self._statements.key(after) | self._statements.side_values(side)
        try:
            records = await self._fetch_all(statement, statement.arguments(values))
        except Undecoded as error:
            raise self._not_readable(self._model.key_of(after)) from error
        return self._statements.decode(records[0]) if records else None

    async def delete(self, row: E, side: SideRecords) -> bool:
        """As `Rows.delete`."""
        return (
            await self._number(
                self._statements.delete(side), self._statements.key(row) | self._statements.side_values(side)
            )
            != 0
        )

    async def update_where(self, where: Node, values: dict[str, object], side: SideRecords) -> int:
        """As `Rows.update_where`."""
        sent = {name: encoded(value) for name, value in values.items()}
        search = self._statements.searches.update(where, sent, self._tenant, self._statements.side_inserts(side))
        return await self._number(search.statement, search.values | self._statements.side_values(side))

    async def delete_where(self, where: Node, side: SideRecords) -> int:
        """As `Rows.delete_where`."""
        search = self._statements.searches.delete(where, self._tenant, self._statements.side_inserts(side))
        return await self._number(search.statement, search.values | self._statements.side_values(side))

    async def _added(self, statement: Statement, values: dict[str, object], rows: tuple[E, ...]) -> tuple[E, ...]:
        """Adds rows, and returns them as stored: unchanged, unless the server fills some of their columns."""
        records = await self._fetch_all(statement, statement.arguments(values))
        if (len(records) if self._model.filled else cast(int, records[0][0])) < len(rows):
            raise StatementRefused(f"The database kept no {self._model.name}, and said nothing: {SILENCED}.")
        if not self._model.filled:
            return rows
        stored = {self._model.key_of(row): row for row in self._statements.decode_all(records)}
        return tuple(stored[self._model.key_of(row)] for row in rows)
