"""Random units of work as data, and what runs them: rows are few, so that they meet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Role, User
from gapless.kit.assignments import Assignment
from gapless.kit.errors import GaplessError, NotFound
from gapless.kit.model import Validated, model_of
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import AuditedRepository, Repository, UnitOfWork
from gapless.testing.laws.files import DocumentStatus
from tests.unit.memory.driving import Program, Turns, run
from tests.voice.hosted import Booking, Document, Folder, Stamp
from tests.voice.rows import (
    NOW,
    a_booking,
    a_document,
    a_folder,
    a_stamp,
    a_user,
    an_audit_record,
    an_event,
    an_organization,
)

HOMES = [OrganizationId(UUID(int=number)) for number in (1, 2)]
IDS = [UUID(int=number) for number in (11, 12, 13)]
MOMENTS = [NOW + timedelta(hours=hour) for hour in range(4)]
HOURS: list[dict[str, object]] = [
    {"starts_at": MOMENTS[hour], "ends_at": MOMENTS[hour + 1], "first_seat": hour, "next_seat": hour + 1}
    for hour in range(3)
]
ENTITIES: dict[type, Callable[[OrganizationId, UUID], Validated]] = {
    Organization: lambda home, _: an_organization(id=home, slug="slug-a", team_members_quota=2),
    User: lambda home, key: a_user(home, id=key, role=Role.OWNER),
    Folder: lambda home, key: a_folder(home, id=key),
    Document: lambda home, key: a_document(home, cast("object", IDS[0]), id=key),  # type: ignore[arg-type]  # any id
    Stamp: lambda home, key: a_stamp(home, cast("object", IDS[0]), id=key),  # type: ignore[arg-type]  # likewise
    Booking: lambda home, key: a_booking(home, id=key, desk_id=IDS[0], **HOURS[IDS.index(key)]),
    OutboxEvent: lambda home, key: an_event(home, id=key),
}
SOME_ID = [None, *IDS]
SHOWN: list[dict[str, object]] = [{"is_deleted": False, "deleted_at": None}, {"is_deleted": True, "deleted_at": NOW}]


def _each(name: str, *values: object) -> list[dict[str, object]]:
    return [{name: value} for value in values]


# For each entity the changes that are tried; few, and most of them possible, so that units get far and meet.
CHANGES: dict[type, list[dict[str, object]]] = {
    Organization: [*SHOWN, *_each("slug", "slug-a", "slug-b"), *_each("phone_numbers_quota", 0, 2, -1)],
    User: [*SHOWN, *_each("email", "a@acme.org", "b@acme.org", "NO"), *_each("role", *Role), {"is_active": False}],
    Folder: [
        *_each("name", "a", "b", ""),
        *_each("is_archived", True, False),
        *_each("parent_id", *SOME_ID),
        *_each("owner_id", *SOME_ID),
    ],
    Document: [
        *_each("folder_id", *IDS),
        *_each("author_id", *SOME_ID),
        *_each("reviewer_id", *SOME_ID),
        *_each("original_id", *SOME_ID),
        {"status": DocumentStatus.PUBLISHED, "published_at": NOW},
    ],
    Stamp: _each("document_id", *IDS),
    Booking: [
        *_each("starts_at", *MOMENTS, None),
        *_each("ends_at", *MOMENTS, None),
        *_each("is_cancelled", True, False),
        *_each("room", None, "Blue", "Red"),
        *_each("first_seat", 0, 1, 2),
        *_each("next_seat", 1, 2, None),
    ],
    OutboxEvent: _each("attempts", 1, 2, -1),
}


@attrs.frozen
class Step:
    """One write: of which entity, what, of which row, with which values that nobody has validated."""

    entity: type
    action: str
    id: UUID
    values: dict[str, object]


def _steps_of(entity: type) -> st.SearchStrategy[Step]:
    actions = st.sampled_from(["add", "add", "save", "save", "remove", "update_where", "delete_where"])
    changes = st.lists(st.sampled_from(CHANGES[entity]), min_size=1, max_size=2)
    merged = changes.map(lambda parts: {name: value for part in parts for name, value in part.items()})
    return st.builds(Step, st.just(entity), actions, st.sampled_from(IDS), merged)


anything = st.sampled_from(tuple(ENTITIES)).flatmap(_steps_of)


def units_of(
    size: int, steps: st.SearchStrategy[Step] = anything
) -> st.SearchStrategy[tuple[OrganizationId, list[Step]]]:
    """Units of so many steps at most, nearly all of one organization."""
    return st.tuples(st.sampled_from([HOMES[0], *HOMES]), st.lists(steps, min_size=1, max_size=size))


async def take(unit: UnitOfWork, home: OrganizationId, step: Step) -> None:
    """Takes one step in a unit."""
    repository = cast("AuditedRepository[Validated, UUID]", unit.of(step.entity))
    model = model_of(cast("type[Validated]", step.entity))
    audit, key = an_audit_record(home), home if step.entity is Organization else step.id
    match step.action:
        case "add":
            made = ENTITIES[step.entity](home, step.id)
            await repository.add(model.evolved(made, step.values), audit)
        case "save":
            found = await repository.get(key, include_deleted=True)
            await repository.save(model.evolved(found, step.values), audit)
        case "remove":
            await repository.remove(await repository.get(key, include_deleted=True), audit)
        case "update_where":
            given = [Assignment(model.column(name), value) for name, value in step.values.items()]
            await repository.update_where(lambda _: True, lambda _: given, audit, include_deleted=True)
        case _:
            await repository.delete_where(lambda row: cast("User", row).id == key, audit)


def program(store: MemoryStore, home: OrganizationId, taken: list[Step], *, locked: bool = False) -> Program:
    """A unit that takes steps and commits; it goes on after an error that did not fail it."""

    async def go(turn: Turns) -> object:
        try:
            async with store.unit(home) if locked else store.creating(home) as unit:
                for step in taken:
                    await turn()
                    with suppress(NotFound):  # of a read; a write that raises has failed the unit
                        await take(unit, home, step)
                await turn()
                await unit.commit()
        except GaplessError as error:
            return error.code
        return "kept"

    return go


async def prepared(store: MemoryStore) -> None:
    """Creates the first organization, with two owners and a few rows that refer to each other."""
    home = HOMES[0]
    async with store.creating(home) as unit:
        await unit.of(Organization).add(an_organization(id=home, slug="slug-a"), audit := an_audit_record(home))
        await unit.of(User).add_all([a_user(home, id=each, role=Role.OWNER) for each in IDS[:2]], audit)
        for entity in (Folder, Document, OutboxEvent):
            repository = cast("Repository[Validated, UUID]", unit.of(cast("type[Folder]", entity)))
            await repository.add_all([ENTITIES[entity](home, each) for each in IDS[:2]])
        await unit.commit()


def alone(store: MemoryStore, home: OrganizationId, taken: list[Step], *, locked: bool = False) -> object:
    """Runs one unit to its end."""

    async def go_on() -> None:
        return None

    return run(program(store, home, taken, locked=locked)(go_on))
