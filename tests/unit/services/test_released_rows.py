"""The job that unlinks released rows, on a catalogue of its own: what refers is audited, and can be released itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import cast
from uuid import UUID

import attrs

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.cleanup import Cleanup
from gapless.application.cleanup_outcomes import CleanupReport
from gapless.domain.organizations import OrganizationId
from gapless.kit import AuditedEntity, Catalogue, Index, OnDelete, Reference, RootId, Rule, rules_of
from gapless.testing.laws.casting import OWN_TEAM
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.rows import IDS, an_audit_record
from gapless.testing.laws.workspaces import Workspace


@attrs.frozen(kw_only=True, slots=True)
class Warehouse(AuditedEntity):
    """What is released, and what refers to another of its own kind."""

    workspace_id: OrganizationId
    id: UUID
    next_id: UUID | None = None
    is_released: bool = False
    version: int = 0


@rules_of(
    Warehouse,
    "warehouses",
    belongs_to=lambda warehouse: warehouse.workspace_id,
    released=lambda warehouse: warehouse.is_released,
)
def warehouse_rules(warehouse: Warehouse) -> Iterator[Rule]:
    """A warehouse may name the next one."""
    yield Reference(
        "warehouses_workspace_id_fkey", "It has a home.", warehouse.workspace_id, Workspace, OnDelete.CASCADE
    )
    yield Reference(
        "warehouses_next_id_fkey",
        "The next one is there.",
        (warehouse.workspace_id, warehouse.next_id),
        Warehouse,
        OnDelete.SET_NULL,
    )
    yield Index("idx_warehouses_next", "Finds them.", (warehouse.workspace_id, warehouse.next_id, warehouse.id))


@attrs.frozen(kw_only=True, slots=True)
class Shelf(AuditedEntity):
    """What goes with the warehouse in which it stands, once that is released."""

    workspace_id: OrganizationId
    id: UUID
    warehouse_id: UUID
    version: int = 0


@rules_of(Shelf, "shelves", belongs_to=lambda shelf: shelf.workspace_id)
def shelf_rules(shelf: Shelf) -> Iterator[Rule]:
    """A shelf goes with its warehouse."""
    yield Reference("shelves_workspace_id_fkey", "It has a home.", shelf.workspace_id, Workspace, OnDelete.CASCADE)
    within = (shelf.workspace_id, shelf.warehouse_id)
    yield Reference("shelves_warehouse_id_fkey", "It stands in one.", within, Warehouse, OnDelete.CASCADE)


CATALOGUE: Catalogue = WORKSPACES + warehouse_rules + shelf_rules


def a_warehouse(home: RootId, next_id: UUID | None = None) -> Warehouse:
    """A warehouse that is not added yet."""
    return Warehouse(workspace_id=cast(OrganizationId, home), id=IDS.new(), next_id=next_id)


async def cleaned() -> tuple[CleanupReport, list[tuple[str, int]], list[UUID | None]]:
    """Adds one with four that name it, releases it and one of those, and cleans up."""
    store = MemoryStore(CATALOGUE)
    home = (await OWN_TEAM.created(store)).id
    first = a_warehouse(home)
    others = [a_warehouse(home, first.id) for _ in range(4)]
    async with store.unit(home) as unit:
        rows = unit.of(Warehouse)
        await rows.add_all([first, *others], an_audit_record(home))
        shelves = [
            Shelf(workspace_id=first.workspace_id, id=IDS.new(), warehouse_id=row.id) for row in (first, others[1])
        ]
        await unit.of(Shelf).add_all(shelves, an_audit_record(home))
        for row in (first, others[0]):
            found = await rows.get(row.id)
            await rows.save(attrs.evolve(found, is_released=True), an_audit_record(home))
        await unit.commit()
    cleanup = Cleanup(store=store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=CATALOGUE)
    report = await cleanup.purge_expired(timedelta(days=30), batch=2)
    async with store.reading(home) as reading:
        audits = await reading.audit_trail.find(lambda audit: audit.job == "cleanup")
        kept = await reading.of(Warehouse).find()
        assert await reading.of(Warehouse).count(lambda row: row.is_released) == 0
        assert [row.id for row in await reading.of(Shelf).find()] == [shelves[1].id]
    told = [(audit.action, len(list(audit.metadata["ids"]))) for audit in audits]  # type: ignore[arg-type]  # a list
    return report, told, [row.next_id for row in kept]


def test_what_is_audited_is_unlinked_with_a_record() -> None:
    """Each batch of audited rows has its record, with their ids; rows that are released themselves are unlinked too."""
    report, told, left = asyncio.run(cleaned())
    assert {table: number for table, number in report.unlinked.items() if number} == {"warehouses": 4}
    assert (report.rows["warehouses"], report.blocked) == (2, ())
    unlinked = [number for action, number in told if action == "warehouses.unlinked"]
    removed = [number for action, number in told if action == "warehouses.purged"]
    assert (sum(unlinked), sum(removed), max(unlinked)) == (4, 2, 2)
    assert left == [None, None, None]
