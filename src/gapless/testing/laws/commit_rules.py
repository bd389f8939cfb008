"""Law 12: a rule over many rows is armed by a write, judged at commit on the final state, in the catalogue's order."""

from collections.abc import Awaitable, Callable

import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.ids import OrganizationId
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.queries import assign
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.laws.refusing import commit_is_refused, small_team
from gapless.testing.voice.hosted import Document, Folder, Status
from gapless.testing.voice.rows import (
    NOW,
    a_deletion,
    a_document,
    a_folder,
    a_user,
    an_entry,
    an_organization,
    an_owner,
    founded,
    members,
)

Write = Callable[[UnitOfWork, User], Awaitable[object]]


LEAVING: dict[str, Write] = {
    "demoted": lambda unit, user: unit.of(User).save(user.with_role(Role.ADMIN), an_entry(user.organization_id)),
    "deactivated": lambda unit, user: unit.of(User).save(user.deactivated(NOW, None), an_entry(user.organization_id)),
    "deleted": lambda unit, user: unit.of(User).save(deleted(user, a_deletion()), an_entry(user.organization_id)),
    "removed": lambda unit, user: unit.of(User).remove(user, an_entry(user.organization_id)),
    "updated": lambda unit, user: unit.of(User).update_where(
        lambda row: row.role == Role.OWNER,
        lambda row: (assign(row.is_active, False), assign(row.role, Role.MANAGER)),
        an_entry(user.organization_id),
    ),
    "swept": lambda unit, user: unit.of(User).delete_where(lambda row: row.is_active, an_entry(user.organization_id)),
}


@pytest.mark.parametrize("write", LEAVING.values(), ids=LEAVING.keys())
async def test_last_owner_on_every_path(store: Store, write: Write) -> None:
    """However the last owner leaves, the write passes and the commit is refused, and everything is as it was."""
    organization = await founded(store)
    before = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await write(unit, before[0])
        await commit_is_refused(unit, "last_owner")
    assert await members(store, organization.id) == before


@pytest.mark.parametrize("write", LEAVING.values(), ids=LEAVING.keys())
async def test_one_of_two_owners_leaves(store: Store, write: Write) -> None:
    """The last owner may leave, however they do, if another one comes afterwards in the same unit."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await write(unit, owner)
        heir = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        await unit.of(User).save(heir.with_role(Role.OWNER), an_entry(organization.id))
        await unit.commit()


async def test_an_heir_comes_first(store: Store) -> None:
    """So they may if the other one came before."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(an_owner(organization.id), an_entry(organization.id))
        await unit.of(User).save(owner.with_role(Role.OPERATOR), an_entry(organization.id))
        await unit.commit()


async def test_undone_write_is_judged_and_passes(store: Store) -> None:
    """An owner who leaves and comes back in one unit is no violation."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        gone = await unit.of(User).save(owner.with_role(Role.ADMIN), an_entry(organization.id))
        await unit.of(User).save(gone.with_role(Role.OWNER), an_entry(organization.id))
        await unit.commit()


async def test_founding_needs_an_owner(store: Store) -> None:
    """An organization without an owner is not founded, and one that is deleted may have none."""
    organization = an_organization()
    async with store.founding(organization.id) as unit:
        await unit.of(Organization).add(organization, an_entry(organization.id))
        await commit_is_refused(unit, "last_owner")
    asleep = an_organization(is_deleted=True, deleted_at=NOW)
    async with store.founding(asleep.id) as unit:
        await unit.of(Organization).add(asleep, an_entry(asleep.id))
        await unit.commit()


async def test_restored_organization_needs_an_owner(store: Store) -> None:
    """A deleted organization may lose its last owner; restoring it afterwards is refused until there is one."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        gone = await unit.of(Organization).save(deleted(organization, a_deletion()), an_entry(organization.id))
        await unit.of(User).delete_where(lambda user: user.role == Role.OWNER, an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        back = await unit.of(Organization).save(restored(gone), an_entry(organization.id))
        await commit_is_refused(unit, "last_owner")
    async with store.unit(organization.id) as unit:
        back = await unit.of(Organization).save(restored(gone), an_entry(organization.id))
        assert back.is_live
        await unit.of(User).add(an_owner(organization.id), an_entry(organization.id))
        await unit.commit()


async def test_deleting_organization_and_owner_together(store: Store) -> None:
    """An organization that goes takes its owners along, softly or for good, in either order."""
    for organization_first in (True, False):
        organization = await founded(store)
        async with store.unit(organization.id) as unit:
            (owner,) = await unit.of(User).find()
            batch = a_deletion()
            if organization_first:
                await unit.of(Organization).save(deleted(organization, batch), an_entry(organization.id))
            await unit.of(User).save(deleted(owner, batch), an_entry(organization.id))
            if not organization_first:
                await unit.of(Organization).save(deleted(organization, batch), an_entry(organization.id))
            await unit.commit()
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).delete_where(lambda user: user.is_active, an_entry(organization.id))
        await unit.of(Organization).remove(organization, an_entry(organization.id))
        await unit.commit()


async def break_both(unit: UnitOfWork, id: OrganizationId, *, owner_first: bool) -> None:
    """The last owner leaves and two members come where there is one seat, in this order or the other."""
    (owner,) = await unit.of(User).find()
    if owner_first:
        await unit.of(User).save(owner.with_role(Role.ADMIN), an_entry(id))
    await unit.of(User).add_all([a_user(id) for _ in range(2)], an_entry(id))
    if not owner_first:
        await unit.of(User).save(owner.with_role(Role.ADMIN), an_entry(id))


@pytest.mark.parametrize("owner_first", [True, False])
async def test_two_broken_rules_come_in_the_order_of_the_catalogue(store: Store, owner_first: bool) -> None:
    """Of last_owner and team_members_quota, both broken in one unit, last_owner is named, in whichever order."""
    organization = await small_team(store, 1)
    async with store.unit(organization.id) as unit:
        await break_both(unit, organization.id, owner_first=owner_first)
        await commit_is_refused(unit, "last_owner")
    async with store.unit(organization.id) as unit:
        await break_both(unit, organization.id, owner_first=owner_first)
        await unit.of(User).add(an_owner(organization.id), an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")


@pytest.mark.parametrize("host_first", [True, False])
async def test_rules_of_the_host_come_after(store: Store, host_first: bool) -> None:
    """The rules of a host stand behind those of gapless, and among themselves in their own order."""
    organization = await founded(store, phone_numbers_quota=0)
    async with store.unit(organization.id) as unit:
        (owner,) = await unit.of(User).find()
        if not host_first:
            await unit.of(User).save(owner.with_role(Role.ADMIN), an_entry(organization.id))
        folder = await unit.of(Folder).add(a_folder(organization.id))
        if host_first:
            await unit.of(User).save(owner.with_role(Role.ADMIN), an_entry(organization.id))
        assert folder.is_shown
        await commit_is_refused(unit, "last_owner")
    async with store.unit(organization.id) as unit:
        folder = await unit.of(Folder).add(a_folder(organization.id))
        published = {"author_id": owner.id, "status": Status.PUBLISHED, "published_at": NOW}
        for _ in range(3):
            await unit.of(Document).add(a_document(organization.id, folder.id, **published))
        await commit_is_refused(unit, "folders_most")
