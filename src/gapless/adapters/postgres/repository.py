"""Writing the rows of one entity: each method is one request, and raises what the rules refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar, cast

from gapless.adapters.postgres.plan import NOTHING_BESIDE, Beside
from gapless.adapters.postgres.reader import PostgresReader, Undecoded
from gapless.adapters.postgres.records import encoded
from gapless.adapters.postgres.statements import Statement
from gapless.adapters.writing import side_records
from gapless.adapters.writing.requirements import (
    require_addable,
    require_bare,
    require_key,
    require_tenant,
    require_version,
    rows_of,
)
from gapless.domain.audit import AuditEntry
from gapless.domain.events import OutboxEvent
from gapless.kit import writes
from gapless.kit.cursors import Cursor
from gapless.kit.errors import AuditEntryRequired, ConcurrencyConflict, NotFound, RuleViolated, StatementRefused
from gapless.kit.model import VERSION, Judged, model_of
from gapless.kit.predicates import Node
from gapless.kit.queries import Assignment, assigned, condition
from gapless.kit.row_keys import Found
from gapless.kit.writes import is_erasure, is_unaudited

E = TypeVar("E", bound=Judged)
SILENCED = "a trigger of somebody's, or a rewrite rule, has taken the place of the statement"


class PostgresRepository(PostgresReader[E]):
    """Writes one entity's rows: Repository and AuditedRepository, whichever the entity calls for."""

    async def add(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """Keeps a new row; see Repository."""
        with self._work.writing():
            await self._work.look_back()
            require_addable(self._plan.plans.catalogue, self._model)
            beside = self._beside(entry, events)
            row = self._first_version(entity)
            values = self._plan.values(row) | self._plan.beside_values(beside)
            (stored,) = await self._added(self._plan.insert(beside), values, (row,))
            self._wrote(beside, [stored])
            return stored

    async def add_all(
        self, entities: Sequence[E], entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()
    ) -> tuple[E, ...]:
        """Keeps several new rows in one statement; see Repository."""
        with self._work.writing():
            await self._work.look_back()
            require_addable(self._plan.plans.catalogue, self._model)
            beside = self._beside(entry, events)
            given = rows_of(self._model, entities, self._work.tenant)
            rows = tuple(map(self._first_version, given))
            if not rows:
                await self._write_beside(beside)
            else:
                arrays = zip(*map(self._plan.encode, rows), strict=True)
                names = (column.name for column in self._model.columns)
                values: dict[str, object] = dict(zip(names, map(list, arrays), strict=True))
                values |= self._plan.beside_values(beside)
                rows = await self._added(self._plan.insert_many(beside), values, rows)
            self._wrote(beside, rows)
            return rows

    async def _added(self, statement: Statement, values: dict[str, object], rows: tuple[E, ...]) -> tuple[E, ...]:
        """Adds rows, and gives them as stored: as they are, unless the server fills some of their columns."""
        records = await self._fetch_all(statement, statement.arguments(values))
        if (len(records) if self._model.filled else cast(int, records[0][0])) < len(rows):
            raise StatementRefused(f"The database kept no {self._model.name}, and said nothing: {SILENCED}.")
        if not self._model.filled:
            return rows
        stored = {self._model.key_of(row): row for row in map(self._plan.decode, records)}
        return tuple(stored[self._model.key_of(row)] for row in rows)

    async def save(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """Writes the changed fields; see Repository."""
        with self._work.writing():
            await self._work.look_back()
            beside = self._beside(entry, events)
            require_tenant(self._model, entity, self._work.tenant)
            return await self._update(entity, await self._changes(entity), beside)

    async def save_unaudited(self, entity: E, events: Sequence[OutboxEvent] = ()) -> E:
        """Writes fields that are declared as unaudited; see AuditedRepository."""
        with self._work.writing():
            await self._work.look_back()
            beside = self._accompanied(None, events)
            require_tenant(self._model, entity, self._work.tenant)
            return await self._update(entity, await self._changes(entity, unaudited=True), beside)

    async def _update(self, entity: E, changes: dict[str, object], beside: Beside) -> E:
        """Writes these values of a row if it still has its version, and returns it as stored."""
        changes.pop(VERSION, None)
        statement = self._plan.update(tuple(changes), beside)
        values = {f"set_{name}": encoded(value) for name, value in changes.items()}
        values |= self._plan.key(entity) | self._plan.beside_values(beside)
        try:
            records = await self._fetch_all(statement, statement.arguments(values))
        except Undecoded as error:
            raise self._not_readable(self._model.key_of(entity)) from error
        if not records:
            await self._raise_stale(entity)
        stored = self._plan.decode(records[0])
        self._wrote(beside, [])
        self._remember(stored)
        return stored

    async def remove(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> None:
        """Removes the row for good; see Repository."""
        with self._work.writing():
            await self._work.look_back()
            beside = self._beside(entry, events)
            require_tenant(self._model, entity, self._work.tenant)
            require_key(self._model, entity)
            if self._model.versioned and not self._model.column(VERSION).can_store(getattr(entity, VERSION)):
                await self._raise_stale(entity)  # the driver does not take it
            if self._model.append_only is not None:
                await self._require_current(entity)
                raise self._model.violated(self._model.append_only)
            values = self._plan.key(entity) | self._plan.beside_values(beside)
            if await self._number(self._plan.delete(beside), values) == 0:
                await self._raise_stale(entity)
            self._wrote(beside, [])
            self._work.seen.pop((self._model.entity, self._model.identity_of(entity)), None)

    async def update_where(
        self,
        where: Callable[[E], bool],
        assign: Callable[[E], Iterable[Assignment]],
        entry: AuditEntry | None = None,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """Assigns constants in every row of a condition; see Repository."""
        with self._work.writing():
            await self._work.look_back()
            beside = self._beside(entry, events)
            asked = condition(self._model, where, include_deleted=include_deleted)
            values = {name: encoded(value) for name, value in assigned(self._model, assign).items()}
            if not writes.erases(self._model, values) and await self._keeps_all(asked, beside):
                return 0
            companions = self._plan.companions(beside)
            search = self._plan.searches.update(asked, values, self._work.tenant, companions)
            number = await self._number(search.statement, search.values | self._plan.beside_values(beside))
            self._wrote(beside, [])
            self._forget()
            return number

    async def delete_where(
        self,
        where: Callable[[E], bool],
        entry: AuditEntry | None = None,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """Removes every row of a condition for good; see Repository."""
        with self._work.writing():
            await self._work.look_back()
            beside = self._beside(entry, events)
            asked = condition(self._model, where, include_deleted=include_deleted)
            if await self._keeps_all(asked, beside):
                return 0
            search = self._plan.searches.delete(asked, self._work.tenant, self._plan.companions(beside))
            number = await self._number(search.statement, search.values | self._plan.beside_values(beside))
            self._wrote(beside, [])
            self._forget()
            return number

    def _beside(self, entry: AuditEntry | None, events: Sequence[OutboxEvent]) -> Beside:
        """What is written beside the row: the entry, unless the unit has written it already, and the events."""
        if self._work.tenant is None:
            require_bare(self._plan.plans.catalogue, self._model)
        if self._model.audited and not isinstance(entry, AuditEntry):
            raise AuditEntryRequired(self._model.name)
        return self._accompanied(entry, events)

    def _accompanied(self, entry: AuditEntry | None, events: Sequence[OutboxEvent]) -> Beside:
        """What is to be written beside the rows, judged."""
        told = side_records.beside(model_of(AuditEntry), model_of(OutboxEvent), entry, events, self._work.tenant)
        fresh = () if entry is None or self._work.entries.get(entry.id) == entry else (entry,)
        return Beside(fresh, told) if told or fresh else NOTHING_BESIDE

    def _first_version(self, entity: E) -> E:
        require_tenant(self._model, entity, self._work.tenant)
        row = self._model.with_version(entity, 1)
        self._model.require_storable(row)
        return row

    async def _changes(self, entity: E, *, unaudited: bool = False) -> dict[str, object]:
        """The fields that a save has to write.

        Raises:
            NotFound, ConcurrencyConflict: the row is gone or stale, whatever else is wrong.
            AuditEntryRequired: an audited field has changed, whatever it is now.
            RuleViolated: a value can't be kept.
        """
        before, unstorable = await self._before(entity), self._unstorable(entity)
        changes = self._model.difference(before, entity)
        needs_entry = unaudited and not is_unaudited(self._model, changes)
        refusal = (
            AuditEntryRequired(self._model.name)
            if needs_entry
            else unstorable or self._unchanging(before, entity, changes)
        )
        if refusal is not None:
            await self._require_current(entity)
            raise refusal
        return changes

    def _unchanging(self, before: E, entity: E, changes: dict[str, object]) -> RuleViolated | None:
        """What is broken by the change of what never changes, which no role has the right to write."""
        if self._model.append_only is not None:
            erased = is_erasure(self._model, before, entity)
            return None if erased else self._model.violated(self._model.append_only)
        broken = next((rule for name, rule in self._model.immutable.items() if name in changes), None)
        if broken is None:
            return None
        try:
            self._model.judge(entity)
        except RuleViolated as error:
            return error
        return self._model.violated(broken)

    async def _keeps_all(self, asked: Node, beside: Beside) -> bool:
        """Whether the rows never change, so that a set-based write concerns none; its entry and events are written.

        Raises:
            RuleViolated: the condition is true of a row.
        """
        if self._model.append_only is None:
            return False
        search = self._plan.searches.count(asked, self._work.tenant)
        if await self._number(search.statement, search.values):
            raise self._model.violated(self._model.append_only)
        await self._write_beside(beside)
        self._wrote(beside, [])
        return True

    def _unstorable(self, entity: E) -> RuleViolated | None:
        """Brings the values of a row into their normal form, and says which of them can't be kept."""
        try:
            self._model.require_storable(entity)
        except RuleViolated as error:
            return error
        return None

    async def _require_current(self, entity: E) -> None:
        """Refuses a row that is gone, or has another version by now."""
        key = {name: getattr(entity, name) for name in self._model.key}
        found = await self._fetch(key)
        if found is None:
            raise NotFound(self._model.name, self._model.key_of(entity)[-1])
        require_version(self._model, found, entity)

    async def _before(self, entity: E) -> E:
        """The row as this unit last saw it; read now if it never did."""
        require_key(self._model, entity)
        key = self._model.key_of(entity)
        seen = cast("E | None", self._work.seen.get((self._model.entity, self._model.identity_of(entity))))
        if seen is None:
            seen = await self._fetch(dict(zip(self._model.key, key, strict=True)))
        if seen is None:
            raise NotFound(self._model.name, key[-1])
        return seen

    async def _write_beside(self, beside: Beside) -> None:
        """Writes what tells of a write that concerns no row."""
        if beside is not NOTHING_BESIDE:
            await self._number(self._plan.beside_alone(beside), self._plan.beside_values(beside))

    async def _raise_stale(self, entity: E) -> None:
        """Says why a write found no row of that version."""
        await self._require_current(entity)
        raise ConcurrencyConflict

    def _wrote(self, beside: Beside, rows: Iterable[E]) -> None:
        self._work.entries.update((entry.id, entry) for entry in beside.entries)
        for row in rows:
            self._remember(row)
            if type(row) is AuditEntry:  # an archived entry is another row
                entry = cast(AuditEntry, row)
                self._work.entries[entry.id] = entry

    def _forget(self) -> None:
        """After a set-based write nobody knows which rows of the entity have changed."""
        for key in [key for key in self._work.seen if key[0] is self._model.entity]:
            del self._work.seen[key]


class PostgresAcrossRepository(Generic[E]):
    """One entity's rows in all organizations: see AcrossRepository.

    Args:
        rows: a repository of a unit without an organization.
    """

    def __init__(self, rows: PostgresRepository[E]) -> None:
        self._rows = rows

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """The rows of which `where` is true; see AcrossRepository."""
        return await self._rows.find(where, order=order, after=after, limit=limit, include_deleted=include_deleted)

    async def find_readable(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """The rows of which `where` is true and that can be read; see AcrossRepository."""
        return await self._rows.find_readable(
            where, order=order, after=after, limit=limit, include_deleted=include_deleted
        )

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """How many rows there are; see AcrossRepository."""
        return await self._rows.count(where, include_deleted=include_deleted)

    async def update_where(
        self,
        where: Callable[[E], bool],
        assign: Callable[[E], Iterable[Assignment]],
        *,
        include_deleted: bool = False,
    ) -> int:
        """Assigns constants in every row of a condition; see AcrossRepository."""
        return await self._rows.update_where(where, assign, include_deleted=include_deleted)

    async def delete_where(self, where: Callable[[E], bool], *, include_deleted: bool = False) -> int:
        """Removes every row of a condition for good; see AcrossRepository."""
        return await self._rows.delete_where(where, include_deleted=include_deleted)
