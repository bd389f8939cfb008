"""Law 13 for every entity: a write leaves its one audit record if the entity is audited, and else none."""

from __future__ import annotations

from collections.abc import Callable

from gapless.kit import AuditedEntity
from gapless.kit.audit import AuditRecord
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.additions import add_audited
from gapless.testing.laws.entities import AnyEntity, Newcomer, Scene, Write, given, of_each, removing, saving
from gapless.testing.laws.entity_kinds import is_addable, is_removable, is_versioned
from gapless.testing.unit_roots import NO_ROOT, UnitRoot


def has_trail(entity: AnyEntity) -> bool:
    """Whether there is a trail that takes records of their units, and the rows are none of it."""
    catalogue, root = entity.catalogue, entity.root
    if entity.model.entity in {AuditRecord, *catalogue.erasures} or AuditRecord not in catalogue.by_entity:
        return False
    has_place = catalogue.trail.may_be_alone if root is None else catalogue.has_place(AuditRecord, root)
    return is_addable(entity) and has_place


@of_each(has_trail)
async def test_each_write_leaves_its_audit_record(store: Store, entity: AnyEntity) -> None:
    """An addition, a save and a removal leave the audit record that comes with each, and nothing without a commit."""
    scene = await entity.scene(store)
    newcomer = await scene.newcomer()
    root, row = newcomer.root, newcomer.row
    audited = any(isinstance(each, AuditedEntity) for each in (row, *newcomer.along))
    for commits in (False, True):
        await leaves(scene, root, newcomer.unit(), adding(newcomer), records=audited, commits=commits)
    for commits in (False, True) if is_versioned(entity) else ():
        (row,) = await scene.kept(row)
        await leaves(scene, root, scene.unit(row), saving(row), records=entity.model.audited, commits=commits)
    # The trail of a root that is gone is in the archive.
    for commits in (False, True) if is_removable(entity) and not entity.model.is_root else ():
        (row,) = await scene.kept(row)
        await leaves(scene, root, scene.unit(row), removing(row), records=entity.model.audited, commits=commits)


async def leaves(  # what is written, by whom, and what is to become of it
    scene: Scene, root: UnitRoot, opened: UnitOfWork, write: Write, *, records: bool, commits: bool
) -> None:
    """Asserts that a write leaves its audit record, if it comes with one, and nothing if its unit does not commit."""
    before, audit = await trail(scene.store, root), scene.fixture.audit_in(root)
    async with opened as unit:
        await write(unit, lambda: audit)
        if commits:
            await unit.commit()
    after = await trail(scene.store, root)
    assert {key: record for key, record in after.items() if key in before} == before
    new = [given(record, scene.catalogue.trail) for key, record in after.items() if key not in before]
    assert new == ([given(audit, scene.catalogue.trail)] if records and commits else [])


async def trail(store: Store, root: UnitRoot) -> dict[object, AuditRecord]:
    """The audit records of a root by their ids; nobody's, if the trail belongs to another kind of root."""
    async with (NO_ROOT if root.of_records is None else root).reading(store) as reading:
        return {record.id: record for record in await reading.audit_trail.find()}


def adding(newcomer: Newcomer) -> Write:
    """Adds a row with what it can't be without."""

    async def add(unit: UnitOfWork, audit: Callable[[], AuditRecord]) -> None:
        for row in (newcomer.row, *newcomer.along):
            await add_audited(unit, row, audit)

    return add
