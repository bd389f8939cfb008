"""Writes in memory: each write is one statement over the unit's overlay."""

from __future__ import annotations

from typing import cast

from gapless.adapters.memory.commit import look
from gapless.adapters.memory.enforcers.filled import filled
from gapless.adapters.memory.keys import Key, part_of_key
from gapless.adapters.memory.reader import MemoryReader
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.state import View
from gapless.adapters.memory.statement import RowChange, execute
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit.assignments import values_of
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.model import E, Validated
from gapless.kit.predicates import Node


class MemoryRows(MemoryReader[E]):
    """Writes the rows of one entity; the primitives of `Rows`."""

    async def insert(self, row: E, side: SideRecords) -> E:
        """As `Rows.insert`."""
        change = self._addition(self._table, row)
        self._execute([change], side)
        return cast(E, change.after)

    async def insert_all(self, rows: tuple[E, ...], side: SideRecords) -> tuple[E, ...]:
        """As `Rows.insert_all`."""
        changes = [self._addition(self._table, row) for row in rows]
        self._execute(changes, side)
        return tuple(cast(E, change.after) for change in changes)

    async def insert_side(self, side: SideRecords) -> None:
        """As `Rows.insert_side`."""
        self._execute([], side)

    async def update(self, before: E, after: E, changes: dict[str, object], side: SideRecords) -> E | None:
        """As `Rows.update`."""
        current = self._current(after)
        if current is None:
            return None
        written = self._saved(current, before, after, changes)
        self._execute([RowChange(self._table, current, written, self._table.concerns.of(changes), self._tenant)], side)
        return cast(E, written)

    async def delete(self, row: E, side: SideRecords) -> bool:
        """As `Rows.delete`."""
        current = self._current(row)
        if current is None:
            return False
        self._execute([RowChange.of(self._table, current, None, self._tenant)], side)
        return True

    async def update_where(self, where: Node, values: dict[str, object], side: SideRecords) -> int:
        """As `Rows.update_where`."""
        table, concerns = self._table, self._table.concerns.of(values)
        changes = [
            RowChange(table, row, table.evolved(row, values_of(row, values)), concerns, self._root_of(row))
            for row in self.select(where)
        ]
        self._execute(changes, side)
        return len(changes)

    async def delete_where(self, where: Node, side: SideRecords) -> int:
        """As `Rows.delete_where`."""
        changes = [RowChange.of(self._table, row, None, self._root_of(row)) for row in self.select(where)]
        self._execute(changes, side)
        return len(changes)

    def _seen(self) -> View:
        """The rows as a unit sees them, whose writes stand beside what others have committed."""
        overlay = self._overlay
        if overlay.committed.commits != overlay.looked:
            look(self._database.schema, overlay)
        return overlay.view

    def _current(self, row: E) -> Validated | None:
        """The row that is to be changed, if it still has the caller's version."""
        table = self._table
        current = self._overlay.view.row(table.name, table.key_of(row, self._tenant))
        if current is None or table.version_of(current) != table.version_of(row):
            return None
        return current

    def _saved(self, current: Validated, before: E, after: E, changes: dict[str, object]) -> Validated:
        """The row after a save; if only the caller has changed it, it is the caller's row with the next version.

        That row may have other values in columns that are not compared, which a save does not write.
        """
        version = self._table.version_of(current)
        if before is current and version is not None and self._table.model.is_compared_whole:
            return self._table.model.with_version(after, version + 1)
        return self._table.evolved(current, changes)

    def _addition(self, table: Table, row: Validated, *, leaving: bool = False) -> RowChange:
        """The change that adds a row, with what the store fills in."""
        if table.filled:
            counter = (table.root_table, part_of_key(table.model.tenant_of(row)))
            row = filled(self._overlay, table.filled, row, counter, self._database.clock, uncounted=leaving)
        return RowChange.of(table, None, row, self._tenant)

    def _root_of(self, row: Validated) -> object:
        """The root of a row that was found, if the row does not say it."""
        finder = self._table.root_finder
        if self._tenant is not ALL_ROOTS or finder is None:
            return self._tenant
        wanted = cast(Key, finder.key(row))
        return cast(Key, finder.holder(self._overlay, self._overlay.indexes.of(finder), wanted))[0]

    def _execute(self, changes: list[RowChange], side: SideRecords) -> None:
        """Carries out one statement: the changes, then the side records."""
        schema, written = self._database.schema, changes
        if side.audits or side.events:
            # A root has one row, so a statement that removes it changes no other row.
            leaving = len(changes) == 1 and changes[0].after is None and changes[0].table.model.is_root
            written = [*changes]
            for audit in side.audits:
                written.append(self._addition(schema.trail, audit, leaving=leaving))
            for event in side.events:
                written.append(self._addition(schema.outbox, event, leaving=leaving))
        self._seen()
        execute(self._overlay, written)
