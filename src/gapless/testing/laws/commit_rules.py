"""Law 12: a write makes an invariant pending, and the commit checks the final state, in the catalogue's order."""

from collections.abc import Awaitable, Callable

import pytest

from gapless.kit.assignments import assign
from gapless.kit.ids import RootId
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.refusals import commit_is_refused, small_team
from gapless.testing.laws.rows import NOW, a_deletion, an_audit_record

Write = Callable[[UnitOfWork, Team, Member], Awaitable[object]]


def changing(change: Callable[[Team, Member], Member]) -> Write:
    """A function that saves a member with a change."""
    return lambda unit, team, member: unit.of(team.member).save(
        change(team, member), an_audit_record(member.organization_id)
    )


LEAVING: dict[str, Write] = {
    "demoted": changing(lambda team, member: member.with_role(team.role.ADMIN)),
    "deactivated": changing(lambda _, member: member.deactivated(NOW, None)),
    "deleted": changing(lambda _, member: deleted(member, a_deletion())),
    "removed": lambda unit, team, member: unit.of(team.member).remove(member, an_audit_record(member.organization_id)),
    "updated": lambda unit, team, member: unit.of(team.member).update_where(
        lambda row: row.role == team.role.OWNER,
        lambda row: (assign(row.is_active, False), assign(row.role, team.role.OPERATOR)),
        an_audit_record(member.organization_id),
    ),
    "swept": lambda unit, team, member: unit.of(team.member).delete_where(
        lambda row: row.is_active, an_audit_record(member.organization_id)
    ),
}


@pytest.mark.parametrize("write", LEAVING.values(), ids=LEAVING.keys())
async def test_last_owner_on_every_path(store: Store, team: Team, write: Write) -> None:
    """However the last owner leaves, the write passes, the commit is refused, and everything is as it was."""
    organization = await team.created(store)
    before = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await write(unit, team, before[0])
        await commit_is_refused(unit, team.owner_rule)
    assert await team.members(store, organization.id) == before


@pytest.mark.parametrize("write", LEAVING.values(), ids=LEAVING.keys())
async def test_one_of_two_owners_leaves(store: Store, team: Team, write: Write) -> None:
    """The last owner may leave in any way if another owner comes afterwards in the same unit."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await write(unit, team, owner)
        heir = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.of(team.member).save(heir.with_role(team.role.OWNER), an_audit_record(organization.id))
        await unit.commit()


async def test_an_heir_comes_first(store: Store, team: Team) -> None:
    """The last owner may leave in any way if another owner came before in the same unit."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.an_owner(organization.id), an_audit_record(organization.id))
        await unit.of(team.member).save(owner.with_role(team.role.OPERATOR), an_audit_record(organization.id))
        await unit.commit()


async def test_undone_write_is_checked_and_passes(store: Store, team: Team) -> None:
    """An owner who leaves and comes back in one unit is no violation."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        gone = await unit.of(team.member).save(owner.with_role(team.role.ADMIN), an_audit_record(organization.id))
        await unit.of(team.member).save(gone.with_role(team.role.OWNER), an_audit_record(organization.id))
        await unit.commit()


async def test_creation_needs_an_owner(store: Store, team: Team) -> None:
    """A root without an owner is not created, but a deleted root may have no owner."""
    organization = team.a_root()
    async with store.creating(organization.id) as unit:
        await unit.of(team.root).add(organization, an_audit_record(organization.id))
        await commit_is_refused(unit, team.owner_rule)
    asleep = team.a_root(is_deleted=True, deleted_at=NOW)
    async with store.creating(asleep.id) as unit:
        await unit.of(team.root).add(asleep, an_audit_record(asleep.id))
        await unit.commit()


async def test_restored_organization_needs_an_owner(store: Store, team: Team) -> None:
    """A deleted root may lose its last owner; its restore is then refused until there is an owner again."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        gone = await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(organization.id))
        await unit.of(team.member).delete_where(
            lambda user: user.role == team.role.OWNER, an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        back = await unit.of(team.root).save(restored(gone), an_audit_record(organization.id))
        await commit_is_refused(unit, team.owner_rule)
    async with store.unit(organization.id) as unit:
        back = await unit.of(team.root).save(restored(gone), an_audit_record(organization.id))
        assert back.is_live
        await unit.of(team.member).add(team.an_owner(organization.id), an_audit_record(organization.id))
        await unit.commit()


async def test_deleting_organization_and_owner_together(store: Store, team: Team) -> None:
    """A root can be deleted, softly or for good, together with its owners, in either order."""
    for organization_first in (True, False):
        organization = await team.created(store)
        async with store.unit(organization.id) as unit:
            (owner,) = await unit.of(team.member).find()
            batch = a_deletion()
            if organization_first:
                await unit.of(team.root).save(deleted(organization, batch), an_audit_record(organization.id))
            await unit.of(team.member).save(deleted(owner, batch), an_audit_record(organization.id))
            if not organization_first:
                await unit.of(team.root).save(deleted(organization, batch), an_audit_record(organization.id))
            await unit.commit()
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).delete_where(lambda user: user.is_active, an_audit_record(organization.id))
        await unit.of(team.root).remove(organization, an_audit_record(organization.id))
        await unit.commit()


async def break_both(team: Team, unit: UnitOfWork, id: RootId, *, owner_first: bool) -> None:
    """The last owner leaves, and two members come though there is one seat; in this order or the other."""
    (owner,) = await unit.of(team.member).find()
    if owner_first:
        await unit.of(team.member).save(owner.with_role(team.role.ADMIN), an_audit_record(id))
    await unit.of(team.member).add_all([team.a_member(id) for _ in range(2)], an_audit_record(id))
    if not owner_first:
        await unit.of(team.member).save(owner.with_role(team.role.ADMIN), an_audit_record(id))


@pytest.mark.parametrize("owner_first", [True, False])
async def test_two_broken_rules_come_in_the_order_of_the_catalogue(store: Store, team: Team, owner_first: bool) -> None:
    """If one unit breaks the rules of owners and of seats, in either order, the first of the catalogue is named."""
    organization = await small_team(store, team, 1)
    async with store.unit(organization.id) as unit:
        await break_both(team, unit, organization.id, owner_first=owner_first)
        await commit_is_refused(unit, team.owner_rule)
    async with store.unit(organization.id) as unit:
        await break_both(team, unit, organization.id, owner_first=owner_first)
        await unit.of(team.member).add(team.an_owner(organization.id), an_audit_record(organization.id))
        await commit_is_refused(unit, team.seats_rule)


@pytest.mark.parametrize("host_first", [True, False])
async def test_rules_of_the_host_come_after(store: Store, team: Team, files: Files, host_first: bool) -> None:
    """Broken invariants are named in the order of the catalogue, also if they belong to different entities."""
    organization = await team.created(store, folders_quota=0)
    async with store.unit(organization.id) as unit:
        (owner,) = await unit.of(team.member).find()
        if not host_first:
            await unit.of(team.member).save(owner.with_role(team.role.ADMIN), an_audit_record(organization.id))
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        if host_first:
            await unit.of(team.member).save(owner.with_role(team.role.ADMIN), an_audit_record(organization.id))
        assert folder.is_shown
        await commit_is_refused(unit, team.owner_rule)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        published = {"author_id": owner.id, "status": "PUBLISHED", "published_at": NOW}
        for _ in range(3):
            await unit.of(files.document).add(files.a_document(organization.id, folder.id, **published))
        await commit_is_refused(unit, files.most_rule)
