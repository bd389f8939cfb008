"""The use cases around an organization."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import attrs
import pytest

from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Language, Role
from gapless.kit.audit import Actor, ActorKind
from gapless.kit.errors import InvalidState, InvalidValue, NotFound, RetentionExpired, RuleViolated
from gapless.kit.json_object import JsonObject
from tests.unit.services.worlds import PLANS, RETENTION, SIGNUP, World, stepped

INSTANT = timedelta(microseconds=1)


async def refused(attempt: Callable[[], Awaitable[object]], rule: str) -> None:
    """Asserts that an attempt breaks this rule."""
    with pytest.raises(RuleViolated) as caught:
        await attempt()
    assert caught.value.rule == rule


@pytest.mark.asyncio
async def test_found(world: World) -> None:
    """An organization starts with the quotas of its plan, texts mended at the edge, and an active owner."""
    created = await world.app.organizations.create(
        "Globex",
        " Globex ",
        " Eve@Globex.COM",
        "Eve",
        billing_email="Bills@globex.com ",
        owner_language=Language.UZBEK,
        actor=SIGNUP,
    )
    organization, owner = created.organization, created.owner
    assert (organization.slug, organization.billing_email) == ("globex", "bills@globex.com")
    assert organization == organization.with_limits(PLANS.limits("starter"))
    assert (owner.email, owner.role, owner.language) == ("eve@globex.com", Role.OWNER, Language.UZBEK)
    assert owner.is_owner
    assert owner.organization_id == organization.id
    assert await world.app.organizations.get(organization.id) == organization
    assert await world.app.members.get(organization.id, owner.id) == owner


@pytest.mark.asyncio
async def test_found_is_recorded(world: World) -> None:
    """The trail begins with the organization and its owner, each with all that it was created with."""
    first, second = await world.trail()
    assert (first.action, first.resource_type, first.resource_id) == (
        "organization.founded",
        "organization",
        str(world.home),
    )
    assert (second.action, second.resource_type, second.resource_id) == ("user.invited", "user", str(world.owner.id))
    assert (first.actor_kind, first.job, first.user_id) == (ActorKind.SYSTEM, "signup", None)
    assert first.before is None
    assert first.after is not None
    assert first.after["slug"] == "acme"


@pytest.mark.asyncio
async def test_found_refuses(world: World) -> None:
    """A slug that is taken, a plan that is not there and one without a seat are refused, and nothing is kept."""
    found = world.app.organizations.create
    await refused(lambda: found("Other", "acme", "o@o.org", "Olga", actor=SIGNUP), "organizations_slug_unique")
    await refused(
        lambda: found("Other", "other", "o@o.org", "Olga", plan="seatless", actor=SIGNUP), "team_members_quota"
    )
    with pytest.raises(InvalidValue):
        await found("Other", "other", "o@o.org", "Olga", plan="golden", actor=SIGNUP)
    await found("Other", "other", "o@o.org", "Olga", actor=SIGNUP)


@pytest.mark.asyncio
async def test_refusals_of_the_domain_ask_no_store(world: World) -> None:
    """An organization that its own values condemn is refused before a store is asked."""

    async def step() -> None:
        pytest.fail("the store was asked")

    organizations = attrs.evolve(world.app.organizations, store=stepped(world.store, step))
    await refused(
        lambda: organizations.create("Other", "other", "o@o.org", "Olga", plan="seatless", actor=SIGNUP),
        "team_members_quota",
    )
    await refused(
        lambda: organizations.create("Other", "admin", "o@o.org", "Olga", actor=SIGNUP), "check_slug_reserved"
    )


@pytest.mark.asyncio
async def test_rename(world: World) -> None:
    """A new name is kept and recorded with who gave it; the name that is there already changes and logs nothing."""
    renamed = await world.app.organizations.rename(world.home, "Acme & Sons", actor=world.actor)
    again = await world.app.organizations.rename(world.home, "Acme & Sons", actor=world.actor)
    assert renamed == again == await world.app.organizations.get(world.home)
    assert await world.actions() == ["organization.renamed"]
    audit = (await world.trail())[-1]
    assert (audit.before, audit.after) == (JsonObject({"name": "Acme"}), JsonObject({"name": "Acme & Sons"}))
    assert (audit.user_id, audit.ip_address, audit.user_agent) == (world.owner.id, "192.0.2.7", "tests")
    await refused(lambda: world.app.organizations.rename(world.home, "x", actor=world.actor), "check_org_name_length")


@pytest.mark.asyncio
async def test_delete(world: World) -> None:
    """The organization and its live users go as one deletion; who was removed before keeps a deletion of their own."""
    kept, gone = await world.member("Bob"), await world.member("Eve")
    await world.app.members.deactivate(world.home, kept.id, actor=world.actor)
    await world.app.members.remove(world.home, gone.id, actor=world.actor)
    world.clock.turn(timedelta(days=1))
    deleted = await world.app.organizations.delete(world.home, actor=world.actor)
    users = await world.users()
    assert deleted.is_deleted
    assert deleted.deleted_by == world.owner.id
    batch = {(user.deletion_id, user.deleted_at, user.deleted_by) for user in users.values() if user.id != gone.id}
    assert batch == {(deleted.deletion_id, world.clock.now(), world.owner.id)}
    assert users[gone.id].deletion_id != deleted.deletion_id
    assert all(user.is_deleted for user in users.values())


@pytest.mark.asyncio
async def test_delete_is_recorded(world: World) -> None:
    """One audit record tells the deletion and its retention, and one event goes out."""
    await world.app.organizations.delete(world.home, actor=SIGNUP)
    audit = (await world.trail())[-1]
    assert await world.actions() == ["organization.deleted"]
    assert audit.metadata["retentionDays"] == 30
    assert audit.before is not None
    assert audit.before["is_deleted"] is False
    assert await world.events() == [("organization.deleted", {"organization_id": str(world.home)})]


@pytest.mark.asyncio
async def test_deleted_is_not_found(world: World) -> None:
    """A deleted organization is not found by any use case but its restore."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    organizations, team = world.app.organizations, world.app.members
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: organizations.get(world.home),
        lambda: organizations.rename(world.home, "Other", actor=world.actor),
        lambda: organizations.delete(world.home, actor=world.actor),
        lambda: team.invite(world.home, "eve@acme.org", "Eve", Role.ADMIN, actor=world.actor),
        lambda: team.restore(world.home, world.owner.id, actor=world.actor),
        lambda: team.change_role(world.home, world.owner.id, Role.ADMIN, actor=world.actor),
        lambda: team.get(world.home, world.owner.id),
    ]
    before = await world.everything()
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt()
    assert await world.everything() == before
    assert (await team.list_members(world.home)).items == ()


@pytest.mark.asyncio
async def test_restore(world: World) -> None:
    """Exactly the users of the deletion come back, as they were, and the trail tells it."""
    await world.member("Bob")
    gone = await world.member("Eve")
    await world.app.members.remove(world.home, gone.id, actor=world.actor)
    before = await world.users()
    await world.app.organizations.delete(world.home, actor=world.actor)
    world.clock.turn(RETENTION - INSTANT)
    restored = (await world.app.organizations.restore(world.home, actor=SIGNUP)).organization
    fields = attrs.asdict(restored) | {"version": world.organization.version}
    assert fields == attrs.asdict(world.organization)
    unversioned = [
        [attrs.evolve(user, version=0) for user in users.values()] for users in (before, await world.users())
    ]
    assert unversioned[0] == unversioned[1]
    assert (await world.actions())[-2:] == ["organization.deleted", "organization.restored"]


@pytest.mark.asyncio
async def test_restore_refuses(world: World) -> None:
    """What is not deleted, was deleted too long ago or never was there is not restored."""
    restore = world.app.organizations.restore
    with pytest.raises(InvalidState) as caught:
        await restore(world.home, actor=SIGNUP)
    assert not isinstance(caught.value, RetentionExpired)
    with pytest.raises(NotFound):
        await restore(OrganizationId(uuid4()), actor=SIGNUP)
    await world.app.organizations.delete(world.home, actor=world.actor)
    before = await world.everything()
    world.clock.turn(RETENTION)
    with pytest.raises(RetentionExpired):
        await restore(world.home, actor=SIGNUP)
    assert await world.everything() == before


@pytest.mark.asyncio
async def test_restore_is_checked_at_commit(world: World) -> None:
    """Members who come back to fewer seats than they are, or without an owner, are refused, and nothing is changed."""
    await world.member()
    deleted = await world.app.organizations.delete(world.home, actor=world.actor)
    await world.save(attrs.evolve(deleted, team_members_quota=1))
    before = await world.everything()
    await refused(lambda: world.app.organizations.restore(world.home, actor=SIGNUP), "team_members_quota")
    assert await world.everything() == before
    owner = (await world.users())[world.owner.id]
    await world.save(attrs.evolve(owner, deletion_id=None))
    await refused(lambda: world.app.organizations.restore(world.home, actor=SIGNUP), "last_owner")


@pytest.mark.asyncio
async def test_actor_is_required(world: World) -> None:
    """An actor who is neither a user nor a job can't act: the trail would not say who it was."""
    before = await world.everything()
    nobody = Actor(None, None)
    await refused(lambda: world.app.organizations.rename(world.home, "Other", actor=nobody), "audit_logs_actor_named")
    assert await world.everything() == before
