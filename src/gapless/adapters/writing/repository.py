"""The order of the checks of a write, the same in every store: point 11 of the contract, here and nowhere else.

First comes the audit record that an audited entity needs. Then the side records are checked, then whose row it is and
whether a row can have its key, then whether it is there in the version that was read, then whether an unaudited write
keeps to its fields, then what can be kept, then what never changes. The store checks the rules over rows while it
carries out the statement. A save and a removal trust what the unit saw. They look at the present row only if something
is wrong: the store finds a row by its version, and says if it has not found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, cast

from gapless.adapters.writing import requirements
from gapless.adapters.writing.primitives import Rows
from gapless.adapters.writing.reader import Reader, Where
from gapless.adapters.writing.side_records import NO_SIDE_RECORDS, SideRecords, require_side_records
from gapless.adapters.writing.unit import OperationContext, Unit
from gapless.kit import Model, writes
from gapless.kit.assignments import Assignment, assigned
from gapless.kit.audit import AuditRecord
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.errors import AuditRecordRequired, ConcurrencyConflict, NotFound, RuleViolated
from gapless.kit.model import VERSION, E, Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.predicates import Node
from gapless.kit.queries import condition

FIRST_VERSION = 1


class StoreRepository(Reader[E]):
    """Writes the rows of one entity: as `Repository`, and with an audit record as `AuditedRepository`.

    Args:
        unit: the unit in which they are written.
        model: the model of the entity.
        rows: reads and writes the rows in the store.
    """

    def __init__(self, unit: Unit, model: Model[E], rows: Rows[E]) -> None:
        super().__init__(unit, model, rows)
        self._writing = OperationContext(unit, writes=True)
        self._rows = rows
        self._is_audit = model.entity is unit.transaction.audit.entity
        self._seen: dict[tuple[object, ...], Validated] = unit.seen[model.entity]

    async def add(self, entity: E, audit: AuditRecord | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """As `AuditedRepository.add`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            requirements.require_addable(self._unit.transaction.catalogue, self._model)
            side = self._audited(audit, events)
            requirements.require_tenant(self._model, entity, self._tenant)
            stored = await self._rows.insert(self._first(entity), side)
            self._wrote(side, (stored,))
            return stored

    async def add_all(
        self, entities: Sequence[E], audit: AuditRecord | None = None, events: Sequence[OutboxEvent] = ()
    ) -> tuple[E, ...]:
        """As `AuditedRepository.add_all`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            requirements.require_addable(self._unit.transaction.catalogue, self._model)
            side = self._audited(audit, events)
            rows = tuple(map(self._first, requirements.rows_of(self._model, entities, self._tenant)))
            if rows:
                rows = await self._rows.insert_all(rows, side)
            else:
                await self._rows.insert_side(side)
            self._wrote(side, rows)
            return rows

    async def save(self, entity: E, audit: AuditRecord | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """As `AuditedRepository.save`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            return await self._saved(entity, self._audited(audit, events))

    async def save_unaudited(self, entity: E, events: Sequence[OutboxEvent] = ()) -> E:
        """As `AuditedRepository.save_unaudited`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            # The version grows as well, so that nobody can write an old counter back (decision 0015).
            return await self._saved(entity, self._side_records(None, events), unaudited=True)

    async def remove(self, entity: E, audit: AuditRecord | None = None, events: Sequence[OutboxEvent] = ()) -> None:
        """As `AuditedRepository.remove`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            side = self._audited(audit, events)
            requirements.require_tenant(self._model, entity, self._tenant)
            requirements.require_key(self._model, entity)
            if not requirements.is_version(self._model, entity):
                await self._raise_stale(entity)
            if not self._model.is_unreleased(entity):
                await self._now(entity)
            if self._model.append_only is not None:
                await self._require_current(entity)
                raise self._model.violated(self._model.append_only)
            if not await self._rows.delete(entity, side):
                await self._raise_stale(entity)
            self._wrote(side, ())
            self._seen.pop(self._model.identity_of(entity), None)

    async def update_where(
        self,
        where: Where[E],
        assign: Callable[[E], Iterable[Assignment]],
        audit: AuditRecord | None = None,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `AuditedRepository.update_where`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            side = self._audited(audit, events)
            asked = condition(self._model, where, include_deleted=include_deleted)
            values = assigned(self._model, assign)
            if not writes.erases(self._model, values) and await self._keeps_all(asked, side):
                return 0
            number = await self._rows.update_where(asked, values, side)
            self._wrote(side, ())
            self._seen.clear()  # it is unknown which rows have changed
            return number

    async def delete_where(
        self,
        where: Where[E],
        audit: AuditRecord | None = None,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `AuditedRepository.delete_where`."""
        with self._writing:
            if self._unit.transaction.is_lent:
                await self._unit.look_back()
            side = self._audited(audit, events)
            asked = condition(self._model, where, include_deleted=include_deleted)
            if await self._keeps_all(asked, side):
                return 0
            number = await self._rows.delete_where(asked, side)
            self._wrote(side, ())
            self._seen.clear()
            return number

    def _audited(self, audit: AuditRecord | None, events: Iterable[OutboxEvent]) -> SideRecords:
        """The side records of a write, after a check that an audited entity has its audit record."""
        transaction = self._unit.transaction
        if self._tenant is ALL_ROOTS:
            requirements.require_system_writable(transaction.catalogue, self._model)
        if self._model.audited and not isinstance(audit, AuditRecord):
            raise AuditRecordRequired(self._model.name)
        return self._side_records(audit, events)

    def _side_records(self, audit: AuditRecord | None, events: Iterable[OutboxEvent]) -> SideRecords:
        """The checked side records: the audit record, unless the unit has already written it, and the events.

        Raises:
            DeclarationError: the catalogue has no place for one, whatever becomes of the row.
        """
        if audit is None and type(events) is tuple and not events:
            return NO_SIDE_RECORDS
        unit = self._unit
        trail, catalogue = unit.transaction.audit, unit.transaction.catalogue
        checked = require_side_records(trail, unit.transaction.outbox, audit, events, unit.records_for)
        if audit is not None:
            catalogue.model(AuditRecord)
        if checked:
            catalogue.model(OutboxEvent)
        # One audit record may belong to many writes: passed again, it is not written again (decision 0007).
        if audit is None or unit.audits.get(trail.identity_of(audit)) == audit:
            return SideRecords((), checked) if checked else NO_SIDE_RECORDS
        return SideRecords((audit,), checked)

    def _first(self, entity: E) -> E:
        """A row that is to be added, in its first version."""
        row = self._model.with_version(entity, FIRST_VERSION)
        self._model.require_representable(row)
        return row

    async def _saved(self, entity: E, side: SideRecords, *, unaudited: bool = False) -> E:
        """Writes the changed fields of a row, and returns it as stored."""
        requirements.require_tenant(self._model, entity, self._tenant)
        requirements.require_key(self._model, entity)
        seen = self._seen.get(self._model.identity_of(entity))
        # It is optimistic: it compares with what the unit saw, and the write itself asks for the row in its version
        # (decision 0039).
        before = self._there(entity, await self._now(entity) if seen is None else cast(E, seen))
        try:
            changes = self._changes(before, entity, unaudited=unaudited)
        except (AuditRecordRequired, RuleViolated):
            await self._require_current(
                entity
            )  # a row that is gone or stale is refused as such, whatever else is wrong
            raise
        stored = await self._rows.update(before, entity, changes, side)
        if stored is None:
            await self._raise_stale(entity)
        self._wrote(side, (stored,))
        return stored

    def _changes(self, before: E, entity: E, *, unaudited: bool) -> dict[str, object]:
        """The values that a save has to write.

        Raises:
            AuditRecordRequired: an audited field has changed, whatever its value.
            RuleViolated: a value can't be kept, or a field that never changes has changed.
        """
        unrepresentable = self._unrepresentable(entity)
        changes = self._model.difference(before, entity)
        if unaudited and not writes.is_unaudited(self._model, changes):
            raise AuditRecordRequired(self._model.name)
        if unrepresentable is not None:
            raise unrepresentable
        requirements.require_changeable(self._model, before, entity, changes)
        changes.pop(VERSION, None)
        return changes

    def _unrepresentable(self, entity: E) -> RuleViolated | None:
        """Brings the values of a row into their normal form, and gives the error for one that can't be kept."""
        try:
            self._model.require_representable(entity)
        except RuleViolated as error:
            return error
        return None

    async def _now(self, entity: E) -> E:
        """The row as it is now.

        Raises:
            NotFound: the row is not there, or was released.
        """
        return self._there(entity, await self._rows.row(self._model.lookup_of(entity)))

    def _there(self, entity: E, found: E | None) -> E:
        if found is None or not self._model.is_unreleased(found):
            raise NotFound(self._model.name, self._model.id_of(entity))
        return found

    async def _require_current(self, entity: E) -> None:
        """Refuses a row that is gone, or has another version by now."""
        requirements.require_version(self._model, await self._now(entity), entity)

    async def _raise_stale(self, entity: E) -> NoReturn:
        """Raises the reason why a write found no row of that version."""
        await self._require_current(entity)
        raise ConcurrencyConflict

    async def _keeps_all(self, where: Node, side: SideRecords) -> bool:
        """Whether the rows never change, so that a set-based write changes none; the side records are written.

        Raises:
            RuleViolated: the condition is true of a row.
        """
        if self._model.append_only is None:
            return False
        if await self._rows.count(where):
            raise self._model.violated(self._model.append_only)
        await self._rows.insert_side(side)
        self._wrote(side, ())
        return True

    def _wrote(self, side: SideRecords, rows: Sequence[E]) -> None:
        """Remembers what the unit has written."""
        unit = self._unit
        for audit in side.audits:
            unit.audits[unit.transaction.audit.identity_of(audit)] = audit
        if self._is_audit:
            for row in rows:
                unit.audits[self._model.identity_of(row)] = row
        self._remember(rows)

    def _remember(self, rows: Iterable[E]) -> None:
        identity_of, seen = self._model.identity_of, self._seen
        for row in rows:
            seen[identity_of(row)] = row
