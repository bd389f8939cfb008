"""Random programs over one organization, as data: what a caller does in its units, and the strategies that draw it.

What a program speaks of (entities, ids, values) is a vocabulary; see `vocabularies`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.domain.errors import NotFound
from gapless.domain.organizations import Organization
from gapless.domain.ports import UnitOfWork
from gapless.domain.rules import all_of, any_of, descending, is_null, model_of, negate
from gapless.domain.rules.model import Judged
from gapless.domain.rules.queries import Assignment, assign
from gapless.domain.values import OrganizationId
from gapless.testing.laws.making import NOW, an_entry, an_event

Values = Mapping[str, object]
Fields = Mapping[str, st.SearchStrategy[object]]
TAKEN = "taken"
"""Stands for what another organization has, and nobody else may: a slug, a number."""
OWN = "own"
"""Stands for a number that the organization may have at another row."""


def numbered(kind: int, places: int) -> list[UUID]:
    """The ids that rows of one kind may have."""
    return [UUID(int=kind << 32 | place) for place in range(places)]


@attrs.frozen(kw_only=True)
class Vocabulary:
    """What programs speak of.

    Attributes:
        choices: for each entity what its fields may be given: mostly what is valid, and some of what rules refuse.
        together: changes of several fields that make sense together only.
        places: the ids that rows of an entity may have; the organization has its own.
        ordered: by which fields of an entity rows are ordered and compared.
        fresh: makes a row that is not there yet, of the organization's id, the row's own and its place.
        prepared: the rows that are there when a program begins, in the order in which they are added.
        weights: the entities, each as often as it is to be drawn.
        kinds: what is done to an entity, each as often as it is to be drawn, where that is not the usual.
        breaking: operations that break rules judged at commit, so that they come together more often than by chance.
        endings: what a last unit may do that would hardly come together by chance.
    """

    choices: Mapping[type[Judged], Mapping[str, list[object]]]
    together: Mapping[type[Judged], list[dict[str, object]]]
    places: Mapping[type[Judged], list[UUID]]
    ordered: Mapping[type[Judged], list[str]]
    fresh: Mapping[type[Judged], Callable[[UUID, UUID, int], Judged]]
    prepared: Callable[[UUID], Sequence[Judged]]
    weights: tuple[type[Judged], ...]
    kinds: Mapping[type[Judged], list[str]]
    breaking: tuple[Operation, ...]
    endings: tuple[tuple[Operation, ...], ...] = ()


@attrs.frozen
class Condition:
    """A condition over the fields of a row: a comparison with a constant, or conditions joined."""

    operator: str
    field: str = ""
    value: object = None
    parts: tuple[Condition, ...] = ()

    def __call__(self, row: object) -> bool:
        """The condition over this row."""
        match self.operator:
            case "all":
                return all_of(*(part(row) for part in self.parts))
            case "any":
                return any_of(*(part(row) for part in self.parts))
            case "not":
                return negate(self.parts[0](row))
            case "null":
                return is_null(getattr(row, self.field))
            case "<":
                return cast(bool, getattr(row, self.field) < self.value)
            case _:
                return cast(bool, getattr(row, self.field) == self.value)


class Rows(Protocol):
    """A repository as a program uses it: with an entry and events behind its arguments, or without."""

    def get(self, id: UUID, *, include_deleted: bool) -> Awaitable[Judged]:
        """As ReadRepository.get."""
        ...

    def find(self, where: object, **asked: object) -> Awaitable[tuple[Judged, ...]]:
        """As ReadRepository.find."""
        ...

    def count(self, where: object, *, include_deleted: bool) -> Awaitable[int]:
        """As ReadRepository.count."""
        ...

    def add(self, row: Judged, *told: object) -> Awaitable[Judged]:
        """As AuditedRepository.add."""
        ...

    def save(self, row: Judged, *told: object) -> Awaitable[Judged]:
        """As AuditedRepository.save."""
        ...

    def save_unaudited(self, row: Judged, *events: object) -> Awaitable[Judged]:
        """As AuditedRepository.save_unaudited."""
        ...

    def remove(self, row: Judged, *told: object) -> Awaitable[None]:
        """As AuditedRepository.remove."""
        ...

    def update_where(self, where: object, values: object, *told: object, include_deleted: bool) -> Awaitable[int]:
        """As AuditedRepository.update_where."""
        ...

    def delete_where(self, where: object, *told: object, include_deleted: bool) -> Awaitable[int]:
        """As AuditedRepository.delete_where."""
        ...


@attrs.frozen
class World:
    """What the operations of one program know while it runs on one store.

    Attributes:
        vocabulary: what the program speaks of.
        organization: whose rows they are.
        stand_ins: what values such as TAKEN stand for, by field and value.
        seen: for each row every state in which the program has seen it, oldest first.
    """

    vocabulary: Vocabulary
    organization: OrganizationId
    stand_ins: Mapping[tuple[str, object], str]
    seen: dict[tuple[type, UUID], list[Judged]] = attrs.field(factory=dict)

    def id_of(self, entity: type[Judged], place: int) -> UUID:
        """The id of the row at this place."""
        places = self.vocabulary.places
        return self.organization if entity is Organization else places[entity][place % len(places[entity])]

    def resolved(self, values: Values) -> dict[str, object]:
        """The values, with what they stand for."""
        return {name: self.stand_ins[name, value] if value in (TAKEN, OWN) else value for name, value in values.items()}

    def remember(self, row: Judged) -> Judged:
        """Keep a state of a row for later."""
        self.seen.setdefault((type(row), cast(UUID, getattr(row, "id"))), []).append(row)  # noqa: B009  # rows have ids
        return row

    def fresh(self, entity: type[Judged], place: int, values: Values) -> Judged:
        """A row that is not there yet, not judged."""
        made = self.vocabulary.fresh[entity](self.organization, self.id_of(entity, place), place)
        return model_of(type(made)).replaced(made, self.resolved(values))


@attrs.frozen
class Operation:
    """One thing that a program does in a unit.

    Attributes:
        kind: add, save, put (save, or add if there is none), undo, remove, or what the repository calls it.
        entity: of which entity.
        place: which row, if it is about one.
        values: what it changes.
        where: which rows, if it is about many.
        stale: whether it works on the oldest state of the row that it has seen, not on the newest.
        order: by which fields, and whether from the greatest.
        limit: how many rows at most.
        include_deleted: whether hidden rows too.
        events: how many events go with it.
    """

    kind: str
    entity: type[Judged]
    place: int = 0
    values: Values = attrs.field(factory=dict)
    where: Condition | None = None
    stale: bool = False
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    include_deleted: bool = False
    events: int = 0

    @property
    def concerns_many(self) -> bool:
        """Whether its rows, or those that it takes along, may break several rules at once."""
        return self.kind in ("update_where", "delete_where", "remove")

    async def run(self, unit: UnitOfWork, world: World, number: int) -> object:
        """Do it; `number` tells its entry and events from those of others."""
        rows = cast(Rows, unit.of(self.entity))
        told = _told(world, self.entity, number, self.events)
        if self.kind in ("get", "find", "count"):
            return await self._read(rows, world)
        match self.kind:
            case "add":
                return world.remember(await rows.add(world.fresh(self.entity, self.place, self.values), *told))
            case "put":
                return world.remember(await self._put(rows, world, told))
            case "save" | "undo":
                return world.remember(await rows.save(await self._changed(rows, world), *told))
            case "save_unaudited":
                return world.remember(await rows.save_unaudited(await self._changed(rows, world), *told[1:]))
            case "remove":
                await rows.remove(await self._row(rows, world), *told)
                return None
            case "update_where":
                hidden = self.include_deleted
                return await rows.update_where(self.where, self._assigned(world), *told, include_deleted=hidden)
            case _:
                return await rows.delete_where(self.where, *told, include_deleted=self.include_deleted)

    async def _read(self, rows: Rows, world: World) -> object:
        match self.kind:
            case "find":
                asked = {"limit": self.limit, "include_deleted": self.include_deleted}
                return await rows.find(self.where, order=self._ordered if self.order else None, **asked)
            case "count":
                return await rows.count(self.where, include_deleted=self.include_deleted)
            case _:
                own = world.id_of(self.entity, self.place)
                return world.remember(await rows.get(own, include_deleted=self.include_deleted))

    async def _put(self, rows: Rows, world: World, told: tuple[object, ...]) -> Judged:
        try:
            row = await self._row(rows, world)
        except NotFound:
            return await rows.add(world.fresh(self.entity, self.place, self.values), *told)
        return await rows.save(model_of(type(row)).replaced(row, world.resolved(self.values)), *told)

    async def _row(self, rows: Rows, world: World) -> Judged:
        """The row that it works on: as it is, as it was when first seen, or one that never was."""
        own = world.id_of(self.entity, self.place)
        seen = world.seen.get((self.entity, own), [])
        if self.stale:
            return seen[0] if seen else world.fresh(self.entity, self.place, {})
        return world.remember(await rows.get(own, include_deleted=True))

    async def _changed(self, rows: Rows, world: World) -> Judged:
        row = await self._row(rows, world)
        model = model_of(type(row))
        if self.kind != "undo":
            return model.replaced(row, world.resolved(self.values))
        first = world.seen[self.entity, world.id_of(self.entity, self.place)][0]
        old = dict(zip((column.name for column in model.columns), model.values(first), strict=True))
        return model.replaced(row, {name: value for name, value in old.items() if name != "version"})

    def _assigned(self, world: World) -> Callable[[object], tuple[Assignment, ...]]:
        values = world.resolved(self.values)
        return lambda row: tuple(assign(getattr(row, name), value) for name, value in values.items())

    def _ordered(self, row: object) -> object:
        return tuple(descending(getattr(row, name)) if down else getattr(row, name) for name, down in self.order)


def _told(world: World, entity: type[Judged], number: int, events: int) -> tuple[object, ...]:
    """The entry and the events of an operation, with ids that are the same on every store."""
    if not model_of(entity).audited:
        return ()
    entry = an_entry(world.organization, id=UUID(int=number))
    return entry, tuple(an_event(world.organization, id=UUID(int=number << 8 | n)) for n in range(events))


@attrs.frozen
class Unit:
    """The operations of one unit, and whether it is committed or left by an exception."""

    operations: tuple[Operation, ...]
    commits: bool


def values_for(words: Vocabulary, entity: type[Judged]) -> st.SearchStrategy[dict[str, object]]:
    """Values for some fields of an entity."""
    single = [(name, value) for name, values in words.choices[entity].items() for value in values]
    some = st.lists(st.sampled_from(single), max_size=3, unique_by=lambda pair: pair[0]).map(dict)
    together = words.together.get(entity)
    return some | st.sampled_from(together).map(dict) if together else some


def conditions_for(words: Vocabulary, entity: type[Judged]) -> st.SearchStrategy[Condition]:
    """Conditions over an entity."""
    fields = {name: [value for value in values if value is not None] for name, values in words.choices[entity].items()}
    simple = [Condition("==", name, value) for name, values in fields.items() for value in values]
    simple += [Condition("<", name, value) for name in words.ordered[entity] for value in fields.get(name, [NOW])]
    simple += [Condition("null", name) for name in fields]
    simple += [Condition("==", "id", own) for own in words.places.get(entity, [UUID(int=1)])] * 2
    simple += [Condition("==", "created_at", NOW)] * 3
    joined = st.builds(
        lambda operator, parts: Condition(operator, parts=tuple(parts)),
        st.sampled_from(["all", "any", "not"]),
        st.lists(st.sampled_from(simple), min_size=1, max_size=2),
    )
    return st.sampled_from(simple) | joined | joined.map(lambda part: Condition("not", parts=(part,)))


def operations_on(words: Vocabulary, entity: type[Judged]) -> st.SearchStrategy[Operation]:
    """Operations on one entity: mostly writes."""
    place, values, where = st.integers(0, 3), values_for(words, entity), conditions_for(words, entity)
    flag, seldom = st.booleans(), st.sampled_from([False, False, False, True])
    this, few = st.just(entity), st.sampled_from([0, 0, 1, 2])
    one: Fields = {"entity": this, "place": place, "events": few}
    many: Fields = {"entity": this, "where": where, "include_deleted": flag, "events": few}
    orders = st.lists(
        st.tuples(st.sampled_from(words.ordered[entity]), flag), max_size=2, unique_by=lambda part: part[0]
    )
    asked: Fields = {"order": orders.map(tuple), "limit": st.none() | st.integers(1, 3)}
    kinds: dict[str, Fields] = {
        "add": {**one, "values": values},
        "put": {**one, "values": values},
        "save": {**one, "values": values, "stale": seldom},
        "save_unaudited": {**one, "values": values},
        "undo": one,
        "remove": {**one, "stale": seldom},
        "update_where": {**many, "values": values},
        "delete_where": many,
        "find": {"entity": this, "where": st.none() | where, "include_deleted": flag, **asked},
        "count": {"entity": this, "where": st.none() | where, "include_deleted": flag},
        "get": {"entity": this, "place": place, "include_deleted": flag},
    }
    drawn = {kind: st.builds(Operation, st.just(kind), **fields) for kind, fields in kinds.items()}
    return st.sampled_from(words.kinds.get(entity, USUAL)).flatmap(drawn.__getitem__)


USUAL = ["put"] * 8 + ["update_where", "remove"] * 2 + ["add", "save", "undo", "delete_where", "find", "count", "get"]


def programs_of(words: Vocabulary) -> st.SearchStrategy[list[Unit]]:
    """Programs that speak of these entities."""
    on = {entity: operations_on(words, entity) for entity in words.choices}
    operations = st.sampled_from(words.weights).flatmap(on.__getitem__)
    units = st.builds(
        Unit,
        st.lists(operations | operations | st.sampled_from(words.breaking), min_size=2, max_size=8).map(tuple),
        st.sampled_from([True, True, True, True, False]),
    )
    programs = st.lists(units, min_size=1, max_size=3)
    if not words.endings:
        return programs
    endings = st.sampled_from([None, None, *words.endings])
    return st.builds(
        lambda begun, ending: begun if ending is None else [*begun, Unit(ending, commits=True)], programs, endings
    )
