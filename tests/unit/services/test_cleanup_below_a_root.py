"""A cleanup below a root that is not the voice service's: its key has a name of its own, and it can't be deleted."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.cleanup import Cleanup
from gapless.application.cleanup_outcomes import CleanupReport
from gapless.domain.organizations import OrganizationId
from gapless.kit import AuditedEntity, Catalogue, Entity, Model, OnDelete, Reference, Rule, rules_of
from gapless.kit.audit import archive_rules, audit_rules, erasure_rules
from gapless.kit.commands import processed_command_rules
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.outbox import outbox_rules
from gapless.kit.soft_deletion import deleted, soft_deletion_rules
from gapless.testing.laws.rows import IDS, a_deletion, an_audit_record


@attrs.frozen(kw_only=True, slots=True)
class Clinic(Entity):
    """A root."""

    number: UUID


@rules_of(Clinic, "clinics", root=True, key=("number",))
def clinic_rules(_: Clinic) -> Iterator[Rule]:
    """No rule beyond those that follow from the fields."""
    yield from ()


@attrs.frozen(kw_only=True, slots=True)
class Room(AuditedEntity):
    """Is deleted softly, and keeps the rooms that are entered through it."""

    clinic: UUID
    id: UUID
    through: UUID | None = None
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """Is deleted softly, without an audit record."""

    clinic: UUID
    id: UUID
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@rules_of(Room, "rooms", belongs_to=lambda room: room.clinic, soft_deleted=lambda room: room.is_deleted)
def room_rules(room: Room) -> Iterator[Rule]:
    """A room is in a clinic, and the one before it stays as long as it does."""
    yield from soft_deletion_rules(room, "rooms")
    yield Reference("rooms_clinic_fkey", "It is in a clinic.", room.clinic, Clinic, OnDelete.CASCADE)
    yield Reference("rooms_through_fkey", "The way is there.", (room.clinic, room.through), Room, OnDelete.RESTRICT)


@rules_of(Shelf, "shelves", belongs_to=lambda shelf: shelf.clinic, soft_deleted=lambda shelf: shelf.is_deleted)
def shelf_rules(shelf: Shelf) -> Iterator[Rule]:
    """A shelf is in a clinic."""
    yield from soft_deletion_rules(shelf, "shelves")
    yield Reference("shelves_clinic_fkey", "It is in a clinic.", shelf.clinic, Clinic, OnDelete.CASCADE)


PARTS: Catalogue = Catalogue(()) + clinic_rules + erasure_rules + archive_rules + audit_rules + outbox_rules
CATALOGUE: Catalogue = PARTS + processed_command_rules + room_rules + shelf_rules


async def cleaned(*, kept: bool) -> tuple[OrganizationId, CleanupReport, int]:
    """Deletes a room and a shelf, and cleans up; perhaps another room keeps the one that is deleted."""
    store, home = MemoryStore(CATALOGUE), OrganizationId(IDS.new())
    gone = deleted(Room(clinic=home, id=IDS.new()), a_deletion())
    others = [Room(clinic=home, id=IDS.new(), through=gone.id)] if kept else []
    async with store.creating(home) as unit:
        await unit.of(Clinic).add(Clinic(number=home))
        await unit.of(Room).add_all([gone, *others], an_audit_record(home))
        await unit.of(Shelf).add(deleted(Shelf(clinic=home, id=IDS.new()), a_deletion()))
        await unit.commit()
    cleanup = Cleanup(store=store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=CATALOGUE)
    report = await cleanup.purge_expired(timedelta(0))
    async with store.reading(home) as reading:
        left = await reading.of(Room).count(include_deleted=True)
    await store.aclose()
    return home, report, left


def test_expired_rows_are_removed() -> None:
    """Rows that are audited, and rows that are not, go when their time is over."""
    _, report, left = asyncio.run(cleaned(kept=False))
    assert (report.rows["rooms"], report.rows["shelves"], report.blocked, report.unfinished, left) == (1, 1, (), (), 0)


def test_rows_that_something_keeps_are_told() -> None:
    """A row that another row keeps is told with the key of its root."""
    home, report, left = asyncio.run(cleaned(kept=True))
    (found,) = report.blocked
    assert (found.root_id, found.entity, found.rule, left) == (home, "Room", "rooms_through_fkey", 2)


@pytest.mark.parametrize("model", [room_rules, shelf_rules])
def test_the_rows_have_the_key_that_a_cleanup_looks_for(model: Model[Room]) -> None:
    """Their key begins with the field that the declaration names."""
    assert (model.key, model.has_own_id, CATALOGUE.root.key) == (("clinic", "id"), True, ("number",))
