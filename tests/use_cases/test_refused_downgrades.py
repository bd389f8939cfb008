"""Downgrades that are refused, and what makes them pass."""

import asyncio

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import DowngradeExceedsPlan, PlanNotSmaller, PlanTooSmall
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.plans import PlanCatalogue
from gapless.domain.users import Role
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import GaplessError, InvalidState, InvalidValue
from gapless.kit.json_object import JsonObject
from tests.use_cases.downgrading import executed, scheduled, seen, subscribed
from tests.use_cases.worlds import PLANS, World, fails, refused

pytestmark = pytest.mark.asyncio


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
        number = f"+1{str(world.new_id().int)[-12:]}{end}"
        await world.app.phone_numbers.add(world.home, number, Provider.VAPI, actor=world.actor)
    await world.app.usage.add_storage(world.home, 101)
    before = await world.everything(GAPLESS)
    error = await fails(lambda: executed(world), PlanTooSmall)
    numbers = {"used_phone_numbers": 2, "allowed_phone_numbers": 1, "used_storage": 101, "allowed_storage": 100}
    assert error.to_dict() == {
        "code": "plan_too_small",
        "message": "The organization uses more than the plan 'small' allows (phone_numbers 2 of 1: "
        "release phone numbers; storage 101 of 100: free storage).",
        "entity": "Organization",
        "id": str(world.home),
        "fields": ["plan"],
        "plan": "small",
        "exceeded": ["phone_numbers", "storage"],
        **numbers,
    }
    assert await world.everything(GAPLESS) == before
    await world.app.usage.free_storage(world.home, 1)
    await world.app.phone_numbers.release(world.home, (await world.rows(PhoneNumber))[0].id, actor=world.actor)
    assert (await executed(world)).plan == "small"
