"""The repositories of PostgreSQL: each method is one request, and raises what its rules refuse."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Generic, TypeVar, cast
from uuid import UUID

from gapless.adapters.postgres.plan import NOTHING_BESIDE, Beside, Plan
from gapless.adapters.postgres.records import encoded
from gapless.adapters.postgres.statements import Statement
from gapless.adapters.postgres.work import Work
from gapless.domain.audit import AuditEntry
from gapless.domain.errors import AuditEntryRequired, ConcurrencyConflict, GaplessError, NotFound, QueryRefused
from gapless.domain.events import OutboxEvent
from gapless.domain.rules.model import VERSION, Judged, model_of
from gapless.domain.rules.predicates import TRUE, Not
from gapless.domain.rules.queries import (
    Assignment,
    assigned,
    condition,
    query,
    require_bare,
    require_tenant,
    require_unaudited,
)
from gapless.domain.unit_state import Stage

E = TypeVar("E", bound=Judged)
T = TypeVar("T")
Record = Sequence[object]


class PostgresReader(Generic[E]):
    """Reads one entity's rows of the unit's organization, or of all if it has none."""

    def __init__(self, work: Work, plan: Plan[E]) -> None:
        self._work = work
        self._plan = plan
        self._model = plan.model

    async def get(self, id: UUID, *, include_deleted: bool = False) -> E:
        """The row with this id; see ReadRepository."""
        with self._work.state.reading:
            row = await self._fetch(self._key(id))
            if row is None or (not include_deleted and self._plan.is_hidden(row)):
                raise NotFound(self._model.name, id)
            self._remember(row)
            return row

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """The rows of which `where` is true; see ReadRepository."""
        with self._work.state.reading:
            asked = query(self._model, where, order=order, after=after, limit=limit, include_deleted=include_deleted)
            search = self._plan.searches.find(asked, self._work.tenant)
            records = await self._fetch_all(search.statement, search.arguments())
            rows = tuple(map(self._plan.decode, records))
            for row in rows:
                self._remember(row)
            return rows

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """How many rows there are of which `where` is true; see ReadRepository."""
        with self._work.state.reading:
            asked = condition(self._model, where, include_deleted=include_deleted)
            search = self._plan.searches.count(asked, self._work.tenant)
            return await self._number(search.statement, search.values)

    def _key(self, id: UUID) -> dict[str, object]:
        """The key of the row with this id in the unit's organization; of the organization itself only its own.

        Raises:
            QueryRefused: the rows of this table have no id.
        """
        given: object = id
        if len(self._model.key) > 2:
            raise QueryRefused(f"{self._model.name} has no id: find it by the columns of its key.")
        if not isinstance(given, UUID) or (len(self._model.key) == 1 and given != self._work.tenant):
            raise NotFound(self._model.name, id)
        return dict(zip(self._model.key, (self._work.tenant, id)[-len(self._model.key) :], strict=True))

    def _remember(self, row: E) -> None:
        self._work.seen[self._model.entity, self._model.key_of(row)] = row

    async def _fetch(self, key: dict[str, object]) -> E | None:
        statement = self._plan.get()
        # Asked for one row, the server does not look for a second.
        record = await self._read(self._work.session.driver.fetchrow, statement, statement.arguments(key))
        return None if record is None else self._plan.decode(cast(Record, record))

    async def _fetch_all(self, statement: Statement, arguments: list[object]) -> Sequence[Record]:
        return cast("Sequence[Record]", await self._read(self._work.session.driver.fetch, statement, arguments))

    async def _read(
        self, method: Callable[..., Coroutine[object, object, T]], statement: Statement, arguments: list[object]
    ) -> T:
        """Runs a statement by one of the driver's methods."""
        session = self._work.session
        try:
            return await session.run(method(statement.text, *arguments, timeout=session.remaining()))
        except GaplessError:
            if session.in_transaction:  # which is of no use any more, though it was only a read that failed
                self._work.state.stage = Stage.FAILED
            raise

    async def _number(self, statement: Statement, values: dict[str, object]) -> int:
        records = await self._fetch_all(statement, statement.arguments(values))
        return cast(int, records[0][0])


class PostgresRepository(PostgresReader[E]):
    """Writes one entity's rows: Repository and AuditedRepository, whichever the entity calls for."""

    async def add(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """Keeps a new row; see Repository."""
        with self._work.state.writing:
            beside = self._beside(entry, events)
            row = self._first_version(entity)
            values = self._plan.values(row) | self._plan.beside_values(beside)
            await self._number(self._plan.insert(beside), values)
            self._wrote(beside, [row])
            return row

    async def add_all(
        self, entities: Sequence[E], entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()
    ) -> tuple[E, ...]:
        """Keeps several new rows in one statement; see Repository."""
        with self._work.state.writing:
            beside = self._beside(entry, events)
            rows = tuple(map(self._first_version, entities))
            if not rows:
                await self._write_beside(beside)
            else:
                arrays = zip(*map(self._plan.encode, rows), strict=True)
                names = (column.name for column in self._model.columns)
                values: dict[str, object] = dict(zip(names, map(list, arrays), strict=True))
                await self._number(self._plan.insert_many(beside), values | self._plan.beside_values(beside))
            self._wrote(beside, rows)
            return rows

    async def save(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> E:
        """Writes the changed fields; see Repository."""
        with self._work.state.writing:
            beside = self._beside(entry, events)
            require_tenant(self._model, entity, self._work.tenant)
            self._plan.require_storable(entity)
            changes = self._model.difference(await self._before(entity), entity)
            return await self._update(entity, changes, beside)

    async def save_unaudited(self, entity: E, events: Sequence[OutboxEvent] = ()) -> E:
        """Writes fields that are declared as unaudited; see AuditedRepository."""
        with self._work.state.writing:
            beside = self._accompanied(None, events)
            require_tenant(self._model, entity, self._work.tenant)
            self._plan.require_storable(entity)
            before = await self._before(entity)
            if self._plan.key(before) != self._plan.key(entity):
                raise ConcurrencyConflict
            changes = self._model.difference(before, entity)
            require_unaudited(self._model, changes)
            return await self._update(entity, changes, beside)

    async def _update(self, entity: E, changes: dict[str, object], beside: Beside) -> E:
        """Writes these values of a row if it still has its version, and returns it as stored."""
        changes.pop(VERSION, None)
        statement = self._plan.update(tuple(changes), beside)
        values = {f"set_{name}": encoded(value) for name, value in changes.items()}
        values |= self._plan.key(entity) | self._plan.beside_values(beside)
        records = await self._fetch_all(statement, statement.arguments(values))
        if not records:
            await self._raise_stale(entity)
        stored = self._plan.decode(records[0])
        self._wrote(beside, [stored])
        return stored

    async def remove(self, entity: E, entry: AuditEntry | None = None, events: Sequence[OutboxEvent] = ()) -> None:
        """Removes the row for good; see Repository."""
        with self._work.state.writing:
            beside = self._beside(entry, events)
            require_tenant(self._model, entity, self._work.tenant)
            values = self._plan.key(entity) | self._plan.beside_values(beside)
            if await self._number(self._plan.delete(beside), values) == 0:
                await self._raise_stale(entity)
            self._wrote(beside, [])
            self._work.seen.pop((self._model.entity, self._model.key_of(entity)), None)

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
        with self._work.state.writing:
            beside = self._beside(entry, events)
            asked = condition(self._model, where, include_deleted=include_deleted)
            values = {name: encoded(value) for name, value in assigned(self._model, assign).items()}
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
        with self._work.state.writing:
            beside = self._beside(entry, events)
            asked = condition(self._model, where, include_deleted=include_deleted)
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
        if entry is not None:
            require_tenant(model_of(AuditEntry), entry, self._work.tenant)
        for event in events:
            require_tenant(model_of(OutboxEvent), event, self._work.tenant)
        fresh = () if entry is None or self._work.entries.get(entry.id) == entry else (entry,)
        if not events and not fresh:
            return NOTHING_BESIDE
        return Beside(fresh, tuple(model_of(OutboxEvent).with_version(event, 1) for event in events))

    def _first_version(self, entity: E) -> E:
        require_tenant(self._model, entity, self._work.tenant)
        self._plan.require_storable(entity)
        return self._model.with_version(entity, 1)

    async def _before(self, entity: E) -> E:
        """The row as this unit last saw it; read now if it never did."""
        key = self._model.key_of(entity)
        seen = cast("E | None", self._work.seen.get((self._model.entity, key)))
        if seen is None:
            seen = await self._fetch(dict(zip(self._model.key, key, strict=True)))
        if seen is None:
            raise NotFound(self._model.name, key[-1])
        return seen

    async def _write_beside(self, beside: Beside) -> None:
        """Writes what tells of a write that concerns no row."""
        if beside is not NOTHING_BESIDE:
            search = self._plan.searches.delete(Not(TRUE), self._work.tenant, self._plan.companions(beside))
            await self._number(search.statement, search.values | self._plan.beside_values(beside))

    async def _raise_stale(self, entity: E) -> None:
        """Says why a write found no row of that version."""
        key = dict(zip(self._model.key, self._model.key_of(entity), strict=True))
        if await self._fetch(key) is None:
            raise NotFound(self._model.name, self._model.key_of(entity)[-1])
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
