"""The use cases around the members of an organization."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.users import Language, Role, User
from gapless.kit.characters import INVISIBLE_RANGES
from gapless.kit.errors import InvalidState, NotFound, QueryRefused, RetentionExpired, RuleViolated
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from tests.properties import bounded
from tests.unit.services.worlds import RETENTION, SEATS, World, opened_world, stepped


async def refused(attempt: Callable[[], Awaitable[object]], rule: str) -> None:
    """Asserts that an attempt breaks this rule."""
    with pytest.raises(RuleViolated) as caught:
        await attempt()
    assert caught.value.rule == rule


def revoked(user: User, reason: str) -> tuple[str, dict[str, str]]:
    """The event that ends a user's sessions."""
    return "sessions.revoke", {"user_id": str(user.id), "reason": reason}


@pytest.mark.asyncio
async def test_invite(world: World) -> None:
    """A new member is active, has the address mended at the edge, and is told in the trail."""
    user = await world.app.members.invite(
        world.home, " BOB@acme.org ", "Bob", Role.ADMIN, Language.RUSSIAN, actor=world.actor
    )
    assert (user.email, user.role, user.language, user.is_member) == (
        "bob@acme.org",
        Role.ADMIN,
        Language.RUSSIAN,
        True,
    )
    assert await world.app.members.get(world.home, user.id) == user
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_id, audit.before) == ("user.invited", str(user.id), None)
    assert audit.after is not None
    assert audit.after["role"] == "ADMIN"


@pytest.mark.asyncio
async def test_no_second_member_looks_the_same(world: World) -> None:
    """A character that nobody sees is trimmed at the ends of an address and refused elsewhere: no member is twice."""
    bob = await world.member("Bob")
    name, domain = bob.email.split("@")

    async def invited(address: str) -> User:
        return await world.app.members.invite(world.home, address, "Bob", Role.OPERATOR, actor=world.actor)

    for code in {code for bounds in INVISIBLE_RANGES for code in bounds}:
        unseen, before = chr(code), await world.everything()
        with pytest.raises(RuleViolated, match="users_email_unique"):
            await invited(f"{unseen}{bob.email}{unseen}")
        for address in (
            f"{name}{unseen}@{domain}",
            f"{name}@{unseen}{domain}",
            f"{name[:1]}{unseen}{name[1:]}@{domain}",
        ):
            with pytest.raises(RuleViolated, match=r"users_email_visible|check_email_format"):
                await invited(address)
        assert await world.everything() == before


@pytest.mark.asyncio
async def test_invite_refuses(world: World) -> None:
    """An address that is taken and a team that is full are named, and nothing is kept."""
    await world.member("Bob")
    before = await world.everything()
    await refused(lambda: world.member("Bob"), "users_email_unique")
    assert await world.everything() == before
    await world.member("Eve")
    before = await world.everything()
    await refused(lambda: world.member("Tom"), "team_members_quota")
    assert await world.everything() == before


@pytest.mark.asyncio
async def test_rename(world: World) -> None:
    """A new name is kept and recorded; the one that is there already changes and logs nothing."""
    user = await world.app.members.rename(world.home, world.owner.id, "Anna", actor=world.actor)
    assert await world.app.members.rename(world.home, world.owner.id, "Anna", actor=world.actor) == user
    assert user.name == "Anna"
    assert await world.actions() == ["user.renamed"]
    assert await world.events() == []


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-002")
@pytest.mark.parametrize("before", Role)
@pytest.mark.parametrize("after", Role)
async def test_change_role(world: World, before: Role, after: Role) -> None:
    """Each change of role is kept and recorded, sessions end if it goes down, and no change leaves no trace."""
    user = await world.member(role=before)
    changed = await world.app.members.change_role(world.home, user.id, after, actor=world.actor)
    assert changed.role is after
    actions = [] if after is before else ["user.role.changed"]
    assert (await world.actions())[1:] == actions
    assert await world.events() == ([revoked(user, "role_lowered")] if before.is_above(after) else [])
    if actions:
        audit = (await world.trail())[-1]
        assert (audit.before, audit.after) == (JsonObject({"role": before.value}), JsonObject({"role": after.value}))


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-002", "INTEGRITY-008")
async def test_last_owner(world: World) -> None:
    """The last owner can neither be demoted nor deactivated nor removed; with a second one each of it succeeds."""
    team, owner = world.app.members, world.owner.id
    attempts: list[Callable[[], Awaitable[User]]] = [
        lambda: team.change_role(world.home, owner, Role.ADMIN, actor=world.actor),
        lambda: team.deactivate(world.home, owner, actor=world.actor),
        lambda: team.remove(world.home, owner, actor=world.actor),
    ]
    before = await world.everything()
    for attempt in attempts:
        await refused(attempt, "last_owner")
    assert await world.everything() == before
    await world.member(role=Role.OWNER)
    for attempt in attempts:
        assert not (await attempt()).is_owner


@pytest.mark.asyncio
async def test_change_role_asks_the_server_four_times(world: World) -> None:
    """A change of role opens and locks, reads, writes, commits: nothing else travels to the server."""
    user = await world.member()
    asked = 0

    async def step() -> None:
        nonlocal asked
        asked += 1

    team = attrs.evolve(world.app.members, store=stepped(world.store, step))
    await team.change_role(world.home, user.id, Role.OPERATOR, actor=world.actor)
    assert asked == 2 * 4 + 1  # before and after each, and at the end of the block


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-008")
async def test_deactivate_and_reactivate(world: World) -> None:
    """A member leaves the seat with a reason and comes back without one; doing it twice changes and logs nothing."""
    user, team = await world.member(), world.app.members
    inactive = await team.deactivate(world.home, user.id, "on leave", actor=world.actor)
    assert (inactive.is_active, inactive.deactivated_at, inactive.deactivation_reason) == (
        False,
        world.clock.now(),
        "on leave",
    )
    assert await team.deactivate(world.home, user.id, "again", actor=world.actor) == inactive
    active = await team.reactivate(world.home, user.id, actor=world.actor)
    assert await team.reactivate(world.home, user.id, actor=world.actor) == active
    assert attrs.evolve(active, version=user.version) == user
    assert await world.actions() == ["user.invited", "user.deactivated", "user.reactivated"]
    assert await world.events() == [revoked(user, "member_left")]


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-008")
async def test_reactivate_needs_a_seat(world: World) -> None:
    """Whose seat was taken meanwhile can't be reactivated."""
    user = await world.member("Bob")
    await world.app.members.deactivate(world.home, user.id, actor=world.actor)
    await world.member("Eve")
    await world.member("Tom")
    before = await world.everything()
    await refused(lambda: world.app.members.reactivate(world.home, user.id, actor=world.actor), "team_members_quota")
    assert await world.everything() == before


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-008")
async def test_remove_and_restore(world: World) -> None:
    """A removed user is hidden, keeps everything, and comes back until the retention is over."""
    user, team = await world.member(), world.app.members
    removed = await team.remove(world.home, user.id, actor=world.actor)
    assert (removed.is_deleted, removed.deleted_at, removed.deleted_by) == (True, world.clock.now(), world.owner.id)
    with pytest.raises(NotFound):
        await team.get(world.home, user.id)
    with pytest.raises(NotFound):
        await team.remove(world.home, user.id, actor=world.actor)
    world.clock.turn(RETENTION - timedelta(microseconds=1))
    restored = await team.restore(world.home, user.id, actor=world.actor)
    assert attrs.evolve(restored, version=user.version) == user
    assert await world.actions() == ["user.invited", "user.removed", "user.restored"]
    assert await world.events() == [revoked(user, "member_left")]


@pytest.mark.asyncio
async def test_removing_an_inactive_user_ends_no_sessions(world: World) -> None:
    """The sessions of an inactive user ended before: no second event."""
    user = await world.member()
    await world.app.members.deactivate(world.home, user.id, actor=world.actor)
    await world.app.members.remove(world.home, user.id, actor=world.actor)
    assert await world.events() == [revoked(user, "member_left")]


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-008")
async def test_restore_refuses(world: World) -> None:
    """A restore names what blocks it: not deleted, the address taken, the seats full, the retention over."""
    user, team = await world.member("Bob"), world.app.members
    with pytest.raises(InvalidState):
        await team.restore(world.home, user.id, actor=world.actor)
    await team.remove(world.home, user.id, actor=world.actor)
    await world.member("Bob")
    await refused(lambda: team.restore(world.home, user.id, actor=world.actor), "users_email_unique")
    await world.member("Eve")
    before = await world.everything()
    await refused(lambda: team.restore(world.home, user.id, actor=world.actor), "team_members_quota")
    world.clock.turn(RETENTION)
    with pytest.raises(RetentionExpired):
        await team.restore(world.home, user.id, actor=world.actor)
    assert await world.everything() == before


@pytest.mark.asyncio
async def test_restore_of_an_inactive_user_needs_no_seat(world: World) -> None:
    """A user who was inactive when removed comes back inactive, also to a full team."""
    user, team = await world.member("Bob"), world.app.members
    await team.deactivate(world.home, user.id, actor=world.actor)
    await team.remove(world.home, user.id, actor=world.actor)
    for name in ("Eve", "Tom")[: SEATS - 1]:
        await world.member(name)
    assert not (await team.restore(world.home, user.id, actor=world.actor)).is_active


@pytest.mark.asyncio
async def test_unknown_user(world: World) -> None:
    """A user who is not there, or in another organization, is not found by any use case."""
    other = await world.app.organizations.create("Globex", "globex", "eve@globex.com", "Eve", actor=world.actor)
    team = world.app.members
    for user in (UserId(uuid4()), other.owner.id):
        attempts: list[Awaitable[User]] = [
            team.get(world.home, user),
            team.rename(world.home, user, "Anna", actor=world.actor),
            team.change_role(world.home, user, Role.ADMIN, actor=world.actor),
            team.deactivate(world.home, user, actor=world.actor),
            team.reactivate(world.home, user, actor=world.actor),
            team.remove(world.home, user, actor=world.actor),
            team.restore(world.home, user, actor=world.actor),
        ]
        for attempt in attempts:
            with pytest.raises(NotFound):
                await attempt


@pytest.mark.asyncio
@bounded(20)
@given(fates=st.lists(st.sampled_from(["member", "inactive", "removed"]), max_size=8), limit=st.integers(1, 9))
async def test_pages(fates: list[str], limit: int) -> None:
    """Pages of any size, one after the other, hold every live user once in one order, and the deleted ones apart."""
    async with opened_world() as world:
        await world.save(attrs.evolve(world.organization, team_members_quota=100))
        live, deleted = [world.owner.id], list[UserId]()
        for place, fate in enumerate(fates):
            user = await world.member(f"User{place}")
            (deleted if fate == "removed" else live).append(user.id)
            if fate == "inactive":
                await world.app.members.deactivate(world.home, user.id, actor=world.actor)
            if fate == "removed":
                await world.app.members.remove(world.home, user.id, actor=world.actor)
        for listing, expected in ((world.app.members.list_members, live), (world.app.members.list_deleted, deleted)):
            pages = [await listing(world.home, limit=limit)]
            while pages[-1].next is not None:
                pages.append(await listing(world.home, after=pages[-1].next, limit=limit))
            assert [user.id for page in pages for user in page.items] == expected
            assert all(len(page.items) == limit for page in pages[:-1])


@pytest.mark.asyncio
async def test_limits_of_a_page(world: World) -> None:
    """A page has 1 to 1000 users."""
    for limit in (0, -1, 1001, True):
        with pytest.raises(QueryRefused):
            await world.app.members.list_members(world.home, limit=limit)


@pytest.mark.asyncio
async def test_seen(world: World) -> None:
    """When somebody was last here is kept, of a deactivated user too, and the trail does not tell it."""
    user = await world.member()
    await world.app.members.deactivate(world.home, user.id, actor=world.actor)
    actions = await world.actions()
    seen = await world.app.members.seen(world.home, user.id)
    assert seen.last_seen_at == world.clock.now()
    assert await world.app.members.get(world.home, user.id) == seen
    assert await world.actions() == actions
    with pytest.raises(NotFound):
        await world.app.members.seen(world.home, UserId(uuid4()))
