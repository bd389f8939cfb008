"""Restoring an organization (INTEGRITY-006), and a member of one."""

from datetime import timedelta
from uuid import uuid4

import attrs
import pytest

from gapless.application import purge_records
from gapless.domain.calls import CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Role, User
from gapless.kit import AuditRecord, model_of
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState, NotFound, RetentionExpired
from gapless.kit.root_removal import deleted_softly, removed_softly
from gapless.kit.soft_deletion import deleted
from gapless.services.organization_deletion import RestoredOrganization
from tests.use_cases.belongings import call_to, owned_number, owned_subscription
from tests.use_cases.worlds import RETENTION, SIGNUP, World, fails, refused

pytestmark = pytest.mark.asyncio
INSTANT = timedelta(microseconds=1)
NOTHING = {model.table: 0 for model in removed_softly(GAPLESS)}


async def owned_item(world: World) -> KnowledgeItem:
    """An item of the organization's knowledge base."""
    return await world.app.knowledge.add(
        world.home, "When are you open?", "From nine to five.", "hours", actor=world.actor
    )


async def contents(world: World) -> list[Organization | User | KnowledgeItem]:
    """The organization with all that a deletion takes along, whatever its version."""
    rows: list[Organization | User | KnowledgeItem] = [await world.current()]
    rows += [*await world.rows(User), *await world.rows(KnowledgeItem)]
    return [attrs.evolve(row, version=0) for row in rows]


async def restored(world: World) -> RestoredOrganization:
    """The outcome of a restore of the organization."""
    return await world.app.organizations.restore(world.home, actor=SIGNUP)


@pytest.mark.gap("INTEGRITY-006")
async def test_exactly_its_batch(world: World) -> None:
    """Users and items of the deletion come back as they were; what was deleted one by one before stays deleted."""
    kept, gone = await world.member("Bob"), await world.member("Eve")
    await world.app.members.deactivate(world.home, kept.id, "on leave", actor=world.actor)
    await world.app.members.remove(world.home, gone.id, actor=world.actor)
    live, dead = await owned_item(world), await owned_item(world)
    await world.app.knowledge.use(world.home, live.id)
    await world.app.knowledge.delete(world.home, dead.id, actor=world.actor)
    before = await contents(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    result = await restored(world)
    assert await contents(world) == before
    assert result.organization == await world.current()
    assert (result.rows["users"], result.rows["knowledge_items"]) == (2, 1)
    assert {row.id for row in await world.rows(User) if row.is_deleted} == {gone.id}
    assert {row.id for row in await world.rows(KnowledgeItem) if row.is_deleted} == {dead.id}


async def test_recorded(world: World) -> None:
    """One audit record tells the restore, whatever came back with it."""
    await world.member()
    await owned_item(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    earlier = await world.actions()
    await restored(world)
    assert await world.actions() == [*earlier, "organization.restored"]
    audit = (await world.trail())[-1]
    assert audit.after is not None
    assert (audit.job, audit.after["is_deleted"], audit.after["deletion_id"]) == ("signup", False, None)


@pytest.mark.gap("INTEGRITY-006")
async def test_what_does_not_come_back(world: World) -> None:
    """A restore says which numbers and which plan stay away, and how many calls have lost their number."""
    numbers = [await owned_number(world), await owned_number(world)]
    await owned_subscription(world, "large")
    await world.add(*(call_to(world, number) for number in numbers), call_to(world, None, CallStatus.MISSED))
    await world.app.organizations.delete(world.home, actor=world.actor)
    result = await restored(world)
    assert result.numbers_not_restored == tuple(number.number for number in numbers)
    assert result.rows_not_restored == NOTHING | {"phone_numbers": 2, "subscriptions": 1}
    assert (result.plan_not_restored, result.calls_unlinked) == ("large", 2)


async def test_newest_deletion_counts(world: World) -> None:
    """What an earlier deletion took for good is not told again, and what the newest took is."""
    await owned_number(world)
    await owned_subscription(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    assert (await restored(world)).plan_not_restored == "starter"
    world.clock.turn(INSTANT)
    number = await owned_number(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    result = await restored(world)
    assert (result.numbers_not_restored, result.plan_not_restored) == ((number.number,), None)
    assert result.rows_not_restored == NOTHING | {"phone_numbers": 1}
    assert (result.calls_unlinked, result.rows["users"]) == (0, 1)


async def test_deleted_past_the_use_case(world: World) -> None:
    """An organization that was deleted without a batch and an audit record comes back alone, and tells of no loss."""
    await owned_number(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    live = (await restored(world)).organization
    await world.save(attrs.evolve(live, is_deleted=True, deleted_at=world.clock.now()))
    result = await restored(world)
    assert result == RestoredOrganization(
        organization=await world.current(),
        rows={model.table: 0 for model in deleted_softly(GAPLESS)},
        rows_not_restored=NOTHING,
        numbers_not_restored=(),
        plan_not_restored=None,
        calls_unlinked=0,
    )


@pytest.mark.parametrize("lacking", ["", "before", "after"])
async def test_record_without_images(world: World, lacking: str) -> None:
    """An audit record of the deletion that holds no images of rows, or none at all, tells of no loss."""
    record = world.record()
    gone = deleted(world.organization, record.deletion())
    async with world.store.unit(world.home) as unit:
        audit = record.audit("organization.deleted", world.organization, gone)
        audit = model_of(AuditRecord).evolved(audit, {lacking: None} if lacking else {})
        await unit.of(Organization).save(gone, audit)
        await unit.commit()
    result = await restored(world)
    assert (result.numbers_not_restored, result.plan_not_restored, result.calls_unlinked) == ((), None, 0)
    assert result.rows_not_restored == NOTHING


@pytest.mark.gap("INTEGRITY-006")
async def test_retention(world: World) -> None:
    """Until the last instant of its retention an organization comes back; from then on it does not."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    world.clock.turn(RETENTION - INSTANT)
    await restored(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    world.clock.turn(RETENTION)
    before = await world.everything(GAPLESS)
    await fails(lambda: restored(world), RetentionExpired)
    assert await world.everything(GAPLESS) == before


@pytest.mark.gap("INTEGRITY-006")
async def test_purge_has_begun(world: World) -> None:
    """Once its purge has begun, an organization does not come back, though its retention lasts."""
    gone = await world.app.organizations.delete(world.home, actor=world.actor)
    async with world.store.unit(world.home) as unit:
        await purge_records.begin(unit, gone, world.clock.now(), ProcessedCommand)
        await unit.commit()
    before = await world.everything(GAPLESS)
    await fails(lambda: restored(world), InvalidState)
    assert await world.everything(GAPLESS) == before


async def test_nothing_to_restore(world: World) -> None:
    """An organization that is not deleted, or is not there, is not restored."""
    before = await world.everything(GAPLESS)
    await fails(lambda: restored(world), InvalidState)
    unknown = OrganizationId(uuid4())
    await fails(lambda: world.app.organizations.restore(unknown, actor=SIGNUP), NotFound)
    assert await world.everything(GAPLESS) == before


async def test_fewer_seats(world: World) -> None:
    """When the quota shrank meanwhile, the members don't come back to fewer seats than they are: nothing changes."""
    await world.member()
    gone = await world.app.organizations.delete(world.home, actor=world.actor)
    shrunk = await world.save(attrs.evolve(gone, team_members_quota=1))
    before = await world.everything(GAPLESS)
    await refused(lambda: restored(world), "team_members_quota")
    assert await world.everything(GAPLESS) == before
    await world.save(attrs.evolve(shrunk, team_members_quota=2))
    assert (await restored(world)).rows["users"] == 2


async def test_no_owner(world: World) -> None:
    """An organization does not come back without an owner."""
    await world.member()
    await world.app.organizations.delete(world.home, actor=world.actor)
    owner = next(user for user in await world.rows(User) if user.id == world.owner.id)
    await world.save(attrs.evolve(owner, deletion_id=None))
    before = await world.everything(GAPLESS)
    await refused(lambda: restored(world), "last_owner")
    assert await world.everything(GAPLESS) == before


async def test_life_goes_on(world: World) -> None:
    """After a restore the organization takes numbers, items and members again, and can be deleted again."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    await restored(world)
    await owned_number(world)
    await owned_item(world)
    await world.member()
    assert (await world.app.organizations.delete(world.home, actor=world.actor)).is_deleted
    assert (await restored(world)).rows["knowledge_items"] == 1


async def test_member_whose_email_is_taken(world: World) -> None:
    """A member does not come back while somebody else has the address (INTEGRITY-008)."""
    bob = await world.member("Bob")
    await world.app.members.remove(world.home, bob.id, actor=world.actor)
    namesake = await world.member("Bob")
    before = await world.everything(GAPLESS)
    await refused(lambda: world.app.members.restore(world.home, bob.id, actor=world.actor), "users_email_unique")
    assert await world.everything(GAPLESS) == before
    await world.app.members.remove(world.home, namesake.id, actor=world.actor)
    assert (await world.app.members.restore(world.home, bob.id, actor=world.actor)).is_live


async def test_member_without_a_seat(world: World) -> None:
    """A member does not come back while all seats are taken (INTEGRITY-008)."""
    bob = await world.member("Bob")
    await world.app.members.remove(world.home, bob.id, actor=world.actor)
    for name in ("Eve", "Tom", "Uma"):
        await world.member(name, Role.OPERATOR)
    before = await world.everything(GAPLESS)
    await refused(lambda: world.app.members.restore(world.home, bob.id, actor=world.actor), "team_members_quota")
    assert await world.everything(GAPLESS) == before
