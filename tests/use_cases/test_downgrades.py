"""Scheduling, dropping and executing a downgrade (INTEGRITY-003), on both stores."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.subscriptions import SubscriptionStatus
from gapless.kit.errors import InvalidState, InvalidValue, NotFound
from gapless.kit.ids import UserId
from tests.use_cases.downgrading import END, executed, revoked, scheduled, seen, subscribed
from tests.use_cases.worlds import PLANS, World, fails, world_on

pytestmark = pytest.mark.asyncio


async def test_schedule(world: World) -> None:
    """A schedule changes neither plan nor seats, names each user once, and takes the place of an earlier one."""
    await subscribed(world)
    bob, eve = await world.member("Bob"), await world.member("Eve")
    subscription = await scheduled(world, [bob, eve, bob])
    assert (subscription.plan, subscription.scheduled_plan) == ("large", "small")
    assert subscription.scheduled_users_to_deactivate == (bob.id, eve.id)
    assert (await seen(world, bob), await seen(world, eve)) == (bob, eve)
    assert (await world.current()).team_members_quota == 20
    before = await world.everything(GAPLESS)
    assert await scheduled(world, [bob, eve]) == subscription
    assert await world.everything(GAPLESS) == before
    other = await scheduled(world, [], "starter")
    assert (other.scheduled_plan, other.scheduled_users_to_deactivate) == ("starter", ())
    assert (await world.actions())[-2:] == ["subscription.downgrade.scheduled"] * 2
    assert await world.events() == []


async def test_schedule_refuses(world: World) -> None:
    """An unknown plan, the plan that it has, and users who are none or not of the organization are refused."""
    await subscribed(world)
    bob = await world.member("Bob")
    await world.app.members.remove(world.home, bob.id, actor=world.actor)
    stranger = (await world_on(world.store, f"globex-{uuid4().hex}")).owner
    before = await world.everything(GAPLESS)
    await fails(lambda: scheduled(world, [], "golden"), InvalidValue)
    await fails(lambda: scheduled(world, [], "large"), InvalidState)
    for user in (stranger, bob, attrs.evolve(stranger, id=UserId(uuid4()))):
        error = await fails(partial(scheduled, world, [world.owner, user]), NotFound)
        assert error.details() == {"entity": "User", "id": str(user.id), "fields": ["users_to_deactivate"]}
    assert await world.everything(GAPLESS) == before


@pytest.mark.parametrize("users", [None, 5, "abc", b"x", {}, [None], ["x"], [[]]])
async def test_schedule_takes_ids(world: World, users: Sequence[UserId]) -> None:
    """What is no sequence of ids is refused before the store is asked."""
    await fails(
        lambda: world.app.subscriptions.schedule_downgrade(world.home, "small", users, actor=world.actor), InvalidValue
    )


async def test_cancel_downgrade(world: World) -> None:
    """A schedule that is dropped is gone, and told; where there is none, that is an error."""
    begun = await subscribed(world)
    await fails(
        lambda: world.app.subscriptions.cancel_downgrade(world.home, actor=world.actor),
        InvalidState,
    )
    await scheduled(world, [world.owner])
    left = await world.app.subscriptions.cancel_downgrade(world.home, actor=world.actor)
    assert attrs.evolve(left, version=begun.version) == begun
    assert (await world.actions())[-1] == "subscription.downgrade.canceled"
    await fails(lambda: executed(world), InvalidState)


@pytest.mark.gap("INTEGRITY-003")
async def test_execute(world: World) -> None:
    """Plan and quotas change, the schedule is cleared, the scheduled lose seat and sessions, others neither."""
    await subscribed(world)
    bob, eve, tom = [await world.member(name) for name in ("Bob", "Eve", "Tom")]
    await scheduled(world, [bob, tom])
    world.clock.turn(timedelta(days=20))
    subscription = await executed(world)
    assert (subscription.plan, subscription.scheduled_plan) == ("small", None)
    assert subscription.scheduled_users_to_deactivate is None
    assert (subscription.status, subscription.current_period_end) == (SubscriptionStatus.ACTIVE, END)
    assert await world.app.subscriptions.get(world.home) == subscription
    organization, small = await world.current(), PLANS.limits("small")
    assert (organization.call_minutes_quota, organization.team_members_quota) == (small.call_minutes, 2)
    assert (organization.phone_numbers_quota, organization.storage_quota) == (small.phone_numbers, small.storage)
    for user in (bob, tom):
        expected = user.deactivated(world.clock.now(), "plan_downgrade")
        assert await seen(world, user) == attrs.evolve(expected, version=user.version + 1)
    assert (await seen(world, eve), await seen(world, world.owner)) == (eve, world.owner)
    assert sorted(await world.events("sessions.revoke"), key=str) == sorted([revoked(bob), revoked(tom)], key=str)


async def test_trail_of_a_downgrade(world: World) -> None:
    """Each row that changes is told by a record of its own, so that the trail of each deactivated user shows it."""
    await subscribed(world)
    bob, eve, _ = [await world.member(name) for name in ("Bob", "Eve", "Tom")]
    subscription = await scheduled(world, [bob, eve])
    await executed(world)
    deactivated = "user.deactivated"
    assert (await world.actions())[-4:] == [
        *("subscription.downgraded", "organization.quotas.changed", deactivated, deactivated)
    ]
    told = (await world.trail())[-4]
    assert (told.resource_type, told.resource_id) == ("subscription", str(subscription.id))
    assert told.before is not None
    assert told.after is not None
    users = [str(bob.id), str(eve.id)]
    assert told.before.to_dict() == {
        "plan": "large",
        "scheduled_plan": "small",
        "scheduled_users_to_deactivate": users,
    }
    assert told.after.to_dict() == {"plan": "small", "scheduled_plan": None, "scheduled_users_to_deactivate": None}
    for user in (bob, eve):
        newest = (await world.app.audit_trail.of_resource(world.home, "user", user.id)).items[0]
        assert newest.action == "user.deactivated"
        assert newest.after is not None
        assert newest.after["deactivation_reason"] == "plan_downgrade"


@pytest.mark.gap("INTEGRITY-003")
async def test_execute_needs_a_schedule(world: World) -> None:
    """Without a schedule it is an error, and so it is the second time; neither changes anything."""
    await subscribed(world)
    before = await world.everything(GAPLESS)
    await fails(lambda: executed(world), InvalidState)
    assert await world.everything(GAPLESS) == before
    bob = await world.member("Bob")
    await scheduled(world, [bob])
    await executed(world)
    before = await world.everything(GAPLESS)
    await fails(lambda: executed(world), InvalidState)
    assert await world.everything(GAPLESS) == before


async def test_two_executions_at_once(world: World) -> None:
    """Of two executions of one downgrade at once exactly one succeeds, and everybody is deactivated once."""
    await subscribed(world)
    bob, _ = await world.member("Bob"), await world.member("Eve")
    await scheduled(world, [bob])
    outcomes = await asyncio.gather(executed(world), executed(world), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidState", "Subscription"]
    assert await world.events() == [revoked(bob)]
    assert (await world.actions()).count("subscription.downgraded") == 1
    assert (await seen(world, bob)).version == bob.version + 1


async def test_without_a_change_of_seats(world: World) -> None:
    """A downgrade that takes nobody's seat changes the plan and the quotas alone."""
    await subscribed(world)
    await scheduled(world, [])
    assert (await executed(world)).plan == "small"
    assert (await world.actions())[-2:] == ["subscription.downgraded", "organization.quotas.changed"]
    assert await seen(world, world.owner) == world.owner


async def test_who_is_no_member_any_more(world: World) -> None:
    """Scheduled users who left meanwhile stay as they left: not deactivated again, not told, no session revoked."""
    await subscribed(world)
    bob, eve, tom, _ = [await world.member(name) for name in ("Bob", "Eve", "Tom", "Kim")]
    await scheduled(world, [bob, eve, tom])
    inactive = await world.app.members.deactivate(world.home, bob.id, "on leave", actor=world.actor)
    await world.app.members.remove(world.home, eve.id, actor=world.actor)
    events = len(await world.events())
    await executed(world)
    assert await seen(world, bob) == inactive
    removed = (await world.app.members.list_deleted(world.home)).items
    assert [(user.id, user.is_active) for user in removed] == [(eve.id, True)]
    assert (await world.events())[events:] == [revoked(tom)]


@pytest.mark.gap("INTEGRITY-003")
async def test_user_of_another_organization_keeps_the_seat(world: World) -> None:
    """Should another organization's user be in a schedule, the execution leaves that user alone."""
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    theirs = await other.member("Bob")
    subscription = (await subscribed(world)).scheduled("small", [theirs.id])
    await world.save(subscription)
    before = await other.everything(GAPLESS)
    assert (await executed(world)).plan == "small"
    assert await other.everything(GAPLESS) == before
    assert await world.events() == []
