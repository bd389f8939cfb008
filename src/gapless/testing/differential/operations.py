"""What a program does in one call of a repository, as data, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import descending, model_of
from gapless.kit.assignments import Assignment, assign, increment
from gapless.kit.audit import AuditRecord
from gapless.kit.cursors import Cursor
from gapless.kit.errors import NotFound
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, UnitOfWork
from gapless.kit.queries import cursor_behind
from gapless.testing.differential.conditions import Condition
from gapless.testing.differential.repositories import AnyRepository
from gapless.testing.differential.side_records import audit_record_of, event_of
from gapless.testing.differential.vocabulary import Values
from gapless.testing.differential.worlds import ProgramWorld

AGGREGATES = ("sum", "greatest", "least", "count_by")
READS = ("get", "find_by_ids", "find", "pages", "count", "exists", *AGGREGATES)
MOST_PAGES = 6


@attrs.frozen
class Operation:
    """One thing that a program does in a unit.

    Attributes:
        kind: add, save, put (save, or add if there is none), undo, pages (find, page by page), count_up (update_where
            that counts), or what the repository calls it.
        entity: of which entity.
        place: which row, if it is about one; below zero one that nobody has.
        values: what it changes.
        where: which rows, if it is about many.
        stale: whether it works on the oldest state of the row that it has seen, not on the newest.
        order: by which fields, and whether from the greatest.
        limit: how many rows at most.
        include_deleted: whether soft-deleted rows too.
        events: how many events go with it.
        foreign: whether it hands over the row, or the id, of the other organization.
        told: which audit record goes with it: its "own", the one that the last write in the organization was given
            ("shared"), another one with the id of that ("altered"), one of the other organization ("foreign"), or
            "none".
        after: whether `find` begins behind the row at this place, if the program has seen it.
        backwards: whether `find` ends before that row, and pages are read from the last one.
        field: what is added up, compared, or counted by.
        places: of which rows the ids are asked for; below zero one that nobody has.
        steps: by how much fields count.
    """

    kind: str
    entity: type[Validated]
    place: int = 0
    values: Values = attrs.field(factory=dict)
    where: Condition | None = None
    stale: bool = False
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    include_deleted: bool = False
    events: int = 0
    foreign: bool = False
    told: str = "own"
    after: bool = False
    backwards: bool = False
    field: str = ""
    places: tuple[int, ...] = ()
    steps: tuple[tuple[str, int], ...] = ()

    @property
    def concerns_many(self) -> bool:
        """Whether the rows that the operation writes or removes may break several rules at once."""
        return self.kind in ("add_all", "update_where", "count_up", "delete_where", "remove")

    @property
    def reads(self) -> bool:
        """Whether the operation changes nothing."""
        return self.kind in READS

    async def run(self, unit: UnitOfWork, world: ProgramWorld, number: int) -> object:
        """Carries the operation out; `number` tells its audit record and events from those of others."""
        rows = cast(AnyRepository, unit.of(self.entity))
        if self.reads:
            return await self._read(rows, world)
        told = self._told_with(world, number)
        match self.kind:
            case "update_where" | "count_up":
                where, hidden = world.condition(self.where), self.include_deleted
                return await rows.update_where(where, self._assigned(world), *told, include_deleted=hidden)
            case "delete_where":
                where = world.condition(self.where)
                return await rows.delete_where(where, *told, include_deleted=self.include_deleted)
            case "remove":
                await rows.remove(await self._row(rows, world), *told)
                return None
            case "add_all":
                return tuple(map(world.remember, await rows.add_all(self._several(world), *told)))
            case _:
                return world.remember(await self._written(rows, world, told))

    async def look(self, reading: Reading, world: ProgramWorld) -> object:
        """Carries the operation out outside of a unit, if it reads."""
        return await self._read(cast(AnyRepository, reading.of(self.entity)), world)

    async def _read(self, rows: AnyRepository, world: ProgramWorld) -> object:
        match self.kind:
            case "pages":
                return await self._pages(rows, world)
            case "find":
                return await self._found(rows, world, world.last_seen(self.entity, self.place) if self.after else None)
            case "find_by_ids":
                ids = [world.id_of(self.entity, place) for place in self.places]
                found = await rows.find_by_ids(ids, include_deleted=self.include_deleted)
                return tuple(map(world.remember, found))
            case "count":
                return await rows.count(world.condition(self.where), include_deleted=self.include_deleted)
            case "exists":
                return await rows.exists(world.condition(self.where), include_deleted=self.include_deleted)
            case kind if kind in AGGREGATES:
                return await self._aggregated(rows, world)
            case _:
                own = world.other if self.foreign else world.id_of(self.entity, self.place)
                return world.remember(await rows.get(own, include_deleted=self.include_deleted))

    async def _aggregated(self, rows: AnyRepository, world: ProgramWorld) -> object:
        """What is asked of a field of many rows; groups in their order, as tuples that can be compared."""
        asked, where = attrgetter(self.field), world.condition(self.where)
        ask = {"sum": rows.sum, "greatest": rows.greatest, "least": rows.least, "count_by": rows.count_by}[self.kind]
        found = await ask(asked, where, include_deleted=self.include_deleted)
        return tuple(found.items()) if isinstance(found, Mapping) else found

    async def _pages(self, rows: AnyRepository, world: ProgramWorld) -> tuple[tuple[Validated, ...], ...]:
        """Reads the rows page by page; each begins after the last row of the page before, or ends before the first."""
        pages = [await self._found(rows, world, Cursor())]
        while pages[-1] and len(pages) < MOST_PAGES:
            cursor = cursor_behind(pages[-1][0 if self.backwards else -1], self._ordered if self.order else None)
            pages.append(await self._found(rows, world, cursor))
        return tuple(pages)

    async def _found(
        self, rows: AnyRepository, world: ProgramWorld, place: Validated | Cursor | None
    ) -> tuple[Validated, ...]:
        return await rows.find(
            world.condition(self.where),
            order=self._ordered if self.order else None,
            after=None if self.backwards else place,
            before=place if self.backwards else None,
            limit=self.limit,
            include_deleted=self.include_deleted,
        )

    async def _written(self, rows: AnyRepository, world: ProgramWorld, told: tuple[object, ...]) -> Validated:
        match self.kind:
            case "add":
                return await rows.add(world.fresh(self.entity, self.place, self.values, foreign=self.foreign), *told)
            case "put":
                return await self._put(rows, world, told)
            case "save_unaudited":
                return await rows.save_unaudited(await self._changed(rows, world), *told[1:])
            case _:
                return await rows.save(await self._changed(rows, world), *told)

    async def _put(self, rows: AnyRepository, world: ProgramWorld, told: tuple[object, ...]) -> Validated:
        try:
            row = await self._row(rows, world)
        except NotFound:
            return await rows.add(world.fresh(self.entity, self.place, self.values), *told)
        return await rows.save(model_of(type(row)).evolved(row, world.resolved(self.entity, self.values)), *told)

    def _several(self, world: ProgramWorld) -> tuple[Validated, ...]:
        """Makes three rows; only the first has the values, and it may be another organization's."""
        usual = tuple(world.fresh(self.entity, self.place + step, {}) for step in (1, 2))
        return (world.fresh(self.entity, self.place, self.values, foreign=self.foreign), *usual)

    async def _row(self, rows: AnyRepository, world: ProgramWorld) -> Validated:
        """The row that it works on: in its newest state, in the state first seen, or one that does not exist."""
        own = world.id_of(self.entity, self.place)
        seen = world.seen.get((self.entity, own), [])
        if self.foreign:
            return world.fresh(self.entity, self.place, {}, foreign=True)
        if self.stale:
            return seen[0] if seen else world.fresh(self.entity, self.place, {})
        return world.remember(await rows.get(own, include_deleted=True))

    async def _changed(self, rows: AnyRepository, world: ProgramWorld) -> Validated:
        row = await self._row(rows, world)
        model = model_of(type(row))
        if self.kind != "undo":
            return model.evolved(row, world.resolved(self.entity, self.values))
        first = world.seen[self.entity, world.id_of(self.entity, self.place)][0]
        old = model.values_by_column(first)
        return model.evolved(row, {name: value for name, value in old.items() if name != "version"})

    def _assigned(self, world: ProgramWorld) -> Callable[[object], tuple[Assignment, ...]]:
        values = world.resolved(self.entity, self.values)
        return lambda row: (
            *(assign(getattr(row, name), value) for name, value in values.items()),
            *(increment(getattr(row, name), by) for name, by in self.steps),
        )

    def _ordered(self, row: object) -> object:
        return tuple(descending(getattr(row, name)) if down else getattr(row, name) for name, down in self.order)

    def _told_with(self, world: ProgramWorld, number: int) -> tuple[object, ...]:
        """The audit record and the events of an operation, with ids that are the same on every store."""
        if not model_of(self.entity).audited:
            return ()
        events = tuple(event_of(world.of_records(), UUID(int=number << 8 | n)) for n in range(self.events))
        return self._audit_record(world, number), events

    def _audit_record(self, world: ProgramWorld, number: int) -> AuditRecord | None:
        match self.told:
            case "none":
                return None
            case "foreign":
                return audit_record_of(world.of_records(foreign=True), UUID(int=number))
            case "shared" | "altered" if world.audits:
                return attrs.evolve(world.audits[-1], action="test" if self.told == "shared" else "test again")
            case _:
                world.audits.append(audit_record_of(world.of_records(), UUID(int=number)))
                return world.audits[-1]
