"""Law 12: a rule over many rows is armed by a write, judged at commit on the final state, in the catalogue's order."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.domain.errors import RuleViolated
from gapless.domain.organizations import Organization
from gapless.domain.ports import Store, UnitOfWork
from gapless.domain.rules.queries import assign
from gapless.domain.soft_deletion import deleted, restored
from gapless.domain.users import Role, User
from gapless.domain.values import OrganizationId
from gapless.testing.laws.host import Document, Folder, Status
from gapless.testing.laws.making import (
    NOW,
    a_deletion,
    a_document,
    a_folder,
    a_user,
    an_entry,
    an_organization,
    an_owner,
    founded,
    fresh_id,
    members,
)

pytestmark = pytest.mark.asyncio

Write = Callable[[UnitOfWork, User], Awaitable[object]]


def entry_for(user: User) -> object:
    """An entry for a write of this user."""
    return an_entry(user.organization_id)


LEAVING: dict[str, Write] = {
    "demoted": lambda unit, user: unit.users.save(user.with_role(Role.ADMIN), an_entry(user.organization_id)),
    "deactivated": lambda unit, user: unit.users.save(user.deactivated(NOW, None), an_entry(user.organization_id)),
    "deleted": lambda unit, user: unit.users.save(deleted(user, a_deletion()), an_entry(user.organization_id)),
    "removed": lambda unit, user: unit.users.remove(user, an_entry(user.organization_id)),
    "updated": lambda unit, user: unit.users.update_where(
        lambda row: row.role == Role.OWNER,
        lambda row: (assign(row.is_active, False), assign(row.role, Role.MANAGER)),
        an_entry(user.organization_id),
    ),
    "swept": lambda unit, user: unit.users.delete_where(lambda row: row.is_active, an_entry(user.organization_id)),
}


async def commit_is_refused(unit: UnitOfWork, rule: str) -> None:
    """That the commit of a unit is refused by this very rule."""
    with pytest.raises(RuleViolated) as caught:
        await unit.commit()
    assert caught.value.rule == rule


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
    """With another owner who came in the same unit, in either order, the last one may leave."""
    for first in (True, False):
        organization = await founded(store)
        (owner,) = await members(store, organization.id)
        async with store.unit(organization.id) as unit:
            if first:
                await write(unit, owner)
            heir = await unit.users.add(a_user(organization.id), an_entry(organization.id))
            await unit.users.save(heir.with_role(Role.OWNER), an_entry(organization.id))
            if not first:
                await unit.users.save(
                    (await unit.users.get(owner.id)).with_role(Role.OPERATOR), an_entry(organization.id)
                )
            await unit.commit()


async def test_undone_write_is_judged_and_passes(store: Store) -> None:
    """An owner who leaves and comes back in one unit is no violation."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        gone = await unit.users.save(owner.with_role(Role.ADMIN), an_entry(organization.id))
        await unit.users.save(gone.with_role(Role.OWNER), an_entry(organization.id))
        await unit.commit()


async def test_founding_needs_an_owner(store: Store) -> None:
    """An organization without an owner is not founded, and one that is deleted may have none."""
    organization = an_organization()
    async with store.founding(organization.id) as unit:
        await unit.organizations.add(organization, an_entry(organization.id))
        await commit_is_refused(unit, "last_owner")
    asleep = an_organization(is_deleted=True, deleted_at=NOW)
    async with store.founding(asleep.id) as unit:
        await unit.organizations.add(asleep, an_entry(asleep.id))
        await unit.commit()


async def test_restored_organization_needs_an_owner(store: Store) -> None:
    """A deleted organization may lose its last owner; restoring it afterwards is refused until there is one."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        gone = await unit.organizations.save(deleted(organization, a_deletion()), an_entry(organization.id))
        await unit.users.delete_where(lambda user: user.role == Role.OWNER, an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        back = await unit.organizations.save(restored(gone), an_entry(organization.id))
        await commit_is_refused(unit, "last_owner")
    async with store.unit(organization.id) as unit:
        back = await unit.organizations.save(restored(gone), an_entry(organization.id))
        assert back.is_live
        await unit.users.add(an_owner(organization.id), an_entry(organization.id))
        await unit.commit()


async def test_deleting_organization_and_owner_together(store: Store) -> None:
    """An organization that goes takes its owners along, softly or for good, in either order."""
    for organization_first in (True, False):
        organization = await founded(store)
        async with store.unit(organization.id) as unit:
            (owner,) = await unit.users.find()
            batch = a_deletion()
            if organization_first:
                await unit.organizations.save(deleted(organization, batch), an_entry(organization.id))
            await unit.users.save(deleted(owner, batch), an_entry(organization.id))
            if not organization_first:
                await unit.organizations.save(deleted(organization, batch), an_entry(organization.id))
            await unit.commit()
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.users.delete_where(lambda user: user.is_active, an_entry(organization.id))
        await unit.organizations.remove(organization, an_entry(organization.id))
        await unit.commit()


async def small_team(store: Store, seats: int) -> Organization:
    """An organization with as many seats, one of them taken by its owner."""
    return await founded(store, team_members_quota=seats)


async def test_quota_is_judged_at_commit(store: Store) -> None:
    """One member too many is added, and refused by the commit; as many as there are seats are kept."""
    organization = await small_team(store, 3)
    async with store.unit(organization.id) as unit:
        await unit.users.add_all([a_user(organization.id) for _ in range(3)], an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")
    async with store.unit(organization.id) as unit:
        await unit.users.add_all([a_user(organization.id) for _ in range(2)], an_entry(organization.id))
        await unit.commit()


async def test_member_over_quota_who_leaves_again(store: Store) -> None:
    """A member over quota who leaves in the same unit is no violation: the final state is judged."""
    organization = await small_team(store, 1)
    async with store.unit(organization.id) as unit:
        extra = await unit.users.add(a_user(organization.id), an_entry(organization.id))
        await unit.users.remove(extra, an_entry(organization.id))
        await unit.commit()


async def test_quota_may_shrink(store: Store) -> None:
    """A quota that shrinks below its usage is kept, everything but growth goes on, and growth is refused."""
    organization = await small_team(store, 3)
    async with store.unit(organization.id) as unit:
        added = await unit.users.add_all([a_user(organization.id) for _ in range(2)], an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.organizations.save(attrs.evolve(organization, team_members_quota=1), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.users.save(added[0].renamed("Still here"), an_entry(organization.id))
        await unit.users.save(added[1].deactivated(NOW, None), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.users.add(a_user(organization.id, is_active=False), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        inactive = await unit.users.get(added[1].id)
        await unit.users.save(inactive.reactivated(), an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")


async def test_armed_rule_judges_the_final_state(store: Store) -> None:
    """Over its quota, a member who came and left again puts the rule in question, and it finds too many."""
    organization = await small_team(store, 2)
    async with store.unit(organization.id) as unit:
        await unit.users.add(a_user(organization.id), an_entry(organization.id))
        await unit.organizations.save(attrs.evolve(organization, team_members_quota=1), an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")
    async with store.unit(organization.id) as unit:
        await unit.users.add(a_user(organization.id), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.organizations.save(attrs.evolve(organization, team_members_quota=1), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        extra = await unit.users.add(a_user(organization.id), an_entry(organization.id))
        await unit.users.remove(extra, an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")


async def test_quota_that_grows_first(store: Store) -> None:
    """A quota that grows in the same unit makes room, whether before or after the member came."""
    for grown_first in (True, False):
        organization = await small_team(store, 1)
        async with store.unit(organization.id) as unit:
            grown = attrs.evolve(organization, team_members_quota=2)
            if grown_first:
                await unit.organizations.save(grown, an_entry(organization.id))
            await unit.users.add(a_user(organization.id), an_entry(organization.id))
            if not grown_first:
                await unit.organizations.save(grown, an_entry(organization.id))
            await unit.commit()


async def break_both(unit: UnitOfWork, id: OrganizationId, *, owner_first: bool) -> None:
    """The last owner leaves and two members come where there is one seat, in this order or the other."""
    (owner,) = await unit.users.find()
    if owner_first:
        await unit.users.save(owner.with_role(Role.ADMIN), an_entry(id))
    await unit.users.add_all([a_user(id) for _ in range(2)], an_entry(id))
    if not owner_first:
        await unit.users.save(owner.with_role(Role.ADMIN), an_entry(id))


@pytest.mark.parametrize("owner_first", [True, False])
async def test_two_broken_rules_come_in_the_order_of_the_catalogue(store: Store, owner_first: bool) -> None:
    """Of last_owner and team_members_quota, both broken in one unit, last_owner is named, in whichever order."""
    organization = await small_team(store, 1)
    async with store.unit(organization.id) as unit:
        await break_both(unit, organization.id, owner_first=owner_first)
        await commit_is_refused(unit, "last_owner")
    async with store.unit(organization.id) as unit:
        await break_both(unit, organization.id, owner_first=owner_first)
        await unit.users.add(an_owner(organization.id), an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")


@pytest.mark.parametrize("host_first", [True, False])
async def test_rules_of_the_host_come_after(store: Store, host_first: bool) -> None:
    """The rules of a host stand behind those of gapless, and among themselves in their own order."""
    organization = await founded(store, phone_numbers_quota=0)
    async with store.unit(organization.id) as unit:
        (owner,) = await unit.users.find()
        if not host_first:
            await unit.users.save(owner.with_role(Role.ADMIN), an_entry(organization.id))
        folder = await unit.of(Folder).add(a_folder(organization.id))
        if host_first:
            await unit.users.save(owner.with_role(Role.ADMIN), an_entry(organization.id))
        assert folder.is_shown
        await commit_is_refused(unit, "last_owner")


async def test_limits_that_are_numbers(store: Store) -> None:
    """A bound that is a number in the declaration holds as one that is a field of the organization."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(Folder).add(a_folder(organization.id))
        drafts = [a_document(organization.id, folder.id, author_id=owner.id) for _ in range(3)]
        published = [attrs.evolve(draft, status=Status.PUBLISHED, published_at=NOW) for draft in drafts]
        await unit.of(Document).add_all(published[:2])
        third = await unit.of(Document).add(published[2])
        assert third.is_published
        await commit_is_refused(unit, "documents_published_most")
    organization = await founded(store, phone_numbers_quota=1)
    async with store.unit(organization.id) as unit:
        await unit.of(Folder).add_all([a_folder(organization.id), a_folder(organization.id, is_archived=True)])
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(Folder).update_where(
            lambda row: row.is_archived, lambda row: (assign(row.is_archived, False),), include_deleted=True
        )
        await commit_is_refused(unit, "folders_most")


async def test_cascades_arm_rules(store: Store) -> None:
    """A row that a cascade removes counts as one that left."""
    organization = await founded(store, phone_numbers_quota=2)
    async with store.unit(organization.id) as unit:
        top = await unit.of(Folder).add(a_folder(organization.id))
        await unit.of(Folder).add(a_folder(organization.id, parent_id=top.id))
        await unit.of(Folder).add(a_folder(organization.id))
        await unit.of(Folder).remove(top)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.of(Folder).count() == 1


async def test_nothing_enters_a_deleted_organization(store: Store) -> None:
    """Into an organization that is deleted no row enters, by no write; those that are in it change, and leave."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        inactive, gone = await unit.users.add_all(
            [a_user(organization.id, is_active=False), a_user(organization.id)], an_entry(organization.id)
        )
        gone = await unit.users.save(deleted(gone, a_deletion()), an_entry(organization.id))
        archived = await unit.of(Folder).add(a_folder(organization.id, is_archived=True))
        await unit.organizations.save(deleted(organization, a_deletion()), an_entry(organization.id))
        await unit.commit()
    entering: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
        "live_organization": lambda unit: unit.users.add(a_user(organization.id), an_entry(organization.id)),
        "live_organization ": lambda unit: unit.users.save(restored(gone), an_entry(organization.id)),
        "live_organization  ": lambda unit: unit.users.update_where(
            lambda row: row.is_deleted,
            lambda row: (assign(row.is_deleted, False), assign(row.deleted_at, None)),
            an_entry(organization.id),
            include_deleted=True,
        ),
        "folders_enter_live": lambda unit: unit.of(Folder).add(a_folder(organization.id)),
        "folders_enter_live ": lambda unit: unit.of(Folder).save(attrs.evolve(archived, is_archived=False)),
    }
    for rule, write in entering.items():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await write(unit)
        assert caught.value.rule == rule.strip()
    async with store.unit(organization.id) as unit:
        await unit.users.save(inactive.reactivated(), an_entry(organization.id))
        await unit.users.add(a_user(organization.id, is_deleted=True, deleted_at=NOW), an_entry(organization.id))
        await unit.of(Folder).add(a_folder(organization.id, is_archived=True))
        await unit.users.remove(gone, an_entry(organization.id))
        await unit.commit()


async def test_entering_before_the_organization_goes(store: Store) -> None:
    """A row may enter in the unit that deletes the organization afterwards, and in the one that restored it before."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.users.add(a_user(organization.id), an_entry(organization.id))
        gone = await unit.organizations.save(deleted(organization, a_deletion()), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.organizations.save(restored(gone), an_entry(organization.id))
        await unit.users.add(a_user(organization.id, id=fresh_id()), an_entry(organization.id))
        await unit.commit()
