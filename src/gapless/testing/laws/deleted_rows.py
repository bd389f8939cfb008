"""Law 5: reads and set-based writes leave out soft-deleted rows unless `include_deleted` is set; a save sees them."""

import attrs
import pytest

from gapless.kit.assignments import assign
from gapless.kit.errors import NotFound
from gapless.kit.ids import RootId
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.rows import a_deletion, an_audit_record


async def soft_deleted_user(team: Team, unit: UnitOfWork, id: RootId) -> Member:
    """A member who is marked as deleted, and has no other field of a deletion."""
    user = await unit.of(team.member).add(team.a_member(id, name="Gone"), an_audit_record(id))
    return await unit.of(team.member).save(deleted(user, a_deletion()), an_audit_record(id))


async def test_reads_hide_deleted_rows(store: Store, team: Team) -> None:
    """`get`, `find` and `count` leave out a deleted row, and see it with `include_deleted`."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        gone = await soft_deleted_user(team, unit, organization.id)
        await unit.commit()
    async with store.unit(organization.id) as unit, store.reading(organization.id) as reading:
        for users in (unit.of(team.member), reading.of(team.member)):
            with pytest.raises(NotFound):
                await users.get(gone.id)
            assert await users.get(gone.id, include_deleted=True) == gone
            assert gone not in await users.find()
            assert await users.find(lambda row: row.name == "Gone") == ()
            assert await users.find(lambda row: row.is_deleted) == ()
            assert await users.find(lambda row: row.name == "Gone", include_deleted=True) == (gone,)
            assert await users.count() == 1
            assert await users.count(include_deleted=True) == 2


async def test_set_based_writes_hide_deleted_rows(store: Store, team: Team) -> None:
    """`update_where` and `delete_where` leave out a deleted row, and see it with `include_deleted`."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        gone, audit = await soft_deleted_user(team, unit, organization.id), an_audit_record(organization.id)
        assert (
            await unit.of(team.member).update_where(
                lambda row: row.name == "Gone", lambda row: (assign(row.name, "A1"),), audit
            )
            == 0
        )
        assert await unit.of(team.member).delete_where(lambda row: row.name == "Gone", audit) == 0
        assert await unit.of(team.member).get(gone.id, include_deleted=True) == gone
        changed = await unit.of(team.member).update_where(
            lambda row: row.name == "Gone", lambda row: (assign(row.name, "A2"),), audit, include_deleted=True
        )
        removed = await unit.of(team.member).delete_where(lambda row: row.name == "A2", audit, include_deleted=True)
        assert (changed, removed) == (1, 1)
        await unit.commit()


async def test_save_sees_deleted_rows(store: Store, team: Team) -> None:
    """A deleted row can be restored by a save, changed by a save, and removed."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        gone = await soft_deleted_user(team, unit, organization.id)
        back = await unit.of(team.member).save(restored(gone), an_audit_record(organization.id))
        assert await unit.of(team.member).get(gone.id) == attrs.evolve(restored(gone), version=3) == back
        again = await unit.of(team.member).save(deleted(back, a_deletion()), an_audit_record(organization.id))
        renamed = await unit.of(team.member).save(again.renamed("Bo"), an_audit_record(organization.id))
        await unit.of(team.member).remove(renamed, an_audit_record(organization.id))
        assert await unit.of(team.member).count(include_deleted=True) == 1
        await unit.commit()


async def test_hosts_own_hidden_rows(store: Store, team: Team, files: Files) -> None:
    """Rows that an entity declares as deleted by a field of its own are left out in the same way."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id, is_archived=True))
        assert await unit.of(files.folder).find() == ()
        assert await unit.of(files.folder).find(include_deleted=True) == (folder,)
        shown = await unit.of(files.folder).save(attrs.evolve(folder, is_archived=False))
        assert await unit.of(files.folder).find() == (shown,)


async def test_deleted_organization(store: Store, team: Team) -> None:
    """A deleted root is left out as every deleted row, and its members are not."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        gone = await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(organization.id))
        with pytest.raises(NotFound):
            await unit.of(team.root).get(organization.id)
        assert await unit.of(team.root).find() == ()
        assert await unit.of(team.root).find(include_deleted=True) == (gone,)
        assert await unit.of(team.member).count() == 1
        await unit.commit()
