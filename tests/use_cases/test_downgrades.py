"""Scheduling, dropping and executing a downgrade (INTEGRITY-003), on both stores."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import DowngradeExceedsPlan, PlanNotSmaller, PlanTooSmall
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.plans import PlanCatalogue
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.users import Role, User
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import GaplessError, InvalidState, InvalidValue, NotFound
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from tests.use_cases.worlds import PLANS, World, fails, refused, world_on

pytestmark = pytest.mark.asyncio

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)


async def subscribed(world: World) -> Subscription:
    """Subscribes the organization to the plan with twenty seats."""
    return await world.app.subscriptions.subscribe(world.home, "large", START, END, actor=world.actor)


async def scheduled(world: World, users: Sequence[User], plan: str = "small") -> Subscription:
    """Schedules a downgrade, to the plan with two seats unless another is named."""
    ids = [user.id for user in users]
    return await world.app.subscriptions.schedule_downgrade(world.home, plan, ids, actor=world.actor)


async def executed(world: World) -> Subscription:
    """Executes the downgrade that is scheduled."""
    return await world.app.subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor)


async def seen(world: World, user: User) -> User:
    """A user as it is now."""
    return await world.app.members.get(world.home, user.id)


def revoked(user: User) -> tuple[str, dict[str, object]]:
    """The event that ends the sessions of a member who left."""
    return "sessions.revoke", {"user_id": str(user.id), "reason": "member_left"}


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
    assert (await world.actions())[-4:] == [
        "subscription.downgraded",
        "organization.quotas.changed",
        "user.deactivated",
        "user.deactivated",
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


@pytest.mark.gap("INTEGRITY-003")
async def test_last_owner(world: World) -> None:
    """A downgrade that would leave no owner is refused as a whole and stays scheduled; with another owner it passes."""
    await subscribed(world)
    bob, _ = await world.member("Bob", Role.ADMIN), await world.member("Eve")
    await scheduled(world, [world.owner])
    before = await world.everything(GAPLESS)
    await refused(lambda: executed(world), "last_owner")
    assert await world.everything(GAPLESS) == before
    await world.app.members.change_role(world.home, bob.id, Role.OWNER, actor=world.actor)
    assert (await executed(world)).scheduled_plan is None
    assert not (await seen(world, world.owner)).is_active


async def test_all_owners_at_once(world: World) -> None:
    """Of two owners not both can lose the seat."""
    await subscribed(world)
    second = await world.member("Bob", Role.OWNER)
    for name in ("Eve", "Tom"):
        await world.member(name)
    await scheduled(world, [second, world.owner])
    before = await world.everything(GAPLESS)
    await refused(lambda: executed(world), "last_owner")
    assert await world.everything(GAPLESS) == before


@pytest.mark.gap("INTEGRITY-003")
async def test_members_left_exceed_the_plan(world: World) -> None:
    """Who joined since the schedule counts: it is refused as a whole, says by how much, and stays scheduled."""
    await subscribed(world)
    bob, eve = await world.member("Bob"), await world.member("Eve")
    await scheduled(world, [bob])
    await world.member("Tom")
    before = await world.everything(GAPLESS)
    error = await fails(lambda: executed(world), DowngradeExceedsPlan)
    assert error.to_dict() == {
        "code": "downgrade_exceeds_plan",
        "message": "The downgrade would leave 3 members, but the plan has 2 seats: deactivate members, or schedule it "
        "again and name the users who lose their seats.",
        "entity": "Subscription",
        "id": str((await world.app.subscriptions.get(world.home)).id),
        "fields": ["plan"],
        "plan": "small",
        "exceeded": ["team_members"],
        "used_team_members": 3,
        "allowed_team_members": 2,
        "members": 3,
        "seats": 2,
    }
    assert isinstance(error, PlanTooSmall)
    assert await world.everything(GAPLESS) == before
    await world.app.members.deactivate(world.home, eve.id, actor=world.actor)
    assert (await executed(world)).plan == "small"


async def test_plan_that_is_not_sold_any_more(world: World) -> None:
    """A scheduled plan that left the catalogue is named as unknown; nothing changes, and it stays scheduled."""
    await subscribed(world)
    await scheduled(world, [])
    before = await world.everything(GAPLESS)
    fewer = PlanCatalogue({"large": PLANS.limits("large")})
    subscriptions = attrs.evolve(world.app.subscriptions, plans=fewer)
    await fails(
        lambda: subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor),
        InvalidValue,
    )
    assert await world.everything(GAPLESS) == before


async def test_member_who_joins_at_the_same_time(world: World) -> None:
    """Whoever comes first, a member who joins or the downgrade: in the end there are no more members than seats."""
    await subscribed(world)
    await world.member("Bob")
    await scheduled(world, [])
    outcomes = await asyncio.gather(executed(world), world.member("Eve"), return_exceptions=True)
    assert sum(isinstance(outcome, GaplessError) for outcome in outcomes) == 1
    members = [user for user in (await world.app.members.list_members(world.home)).items if user.is_active]
    assert len(members) <= (await world.current()).team_members_quota


@pytest.mark.parametrize(
    ("changed", "greater"),
    [
        ({}, []),  # as much of everything
        ({"call_minutes": 1001}, ["call_minutes"]),
        ({"team_members": 1, "storage": 10_001}, ["storage"]),
        ({"call_minutes": 1001, "team_members": 21}, ["call_minutes", "team_members"]),
    ],
)
async def test_downgrade_that_is_none(world: World, changed: dict[str, int], greater: list[str]) -> None:
    """A plan that gives more of something, or as much of everything, is no downgrade, however it is called."""
    await subscribed(world)
    other = attrs.evolve(PLANS.limits("large"), **changed)  # type: ignore[arg-type]  # limits by their names
    plans = PlanCatalogue({**PLANS.plans, "other": other})
    subscriptions = attrs.evolve(world.app.subscriptions, plans=plans)
    bob = await world.member("Bob")
    before = await world.everything(GAPLESS)
    error = await fails(
        lambda: subscriptions.schedule_downgrade(world.home, "other", [bob.id], actor=world.actor), PlanNotSmaller
    )
    assert (error.details()["plan"], error.details()["greater"], error.fields) == ("other", greater, ("plan",))
    assert await world.everything(GAPLESS) == before


async def test_downgrade_that_has_become_none(world: World) -> None:
    """A schedule is checked again when it is executed, against what the plan and the organization are by then."""
    await subscribed(world)
    bob = await world.member("Bob")
    await scheduled(world, [bob])
    grown = PlanCatalogue({**PLANS.plans, "small": attrs.evolve(PLANS.limits("small"), phone_numbers=11)})
    subscriptions = attrs.evolve(world.app.subscriptions, plans=grown)
    before = await world.everything(GAPLESS)
    error = await fails(
        lambda: subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor), PlanNotSmaller
    )
    assert error.details()["greater"] == ["phone_numbers"]
    assert await world.everything(GAPLESS) == before
    await world.save(attrs.evolve(await world.current(), phone_numbers_quota=1, team_members_quota=2))
    await world.save(attrs.evolve(await world.current(), call_minutes_quota=10, storage_quota=Bytes(BigInteger(100))))
    await fails(lambda: executed(world), PlanNotSmaller)
    await world.save(attrs.evolve(await world.app.subscriptions.get(world.home), plan="small"))
    await fails(lambda: executed(world), InvalidState)
    assert (await seen(world, bob)).is_active


async def test_nobody_loses_a_seat_for_nothing(world: World) -> None:
    """Of those who are named as many go as there are too few seats, the first first; the record says who has stayed."""
    await subscribed(world)
    bob, eve, tom = [await world.member(name) for name in ("Bob", "Eve", "Tom")]
    await scheduled(world, [tom, eve, bob])
    await executed(world)
    assert [(await seen(world, user)).is_active for user in (bob, eve, tom)] == [True, False, False]
    told = next(audit for audit in await world.trail() if audit.action == "subscription.downgraded")
    assert told.metadata == JsonObject({"keptUsers": [str(bob.id)]})
    assert len((await world.app.members.list_members(world.home)).items) - 2 == PLANS.limits("small").team_members


async def test_execution_with_more_than_the_plan_allows(world: World) -> None:
    """What else is used beyond the smaller plan is named, all at once, with what makes room; and it stays scheduled."""
    await subscribed(world)
    await scheduled(world, [])
    for end in ("1", "2"):
        await world.app.phone_numbers.add(
            world.home, f"+1{str(world.new_id().int)[-12:]}{end}", Provider.VAPI, actor=world.actor
        )
    await world.app.usage.add_storage(world.home, 101)
    before = await world.everything(GAPLESS)
    error = await fails(lambda: executed(world), PlanTooSmall)
    assert error.to_dict() == {
        "code": "plan_too_small",
        "message": "The organization uses more than the plan 'small' allows (phone_numbers 2 of 1: "
        "release phone numbers; storage 101 of 100: free storage).",
        "entity": "Organization",
        "id": str(world.home),
        "fields": ["plan"],
        "plan": "small",
        "exceeded": ["phone_numbers", "storage"],
        "used_phone_numbers": 2,
        "allowed_phone_numbers": 1,
        "used_storage": 101,
        "allowed_storage": 100,
    }
    assert await world.everything(GAPLESS) == before
    await world.app.usage.free_storage(world.home, 1)
    await world.app.phone_numbers.release(world.home, (await world.rows(PhoneNumber))[0].id, actor=world.actor)
    assert (await executed(world)).plan == "small"
