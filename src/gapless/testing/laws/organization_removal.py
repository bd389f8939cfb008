"""The removal of a root for good: which rows go with it, which stay, and which keep it from being removed."""

import attrs
import pytest

from gapless.kit import Catalogue, Reference, model_of
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.removal import WAYS, Remove, all_rows, count, put
from gapless.testing.laws.rows import NOW, a_command, a_deletion, an_erasure, an_event


@WAYS
async def test_an_organization_takes_along(store: Store, catalogue: Catalogue, team: Team, remove: Remove) -> None:
    """Members, deleted or not, and processed commands go with their root; events and rows of other roots stay."""
    organization, other = await team.created(store), await team.created(store)
    for home in (organization, other):
        gone_before = deleted(team.a_member(home.id), a_deletion())
        await put(store, home.id, team.a_member(home.id), gone_before, a_command(home.id), an_event(home.id))
    untouched = await all_rows(store, catalogue, other.id)
    async with store.unit(organization.id) as unit:
        await remove(unit, team, organization)
        await unit.commit()
    gone = (team.root, team.member, ProcessedCommand, AuditRecord)
    assert [await count(store, organization.id, entity) for entity in gone] == [0] * len(gone)
    assert await count(store, organization.id, OutboxEvent) == 1
    assert await all_rows(store, catalogue, other.id) == untouched
    with pytest.raises(NotFound):
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")


@WAYS
async def test_three_levels(store: Store, catalogue: Catalogue, team: Team, files: Files, remove: Remove) -> None:
    """A stamp keeps its document, and so the root, from being removed; without it folders and documents go."""
    organization = await team.created(store)
    folder = files.a_folder(organization.id)
    document = files.a_document(organization.id, folder.id)
    await put(store, organization.id, folder, document, files.a_stamp(organization.id, document.id))
    before = await all_rows(store, catalogue, organization.id)
    restricting = {rule.name for rule in model_of(files.stamp).of_kind(Reference)}
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await remove(unit, team, organization)
        assert caught.value.rule in restricting
    assert await all_rows(store, catalogue, organization.id) == before
    async with store.unit(organization.id) as unit:
        await unit.of(files.stamp).delete_where(lambda row: row.created_at <= NOW)
        await remove(unit, team, organization)
        await unit.commit()
    kept = [await count(store, organization.id, entity) for entity in (team.root, files.folder, files.document)]
    assert kept == [0, 0, 0]


@WAYS
async def test_the_trail_goes_to_the_archive(store: Store, team: Team, remove: Remove) -> None:
    """When a root is removed, each audit record is archived as it was; a removal that is not kept archives none."""
    organization = await team.created(store)
    await put(store, organization.id, team.a_member(organization.id))
    async with store.unit(organization.id) as unit:
        trail = await unit.audit_trail.find()
        await remove(unit, team, organization)
        assert await unit.of(ArchivedAuditRecord).count() == len(trail) + 1
    assert (
        await count(store, organization.id, ArchivedAuditRecord),
        await count(store, organization.id, AuditRecord),
    ) == (
        0,
        len(trail),
    )
    async with store.unit(organization.id) as unit:
        await remove(unit, team, organization)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        archived = await reading.of(ArchivedAuditRecord).find()
    assert [attrs.asdict(audit) for audit in archived[:-1]] == [attrs.asdict(audit) for audit in trail]


@WAYS
async def test_an_erased_organization_leaves_no_trail(
    store: Store, catalogue: Catalogue, team: Team, remove: Remove
) -> None:
    """Nothing of a root that was marked for erasure is archived; the mark stays, and other roots are archived."""
    organization, other = await team.created(store), await team.created(store)
    await put(store, organization.id, an_erasure(organization.id))
    for home in (organization, other):
        async with store.unit(home.id) as unit:
            await remove(unit, team, home)
            await unit.commit()
    async with store.reading(organization.id) as reading:
        left = {model.table: await reading.of(model.entity).count(include_deleted=True) for model in catalogue.models}
    assert {table: number for table, number in left.items() if number} == {"erasures": 1}
    assert await count(store, other.id, ArchivedAuditRecord) == 2
