"""A root is purged whatever parts the catalogue has: what has no place is neither recorded nor told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import Recorder, delete_root, restore_root
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.cleanup import Cleanup
from gapless.domain.catalogue import GAPLESS
from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    Actor,
    Catalogue,
    Entity,
    OnDelete,
    Reference,
    Rule,
    deleted,
    processed_commands_of,
    rules_of,
    soft_deletion_rules,
)
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import Deletion
from gapless.testing.laws.rows import fresh_id
from tests.clinics.networks import person_rules
from tests.stores import STORES, stores_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@attrs.frozen(kw_only=True, slots=True)
class Region(Entity):
    """Another root, which is never deleted."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Hospital(Entity):
    """A root that nobody audits, and that can be soft-deleted."""

    id: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Bed(Entity):
    """A bed of it, which can be soft-deleted alone."""

    hospital: int
    id: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@rules_of(Region, "regions", root=True)
def region_rules(_: Region) -> Iterator[Rule]:
    """Nothing but its key."""
    yield from ()


@rules_of(Hospital, "hospitals", root=True, soft_deleted=lambda hospital: hospital.is_deleted)
def hospital_rules(hospital: Hospital) -> Iterator[Rule]:
    """What holds for what can be deleted."""
    yield from soft_deletion_rules(hospital, "hospitals")


@rules_of(Bed, "beds", belongs_to=lambda bed: bed.hospital, soft_deleted=lambda bed: bed.is_deleted)
def bed_rules(bed: Bed) -> Iterator[Rule]:
    """A bed is in a hospital."""
    yield Reference("beds_hospital_fkey", "The hospital is there.", bed.hospital, Hospital, OnDelete.CASCADE)
    yield from soft_deletion_rules(bed, "beds")


OWN = Catalogue((hospital_rules, bed_rules)) + PROCESSED_COMMANDS
SHARED = Catalogue((person_rules, hospital_rules, bed_rules)) + PROCESSED_COMMANDS
BEHIND = Catalogue((region_rules, hospital_rules, bed_rules)) + processed_commands_of(Hospital)
CATALOGUES: Mapping[str, tuple[Catalogue, int, int]] = {
    "commands alone": (OWN, 0, 0),
    "with a trail": (OWN + AUDIT_TRAIL, 1, 0),
    "with an outbox": (OWN + OUTBOX, 0, 1),
    "with both": (OWN + AUDIT_TRAIL + OUTBOX, 1, 1),
    "with both, and rows of nobody": (SHARED + AUDIT_TRAIL + OUTBOX, 1, 1),
    "with an outbox, and rows of nobody": (SHARED + OUTBOX, 0, 1),
    "behind another root": (BEHIND, 0, 0),
    "behind another root, with a trail": (BEHIND + AUDIT_TRAIL, 1, 0),
    "behind another root, with an outbox": (BEHIND + OUTBOX, 0, 1),
    "behind another root, with both": (BEHIND + AUDIT_TRAIL + OUTBOX, 1, 1),
    "behind a service": (GAPLESS + hospital_rules + bed_rules + processed_commands_of(Hospital), 0, 0),
}
"""Catalogues with such a root, each with the numbers of records and of events that its purge leaves."""


@pytest_asyncio.fixture(scope="module", params=STORES)
async def stores(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[dict[str, Store]]:
    """A store of each catalogue."""
    catalogues = {name: catalogue for name, (catalogue, _, _) in CATALOGUES.items()}
    async with stores_of(request.param, engine, catalogues, "hospitals_") as found:
        yield found


async def prepare(store: Store, catalogue: Catalogue) -> None:
    """Makes two hospitals with a deleted bed and another one each, and deletes the first hospital."""
    deletion = Deletion(id=DeletionId(fresh_id()), at=datetime.now(UTC), by=None)
    for number in (1, 2):
        async with store.creating(number, of=Hospital) as unit:
            await unit.of(Hospital).add(Hospital(id=number))
            await unit.of(Bed).add(deleted(Bed(hospital=number, id=7), deletion))
            await unit.of(Bed).add(Bed(hospital=number, id=8))
            await unit.commit()
    async with store.unit(1, of=Hospital) as unit:
        recorder = Recorder(UuidV7Factory(), deletion.at, Actor.system("laws"))
        gone = await delete_root(unit, catalogue, await unit.of(Hospital).get(1), recorder)
        back, rows = await restore_root(unit, catalogue, gone, recorder)
        assert (back.is_deleted, rows["beds"]) == (False, 1)
        await delete_root(unit, catalogue, back, recorder)
        await unit.commit()


@pytest.mark.parametrize("name", CATALOGUES)
async def test_a_root_is_purged_with_the_parts_that_are_there(stores: dict[str, Store], name: str) -> None:
    """The hospital and a bed of one that stays go; the purge leaves a record and an event where they have a place."""
    store, (catalogue, records, events) = stores[name], CATALOGUES[name]
    await prepare(store, catalogue)
    cleanup = Cleanup(store=store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=catalogue)
    report = await cleanup.purge_expired(timedelta(0))
    assert (report.roots, report.roots_of["Hospital"], report.rows["beds"]) == ((1,), (1,), 3)
    assert (report.blocked, report.unfinished) == ((), ())
    async with store.system() as unit:
        assert [hospital.id for hospital in await unit.of(Hospital).find()] == [2]
        assert [bed.hospital for bed in await unit.of(Bed).find(include_deleted=True)] == [2]
        found = [
            await unit.of(entity).count() if entity in catalogue.by_entity else 0
            for entity in (AuditRecord, ArchivedAuditRecord, OutboxEvent)
        ]
    assert (found[0] + found[1], found[2]) == (records, events)
