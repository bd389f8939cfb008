"""Writing: one repository class for audited entities and for the others, and one over all organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Generic, cast
from uuid import UUID

from gapless.adapters.memory import reading
from gapless.adapters.memory.filling import filled
from gapless.adapters.memory.reading import Where
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.scope import Scope
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import Change, execute
from gapless.adapters.writing import requirements, side_records
from gapless.domain.audit import AuditEntry
from gapless.domain.events import OutboxEvent
from gapless.kit import Model, queries, writes
from gapless.kit.cursors import Cursor
from gapless.kit.errors import AuditEntryRequired, NotFound, RuleViolated
from gapless.kit.model import E, Judged
from gapless.kit.queries import Assignment
from gapless.kit.row_keys import Found

FIRST_VERSION = 1


class MemoryRepository(Generic[E]):
    """The rows of one entity in a unit of work; both `Repository` and, when the entry is given, `AuditedRepository`.

    Args:
        scope: what the unit sees.
        overlay: what it has written.
        table: the entity's table.
        model: its model.
    """

    def __init__(self, scope: Scope, overlay: Overlay, table: Table, model: Model[E]) -> None:
        self._scope = scope
        self._overlay = overlay
        self._table = table
        self._model = model
        self._seen = overlay.seen[table.name]

    async def get(self, id: UUID, *, include_deleted: bool = False) -> E:
        """As `ReadRepository.get`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            row = reading.get(self._scope, self._table, id, include_deleted=include_deleted)
            self._remember((row,))
            return cast(E, row)

    async def find(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            rows = reading.find(self._scope, self._model, where, order, after, limit, include_deleted=include_deleted)
            self._remember(rows)
            return rows

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `ReadRepository.find_readable`; there are no rows here that can't be read."""
        return Found(await self.find(where, order=order, after=after, limit=limit, include_deleted=include_deleted))

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `ReadRepository.count`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            return len(reading.select(self._scope, self._model, where, include_deleted=include_deleted))

    async def add(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """As `AuditedRepository.add`."""
        return (await self.add_all((entity,), entry, events))[0]

    async def add_all(
        self, entities: Sequence[E], entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()
    ) -> tuple[E, ...]:
        """As `AuditedRepository.add_all`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            requirements.require_addable(self._scope.database.schema.catalogue, self._model)
            events = self._told(entry, events)
            rows = requirements.rows_of(self._model, entities, self._scope.organization)
            changes = [self._addition(self._table, entity) for entity in rows]
            self._execute(changes, entry, events)
            added = tuple(cast(E, change.after) for change in changes)
            self._remember(added)
            return added

    async def save(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """As `AuditedRepository.save`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            events = self._told(entry, events)
            current = self._current(entity)
            after = self._changed(current, entity)
            requirements.require_immutable(self._model, cast(E, current), cast(E, after))
            self._execute([Change(self._table, current, after)], entry, events)
            self._remember((after,))
            return cast(E, after)

    async def save_unaudited(self, entity: E, events: Sequence[OutboxEvent] = ()) -> E:
        """As `AuditedRepository.save_unaudited`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            events = self._accompanied(None, events)
            current = self._current(entity)
            with suppress(RuleViolated):  # which is said when the row is written; here its values become normal ones
                self._model.require_storable(entity)
            after = self._changed(current, entity)
            if not writes.is_unaudited(self._model, self._model.difference(cast(E, current), cast(E, after))):
                raise AuditEntryRequired(self._model.name)
            requirements.require_immutable(self._model, cast(E, current), cast(E, after))
            self._execute([Change(self._table, current, after)], None, events)
            self._remember((after,))
            return cast(E, after)

    async def remove(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> None:
        """As `AuditedRepository.remove`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            events = self._told(entry, events)
            current = self._current(entity)
            self._execute([Change(self._table, current, None)], entry, events)
            self._seen.pop(self._table.key_of(current), None)

    async def update_where(
        self,
        where: Where[E],
        assign: Callable[[E], Iterable[Assignment]],
        entry: AuditEntry | None = None,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `AuditedRepository.update_where`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            events = self._told(entry, events)
            changes = updates(self._scope, self._table, self._model, where, assign, include_deleted)
            self._execute(changes, entry, events)
            self._seen.clear()  # what the unit saw of these rows is no longer what it last wrote
            return len(changes)

    async def delete_where(
        self,
        where: Where[E],
        entry: AuditEntry | None = None,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `AuditedRepository.delete_where`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            events = self._told(entry, events)
            changes = removals(self._scope, self._table, self._model, where, include_deleted)
            self._execute(changes, entry, events)
            self._seen.clear()  # what the unit saw of these rows is no longer what it last wrote
            return len(changes)

    def _addition(self, table: Table, row: Judged, *, leaving: bool = False) -> Change:
        """The change that adds a row, in its first version and with what the store fills."""
        first = table.model.with_version(row, FIRST_VERSION)
        if table.filled:
            first = filled(
                self._overlay, table, first, self._scope.tenant, self._scope.database.clock, uncounted=leaving
            )
        return Change(table, None, first)

    def _told(self, entry: AuditEntry | None, events: Iterable[OutboxEvent]) -> tuple[OutboxEvent, ...]:
        """Refuses a write without the entry that it needs; returns the events as they will be written."""
        if self._model.audited and not isinstance(entry, AuditEntry):
            raise AuditEntryRequired(self._model.name)
        return self._accompanied(entry, events)

    def _accompanied(self, entry: AuditEntry | None, events: Iterable[OutboxEvent]) -> tuple[OutboxEvent, ...]:
        """What is to be written beside the rows, judged."""
        if entry is None and type(events) is tuple and not events:
            return ()
        schema = self._scope.database.schema
        outbox = cast("Model[OutboxEvent]", schema.outbox.model)
        return side_records.beside(schema.trail.model, outbox, entry, events, self._scope.organization)

    def _current(self, entity: E) -> Judged:
        """The row that is to be changed, in the version that the caller has."""
        requirements.require_tenant(self._model, entity, self._scope.organization)
        requirements.require_key(self._model, entity)
        current = self._overlay.view.row(self._table.name, self._table.key_of(entity))
        if current is None:
            raise NotFound(self._model.name, self._model.key_of(entity)[-1])
        requirements.require_version(self._model, cast(E, current), entity)
        return current

    def _changed(self, current: Judged, entity: E) -> Judged:
        """The row after a save: what the caller changed since the unit saw it, and its version, which grows by one."""
        seen = cast(E, self._seen.get(self._table.key_of(entity), current))
        version = self._table.version_of(current)
        if seen is current and version is not None and not self._table.filled:
            return self._model.with_version(entity, version + 1)
        self._model.require_storable(entity)  # what is the same is not written, and yet has to be a value
        return self._table.replaced(current, self._model.difference(seen, entity))

    def _remember(self, rows: Iterable[Judged]) -> None:
        key_of = self._table.key_of
        for row in rows:
            self._seen[key_of(row)] = row

    def _execute(self, changes: list[Change], entry: AuditEntry | None, events: Sequence[OutboxEvent]) -> None:
        """Carries out one statement: the changes, then the entry unless the unit has written it before, the events."""
        schema, entries = self._scope.database.schema, self._overlay.entries
        written = [*changes]
        # An organization has one row, so that a statement which removes it changes no other.
        leaving = len(changes) == 1 and changes[0].after is None and changes[0].table is schema.root
        if entry is not None and entries.get(entry.id) != entry:
            written.append(self._addition(schema.trail, entry, leaving=leaving))
        written += [self._addition(schema.outbox, event, leaving=leaving) for event in events]
        execute(self._overlay, written)
        for _, before, after in written:
            if before is None and type(after) is AuditEntry:
                entries[after.id] = after


class MemoryAcrossRepository(Generic[E]):
    """The rows of one entity in all organizations.

    Args:
        scope: what the unit sees: everything.
        overlay: what it has written.
        table: the entity's table.
        model: its model.
    """

    def __init__(self, scope: Scope, overlay: Overlay, table: Table, model: Model[E]) -> None:
        self._scope = scope
        self._overlay = overlay
        self._table = table
        self._model = model

    async def find(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `AcrossRepository.find`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            return reading.find(self._scope, self._model, where, order, after, limit, include_deleted=include_deleted)

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `AcrossRepository.find_readable`; there are no rows here that can't be read."""
        return Found(await self.find(where, order=order, after=after, limit=limit, include_deleted=include_deleted))

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `AcrossRepository.count`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            return len(reading.select(self._scope, self._model, where, include_deleted=include_deleted))

    async def update_where(
        self, where: Where[E], assign: Callable[[E], Iterable[Assignment]], *, include_deleted: bool = False
    ) -> int:
        """As `AcrossRepository.update_where`."""
        with self._scope.state.writing:
            self._require_writable()
            changes = updates(self._scope, self._table, self._model, where, assign, include_deleted)
            execute(self._overlay, changes)
            return len(changes)

    async def delete_where(self, where: Where[E], *, include_deleted: bool = False) -> int:
        """As `AcrossRepository.delete_where`."""
        with self._scope.state.writing:
            self._require_writable()
            changes = removals(self._scope, self._table, self._model, where, include_deleted)
            execute(self._overlay, changes)
            return len(changes)

    def _require_writable(self) -> None:
        """Refuses what needs the lock of an organization, or an entry of its trail."""
        self._scope.require_usable()
        requirements.require_bare(self._scope.database.schema.catalogue, self._model)


def updates(
    scope: Scope,
    table: Table,
    model: Model[E],
    where: Where[E],
    assign: Callable[[E], Iterable[Assignment]],
    include_deleted: bool,
) -> list[Change]:
    """The changes of a set-based update.

    Raises:
        QueryRefused: the condition or an assignment that the stores do not promise to treat alike.
        RuleViolated: a value that its column can't store.
    """
    rows = reading.select(scope, model, where, include_deleted=include_deleted)
    values = queries.assigned(model, assign)
    if rows and model.append_only is not None and not writes.erases(model, values):
        raise model.violated(model.append_only)
    return [Change(table, row, table.replaced(row, values)) for row in rows]


def removals(scope: Scope, table: Table, model: Model[E], where: Where[E], include_deleted: bool) -> list[Change]:
    """The changes of a set-based removal.

    Raises:
        QueryRefused: the condition asks what the stores do not answer alike.
    """
    rows = reading.select(scope, model, where, include_deleted=include_deleted)
    return [Change(table, row, None) for row in rows]
