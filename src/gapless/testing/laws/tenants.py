"""Law 7: a unit sees and writes the rows of its root, and no others."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.kit import Reference
from gapless.kit.assignments import assign
from gapless.kit.errors import NotFound, RuleViolated, TenantMismatch
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.rows import an_audit_record, an_event


async def test_rows_of_others_are_not_seen(store: Store, team: Team) -> None:
    """Another root and its rows are NotFound in a unit, and no query finds or counts them."""
    mine, theirs = await team.created(store), await team.created(store)
    (stranger,) = await team.members(store, theirs.id)
    async with store.unit(mine.id) as unit, store.reading(mine.id) as reading:
        for seen in (unit, reading):
            with pytest.raises(NotFound):
                await seen.of(team.root).get(theirs.id)
            with pytest.raises(NotFound):
                await seen.of(team.member).get(stranger.id, include_deleted=True)
            assert await seen.of(team.root).find() == (mine,)
            assert await seen.of(team.member).find(lambda row: row.id == stranger.id) == ()
            assert await seen.of(team.member).find(lambda row: row.organization_id == theirs.id) == ()
            assert (await seen.of(team.member).count(), await seen.audit_trail.count()) == (1, 1)


async def test_rows_of_others_are_not_written(store: Store, team: Team) -> None:
    """Adding, saving or removing a row of another root is TenantMismatch, and so is a record or an event of one."""
    mine, theirs = await team.created(store), await team.created(store)
    (stranger,) = await team.members(store, theirs.id)
    my_record, their_record = an_audit_record(mine.id), an_audit_record(theirs.id)
    writes: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
        "add": lambda unit: unit.of(team.member).add(team.a_member(theirs.id), my_record),
        "add_all": lambda unit: unit.of(team.member).add_all(
            [team.a_member(mine.id), team.a_member(theirs.id)], my_record
        ),
        "save": lambda unit: unit.of(team.member).save(stranger.renamed("Me"), my_record),
        "remove": lambda unit: unit.of(team.member).remove(stranger, my_record),
        "audit": lambda unit: unit.of(team.member).add(team.a_member(mine.id), their_record),
        "event": lambda unit: unit.of(team.member).add(team.a_member(mine.id), my_record, (an_event(theirs.id),)),
        "trail": lambda unit: unit.audit_trail.add(their_record),
        "outbox": lambda unit: unit.outbox.add(an_event(theirs.id)),
        "organization": lambda unit: unit.of(team.root).save(theirs.renamed("Mine"), my_record),
        "creating": lambda unit: unit.of(team.root).add(team.a_root(), my_record),
    }
    for write in writes.values():
        async with store.unit(mine.id) as unit:
            with pytest.raises(TenantMismatch):
                await write(unit)
    await team.assert_untouched(store, mine.id)
    await team.assert_untouched(store, theirs.id)


async def test_a_row_does_not_change_its_organization(store: Store, team: Team) -> None:
    """Saving a row with another root is TenantMismatch in the unit of its root, and NotFound in that of the other."""
    mine, theirs = await team.created(store), await team.created(store)
    (user,) = await team.members(store, mine.id)
    moved = attrs.evolve(user, organization_id=theirs.id)
    async with store.unit(mine.id) as unit:
        with pytest.raises(TenantMismatch):
            await unit.of(team.member).save(moved, an_audit_record(mine.id))
    async with store.unit(theirs.id) as unit:
        with pytest.raises(NotFound):
            await unit.of(team.member).save(moved, an_audit_record(theirs.id))


async def test_set_based_writes_stay_at_home(store: Store, team: Team) -> None:
    """A set-based write of every row writes only the rows of the unit's root."""
    mine, theirs = await team.created(store), await team.created(store)
    async with store.unit(mine.id) as unit:
        audit = an_audit_record(mine.id)
        assert (
            await unit.of(team.member).update_where(
                lambda row: row.name == "Ann", lambda row: (assign(row.name, "Bo"),), audit
            )
            == 1
        )
        assert (
            await unit.of(team.root).update_where(
                lambda row: row.name == "Acme", lambda row: (assign(row.name, "Bo"),), audit
            )
            == 1
        )
        await unit.commit()
    async with store.unit(mine.id) as unit:
        assert await unit.of(team.member).delete_where(lambda row: row.version >= 0, an_audit_record(mine.id)) == 1
        with pytest.raises(RuleViolated, match=team.owner_rule):
            await unit.commit()
    await team.assert_untouched(store, theirs.id)


async def test_references_stay_at_home(store: Store, team: Team, files: Files) -> None:
    """A row can't refer to a row of another root, even if the id exists there."""
    mine, theirs = await team.created(store), await team.created(store)
    async with store.unit(theirs.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(theirs.id))
        await unit.commit()
    async with store.unit(mine.id) as unit:
        with pytest.raises(RuleViolated, match=rule_of(files.document, Reference, "folder_id")):
            await unit.of(files.document).add(files.a_document(mine.id, folder.id))


async def test_one_id_in_two_organizations(store: Store, team: Team) -> None:
    """Two roots may have rows with the same id, address and name; each sees its own row."""
    mine, theirs = await team.created(store), await team.created(store)
    user = team.a_member(mine.id)
    for organization in (mine, theirs):
        async with store.unit(organization.id) as unit:
            await unit.of(team.member).add(
                attrs.evolve(user, organization_id=organization.id), an_audit_record(organization.id)
            )
            await unit.commit()
    async with store.unit(mine.id) as unit:
        await unit.of(team.member).save(
            (await unit.of(team.member).get(user.id)).renamed("Mine"), an_audit_record(mine.id)
        )
        await unit.commit()
    async with store.reading(theirs.id) as reading:
        assert (await reading.of(team.member).get(user.id)).name == "Ann"
