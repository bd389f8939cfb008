"""Random programs over one organization, as data: what a caller does in its units, and the strategies that draw it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
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
from gapless.domain.users import Role, User
from gapless.domain.values import OrganizationId
from tests.laws.host import Document, DocumentId, Folder, FolderId, Stamp, Status
from tests.laws.making import NOW, a_document, a_folder, a_stamp, a_user, an_entry, an_event, an_organization

Values = Mapping[str, object]
Fields = Mapping[str, st.SearchStrategy[object]]
TAKEN = "taken"
"""Stands for the slug that another organization has."""


def numbered(kind: int, places: int) -> list[UUID]:
    """The ids that rows of one kind may have."""
    return [UUID(int=kind << 32 | place) for place in range(places)]


USERS, FOLDERS, DOCUMENTS, STAMPS = (numbered(kind + 1, places) for kind, places in enumerate((4, 4, 3, 2)))
EMAILS = [f"{name}@acme.org" for name in ("a", "b", "ä")]
LATER = NOW + timedelta(days=1)

# For each entity what its fields may be given: mostly what is valid, and some of what rules refuse.
CHOICES: dict[type[Judged], dict[str, list[object]]] = {
    User: {
        "role": [Role.OWNER, Role.OWNER, Role.ADMIN, Role.OPERATOR],
        "is_active": [True, True, False],
        "email": [*EMAILS],
        "name": [*["Ann", "Bo", "é" * 3] * 4, "x"],
        "deactivation_reason": [None, "left", ""],
        "last_seen_at": [None, NOW, LATER],
    },
    Organization: {
        "team_members_quota": [0, 1, 2, 3, 9],
        "phone_numbers_quota": [0, 1, 2, 9],
        "name": [*["Acme", "Umbrella"] * 4, "x"],
        "slug": [TAKEN, "admin"],
        "used_minutes": [*[1, 2] * 4, -1],
    },
    Folder: {
        "name": [*["a", "b", "ä"] * 4, ""],
        "label": [*[None, "new"] * 4, "NEW"],
        "parent_id": [None, None, FOLDERS[0], FOLDERS[0], *FOLDERS],
        "owner_id": [None, *USERS[:2], *USERS],
        "is_archived": [True, False, False],
    },
    Document: {
        "folder_id": [FOLDERS[0], FOLDERS[0], *FOLDERS],
        "title": [*["one", "two"] * 4, "x" * 61],
        "author_id": [None, *USERS[:2], *USERS],
        "reviewer_id": [None, None, *USERS[:2], *USERS],
        "original_id": [None, *DOCUMENTS],
        "pages": [*[None, 1, 7] * 4, 0],
    },
    Stamp: {"document_id": list(DOCUMENTS)},
}
# Changes of several fields that make sense together only.
TOGETHER: dict[type[Judged], list[dict[str, object]]] = {
    User: [
        {"is_deleted": True, "deleted_at": NOW},
        {"is_deleted": False, "deleted_at": None},
        {"role": Role.ADMIN},
        {"role": Role.OWNER, "is_active": True},
    ],
    Organization: [
        {"is_deleted": True, "deleted_at": NOW},
        {"is_deleted": False, "deleted_at": None},
        {"team_members_quota": 1, "phone_numbers_quota": 0},
    ],
    Folder: [{"is_archived": False}, {"is_archived": True}],
    Document: [
        {"status": Status.PUBLISHED, "published_at": NOW, "author_id": USERS[0]},
        {"status": Status.PUBLISHED, "published_at": NOW},
        {"status": Status.PUBLISHED},
        {"status": Status.DRAFT, "published_at": None},
        {"reviewer_id": USERS[1]},
    ],
    Stamp: [],
}
PLACES: dict[type[Judged], list[UUID]] = {User: USERS, Folder: FOLDERS, Document: DOCUMENTS, Stamp: STAMPS}
ENTITIES = list(CHOICES)
ORDERED = {
    User: ["name", "email", "last_seen_at", "deactivation_reason"],
    Organization: ["name", "used_minutes"],
    Folder: ["name", "label", "owner_id"],
    Document: ["title", "pages", "published_at", "author_id"],
    Stamp: ["document_id", "created_at"],
}


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
        organization: whose rows they are.
        taken: a slug that another organization has.
        seen: for each row every state in which the program has seen it, oldest first.
    """

    organization: OrganizationId
    taken: str
    seen: dict[tuple[type, UUID], list[Judged]] = attrs.field(factory=dict)

    def id_of(self, entity: type[Judged], place: int) -> UUID:
        """The id of the row at this place."""
        return self.organization if entity is Organization else PLACES[entity][place % len(PLACES[entity])]

    def resolved(self, values: Values) -> dict[str, object]:
        """The values, with the slug that is taken."""
        return {name: self.taken if value is TAKEN else value for name, value in values.items()}

    def remember(self, row: Judged) -> Judged:
        """Keep a state of a row for later."""
        self.seen.setdefault((type(row), cast(UUID, getattr(row, "id"))), []).append(row)  # noqa: B009  # rows have ids
        return row

    def fresh(self, entity: type[Judged], place: int, values: Values) -> Judged:
        """A row that is not there yet, not judged."""
        own, home = self.id_of(entity, place), self.organization
        made: Judged
        if entity is User:
            made = a_user(home, id=own, email=EMAILS[place // 2])
        elif entity is Folder:
            made = a_folder(home, id=own)
        elif entity is Document:
            made = a_document(home, FolderId(FOLDERS[0]), id=own)
        elif entity is Stamp:
            made = a_stamp(home, DocumentId(DOCUMENTS[0]), id=own)
        else:
            made = an_organization(id=home)
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
        if self.kind == "save":
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


def values_for(entity: type[Judged]) -> st.SearchStrategy[dict[str, object]]:
    """Values for some fields of an entity."""
    single = [(name, value) for name, values in CHOICES[entity].items() for value in values]
    some = st.lists(st.sampled_from(single), max_size=3, unique_by=lambda pair: pair[0]).map(dict)
    return some | st.sampled_from(TOGETHER[entity]).map(dict) if TOGETHER[entity] else some


def conditions_for(entity: type[Judged]) -> st.SearchStrategy[Condition]:
    """Conditions over an entity."""
    fields = {name: [value for value in values if value is not None] for name, values in CHOICES[entity].items()}
    simple = [Condition("==", name, value) for name, values in fields.items() for value in values]
    simple += [Condition("<", name, value) for name in ORDERED[entity] for value in fields.get(name, [NOW, LATER])]
    simple += [Condition("null", name) for name in fields]
    simple += [Condition("==", "id", own) for own in PLACES.get(entity, USERS)] * 2
    simple += [Condition("==", "created_at", NOW)] * 3
    joined = st.builds(
        lambda operator, parts: Condition(operator, parts=tuple(parts)),
        st.sampled_from(["all", "any", "not"]),
        st.lists(st.sampled_from(simple), min_size=1, max_size=2),
    )
    return st.sampled_from(simple) | joined | joined.map(lambda part: Condition("not", parts=(part,)))


def operations_on(entity: type[Judged]) -> st.SearchStrategy[Operation]:
    """Operations on one entity: mostly writes."""
    place, values, where = st.integers(0, 3), values_for(entity), conditions_for(entity)
    flag, seldom = st.booleans(), st.sampled_from([False, False, False, True])
    this, few = st.just(entity), st.sampled_from([0, 0, 1, 2])
    one: Fields = {"entity": this, "place": place, "events": few}
    many: Fields = {"entity": this, "where": where, "include_deleted": flag, "events": few}
    orders = st.lists(st.tuples(st.sampled_from(ORDERED[entity]), flag), max_size=2, unique_by=lambda part: part[0])
    asked: Fields = {"order": orders.map(tuple), "limit": st.none() | st.integers(1, 3)}
    kinds: dict[str, Fields] = {
        "add": {**one, "values": values},
        "put": {**one, "values": values},
        "save": {**one, "values": values, "stale": seldom},
        "undo": one,
        "remove": {**one, "stale": seldom},
        "update_where": {**many, "values": values},
        "delete_where": many,
        "find": {"entity": this, "where": st.none() | where, "include_deleted": flag, **asked},
        "count": {"entity": this, "where": st.none() | where, "include_deleted": flag},
        "get": {"entity": this, "place": place, "include_deleted": flag},
    }
    weighted = ["put"] * 8 + ["update_where"] * 2 + ["remove"] * 2 + ["add", "save", "undo"]
    weighted += ["delete_where", "find", "count", "get"]
    drawn = {kind: st.builds(Operation, st.just(kind), **fields) for kind, fields in kinds.items()}
    if entity is Stamp:  # which never changes
        weighted = ["add", "add", "add", "remove", "delete_where", "find"]
    if entity is Organization:  # of which there is one
        weighted = ["save"] * 8 + ["undo", "update_where", "get", "remove"]
    return st.sampled_from(weighted).flatmap(drawn.__getitem__)


# What breaks the rules that are judged at commit, so that they come together more often than by chance.
BREAKING = st.sampled_from(
    [
        Operation("update_where", User, values={"role": Role.ADMIN}, where=Condition("==", "role", Role.OWNER)),
        Operation("save", User, 0, {"role": Role.OPERATOR}),
        Operation("save", User, 0, {"is_active": False}),
        Operation("save", Organization, values={"team_members_quota": 1, "phone_numbers_quota": 0}),
        Operation("put", User, 2, {"is_active": True}),
        Operation("put", User, 2, {"is_deleted": True, "deleted_at": NOW}),
        Operation("put", User, 3),
        Operation("put", User, 3, {"role": Role.OWNER}),
        Operation("put", Folder, 1, {"is_archived": False}),
        Operation("put", Folder, 2, {"parent_id": FOLDERS[1]}),
        Operation("put", Document, 1, {"status": Status.PUBLISHED, "published_at": NOW, "author_id": USERS[1]}),
        Operation("remove", Folder, 0),
        Operation("remove", User, 1),
        Operation("undo", User, 0),
    ]
)
OPERATIONS = {entity: operations_on(entity) for entity in CHOICES}
operations = st.sampled_from([User, User, User, Organization, Folder, Folder, Document, Document, Stamp]).flatmap(
    lambda entity: OPERATIONS[entity]
)
units = st.builds(
    Unit,
    st.lists(operations | operations | BREAKING, min_size=2, max_size=8).map(tuple),
    st.sampled_from([True, True, True, True, False]),
)
programs = st.lists(units, min_size=1, max_size=3)
