"""The use cases around subscriptions: beginning, changing, renewing and ending one, on both stores."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from uuid import uuid4

import attrs
import pytest

from gapless.application.pages import Page
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import PeriodMismatch, PlanTooSmall
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.plans import PlanCatalogue
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.kit.errors import InvalidState, InvalidValue, NotFound, QueryRefused
from tests.use_cases.worlds import PLANS, World, fails, refused, world_on

pytestmark = pytest.mark.asyncio

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


async def subscribed(world: World, plan: str = "starter", *, trial: bool = False) -> Subscription:
    """Subscribes the organization for March 2026."""
    return await world.app.subscriptions.subscribe(world.home, plan, START, END, trial=trial, actor=world.actor)


def quotas(organization: Organization) -> tuple[int, int, int, int]:
    """What the organization may use."""
    return (
        organization.call_minutes_quota,
        organization.team_members_quota,
        organization.phone_numbers_quota,
        organization.storage_quota,
    )


def limits(plan: str) -> tuple[int, int, int, int]:
    """What a plan allows, in the same order."""
    found = PLANS.limits(plan)
    return found.call_minutes, found.team_members, found.phone_numbers, found.storage


@pytest.mark.parametrize("trial", [False, True])
async def test_subscribe(world: World, *, trial: bool) -> None:
    """A subscription begins active or as a trial, and the organization gets the quotas of the plan; both are told."""
    subscription = await subscribed(world, "large", trial=trial)
    status = SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE
    assert (subscription.plan, subscription.status) == ("large", status)
    assert (subscription.current_period_start, subscription.current_period_end) == (START, END)
    assert (subscription.retry_count, subscription.scheduled_plan, subscription.version) == (0, None, 1)
    assert await world.app.subscriptions.get(world.home) == subscription
    assert quotas(await world.current()) == limits("large")
    assert await world.actions() == ["subscription.started", "organization.quotas.changed"]
    first, second = (await world.trail())[-2:]
    assert (first.resource_type, first.resource_id) == ("subscription", str(subscription.id))
    assert (second.resource_type, second.resource_id) == ("organization", str(world.home))
    assert second.after is not None
    assert second.after["team_members_quota"] == 20


async def test_subscribing_to_the_plan_of_the_quotas(world: World) -> None:
    """Where the quotas are those of the plan already, only the subscription is written and told."""
    await subscribed(world, "starter")
    assert (await world.current()).version == 1
    assert await world.actions() == ["subscription.started"]


async def test_subscribe_refuses(world: World) -> None:
    """An unknown plan, a second subscription, a period of no length and no answer about a trial change nothing."""
    subscriptions = world.app.subscriptions
    await fails(lambda: subscribed(world, "golden"), InvalidValue)
    await refused(
        lambda: subscriptions.subscribe(world.home, "large", START, START, actor=world.actor),
        "check_period_end_after_start",
    )
    await fails(lambda: subscribed(world, trial=1), InvalidValue)  # type: ignore[arg-type]  # the mistake itself
    assert await world.actions() == []
    await subscribed(world)
    before = await world.everything(GAPLESS)
    await refused(lambda: subscribed(world, "large"), "subscriptions_organization_id_unique")
    assert await world.everything(GAPLESS) == before


async def test_deleted_organization_does_not_subscribe(world: World) -> None:
    """Neither a deleted organization nor one that is not there gets a subscription."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    await fails(lambda: subscribed(world), NotFound)
    nobody = OrganizationId(uuid4())
    await fails(
        lambda: world.app.subscriptions.subscribe(nobody, "large", START, END, actor=world.actor),
        NotFound,
    )


async def test_subscribing_again(world: World) -> None:
    """Who has canceled can subscribe again: the old subscription stays in the trail, as it was."""
    old = await subscribed(world, "large", trial=True)
    await world.app.subscriptions.cancel(world.home, actor=world.actor)
    new = await subscribed(world, "small")
    assert new.id != old.id
    assert await world.rows(Subscription) == (new,)
    assert quotas(await world.current()) == limits("small")
    assert (await world.actions())[-3:] == [
        "subscription.replaced",
        "subscription.started",
        "organization.quotas.changed",
    ]
    audit = (await world.trail())[-3]
    assert (audit.resource_id, audit.after) == (str(old.id), None)
    assert audit.before is not None
    assert (audit.before["plan"], audit.before["status"]) == ("large", "CANCELED")


async def test_change_plan(world: World) -> None:
    """Another plan counts at once: quotas follow, a scheduled downgrade is dropped, the period stays."""
    await subscribed(world, "starter")
    await world.app.subscriptions.schedule_downgrade(world.home, "small", [world.owner.id], actor=world.actor)
    changed = await world.app.subscriptions.change_plan(world.home, "large", actor=world.actor)
    assert (changed.plan, changed.scheduled_plan, changed.scheduled_users_to_deactivate) == ("large", None, None)
    assert (changed.status, changed.current_period_end) == (SubscriptionStatus.ACTIVE, END)
    assert await world.app.subscriptions.get(world.home) == changed
    assert quotas(await world.current()) == limits("large")
    assert (await world.actions())[-2:] == ["subscription.plan.changed", "organization.quotas.changed"]


async def test_plan_that_it_has(world: World) -> None:
    """A change to the plan that it has changes and logs nothing; a downgrade stays scheduled."""
    await subscribed(world, "starter")
    scheduled = await world.app.subscriptions.schedule_downgrade(world.home, "small", [], actor=world.actor)
    before = await world.everything(GAPLESS)
    assert await world.app.subscriptions.change_plan(world.home, "starter", actor=world.actor) == scheduled
    assert await world.everything(GAPLESS) == before


async def test_smaller_plan_than_the_team(world: World) -> None:
    """A plan with fewer seats than members is refused, with the numbers and what to do, by each way to take a plan."""
    await subscribed(world, "starter")
    bob, _ = await world.member("Bob"), await world.member("Eve")
    subscriptions = world.app.subscriptions
    before = await world.everything(GAPLESS)
    error = await fails(lambda: subscriptions.change_plan(world.home, "small", actor=world.actor), PlanTooSmall)
    assert (error.details()["used_team_members"], error.details()["allowed_team_members"]) == (3, 2)
    assert "schedule a downgrade" in error.message
    assert await world.everything(GAPLESS) == before
    await subscriptions.cancel(world.home, actor=world.actor)
    before = await world.everything(GAPLESS)
    await fails(lambda: subscribed(world, "small"), PlanTooSmall)
    assert await world.everything(GAPLESS) == before
    await world.app.members.deactivate(world.home, bob.id, actor=world.actor)
    assert (await subscribed(world, "small")).plan == "small"
    assert quotas(await world.current()) == limits("small")


async def test_smaller_plan_that_fits(world: World) -> None:
    """A smaller plan counts at once if all that is used fits; of minutes that are used already nothing is asked."""
    await subscribed(world, "starter")
    await world.save(attrs.evolve(await world.current(), used_minutes=99))
    await world.app.usage.add_storage(world.home, 100)
    assert (await world.app.subscriptions.change_plan(world.home, "small", actor=world.actor)).plan == "small"
    assert quotas(await world.current()) == limits("small")


@pytest.mark.parametrize("quota", [1, 2])
async def test_more_room_though_not_enough(world: World, quota: int) -> None:
    """Who is past a quota already can take a plan that does not lower it further: only what falls is checked."""
    await subscribed(world, "starter")
    for name in ("Bob", "Eve", "Tom"):
        await world.member(name)
    await world.save(attrs.evolve(await world.current(), team_members_quota=quota))
    assert (await world.app.subscriptions.change_plan(world.home, "small", actor=world.actor)).plan == "small"
    assert (await world.current()).team_members_quota == 2


async def test_limits_that_the_catalogue_has_changed(world: World) -> None:
    """A change to the plan that it has gives the organization what the catalogue says of that plan by now."""
    subscription = await subscribed(world, "starter")
    more = attrs.evolve(PLANS.limits("starter"), team_members=40)
    subscriptions = attrs.evolve(world.app.subscriptions, plans=PlanCatalogue({"starter": more}))
    assert await subscriptions.change_plan(world.home, "starter", actor=world.actor) == subscription
    assert (await world.current()).team_members_quota == 40
    assert await world.actions() == ["subscription.started", "organization.quotas.changed"]


@pytest.mark.gap("INTEGRITY-009")
async def test_quotas_that_change_are_checked_anew(world: World) -> None:
    """A greater plan forgets the warnings that it has outgrown, a smaller one warns at once; each quota by itself."""
    await subscribed(world, "starter")
    await world.app.usage.add_storage(world.home, 810)
    await world.app.subscriptions.change_plan(world.home, "large", actor=world.actor)
    assert not (await world.current()).storage_warning_80_sent
    await world.save(attrs.evolve(await world.current(), used_minutes=95))
    await world.app.subscriptions.change_plan(world.home, "starter", actor=world.actor)
    told = [(payload["quota"], payload["percent"]) for _, payload in await world.events("quota.warning")]
    assert told == [("storage", 80), ("call_minutes", 80), ("call_minutes", 90), ("storage", 80)]


async def test_renew(world: World) -> None:
    """A renewal begins the next period and is told; the same one again changes and logs nothing."""
    before = await subscribed(world)
    subscriptions = world.app.subscriptions
    renewed = await subscriptions.renew(world.home, END, END + MONTH, actor=world.actor)
    assert attrs.evolve(renewed, current_period_start=START, current_period_end=END, version=1) == before
    assert (renewed.current_period_start, renewed.current_period_end) == (END, END + MONTH)
    assert await subscriptions.renew(world.home, END, END + MONTH, actor=world.actor) == renewed
    assert await world.actions() == ["subscription.started", "subscription.renewed"]


@pytest.mark.parametrize("start", [START, END - DAY, END - MOMENT, END + MONTH - MOMENT, END + MONTH + MOMENT])
async def test_period_that_does_not_follow(world: World, start: datetime) -> None:
    """A period that came earlier, overlaps the present one or leaves a gap is refused, with both times named."""
    await subscribed(world)
    subscriptions = world.app.subscriptions
    await subscriptions.renew(world.home, END, END + MONTH, actor=world.actor)
    before = await world.everything(GAPLESS)
    error = await fails(
        lambda: subscriptions.renew(world.home, start, start + 2 * MONTH, actor=world.actor), PeriodMismatch
    )
    expected = (END if start < END else END + MONTH).isoformat()
    assert (error.details()["given"], error.details()["expected"]) == (start.isoformat(), expected)
    assert start.isoformat() in error.message
    assert error.fields == ("period_start",)
    assert expected in error.message
    assert await world.everything(GAPLESS) == before


async def test_period_of_no_length(world: World) -> None:
    """A period ends after it has begun, the next one as well as the present one when it is corrected."""
    await subscribed(world)
    subscriptions = world.app.subscriptions
    before = await world.everything(GAPLESS)
    for start, end in ((END, END), (START, START), (END, START)):
        await refused(
            partial(subscriptions.renew, world.home, start, end, actor=world.actor), "check_period_end_after_start"
        )
    assert await world.everything(GAPLESS) == before


@pytest.mark.parametrize("status", SubscriptionStatus)
@pytest.mark.parametrize("by", [DAY, -DAY])
async def test_correction(world: World, status: SubscriptionStatus, by: timedelta) -> None:
    """The same start with another end corrects the present period, longer or shorter, and a trial stays one."""
    before = await world.save(attrs.evolve(await subscribed(world), status=status))
    subscriptions = world.app.subscriptions
    if status is SubscriptionStatus.CANCELED:
        await fails(lambda: subscriptions.renew(world.home, START, END + by, actor=world.actor), InvalidState)
        return
    corrected = await subscriptions.renew(world.home, START, END + by, actor=world.actor)
    assert corrected == attrs.evolve(before, current_period_end=END + by, version=before.version + 1)
    assert (await world.actions())[-1] == "subscription.period.corrected"
    assert await subscriptions.renew(world.home, START, END + by, actor=world.actor) == corrected
    renewed = await subscriptions.renew(world.home, END + by, END + MONTH, actor=world.actor)
    assert renewed.current_period_start == END + by


async def test_period_in_another_zone(world: World) -> None:
    """The same instant in another zone is the same time: the next period begins, the present one is corrected."""
    await subscribed(world)
    tashkent = timezone(timedelta(hours=5))
    subscriptions = world.app.subscriptions
    corrected = await subscriptions.renew(world.home, START.astimezone(tashkent), END + DAY, actor=world.actor)
    assert corrected.current_period_end == END + DAY
    renewed = await subscriptions.renew(world.home, (END + DAY).astimezone(tashkent), END + MONTH, actor=world.actor)
    assert renewed.current_period_start == END + DAY


async def test_subscribing_anew_does_not_move_time_back(world: World) -> None:
    """A new subscription may begin within the last period of a canceled one or after a gap, and not before it."""
    subscriptions = world.app.subscriptions
    await subscribed(world)
    await subscriptions.renew(world.home, END, END + MONTH, actor=world.actor)
    await subscriptions.cancel(world.home, actor=world.actor)
    before = await world.everything(GAPLESS)
    await fails(lambda: subscribed(world), PeriodMismatch)
    assert await world.everything(GAPLESS) == before
    for start in (END, END + DAY, END + MONTH + 9 * DAY):
        begun = await subscriptions.subscribe(world.home, "starter", start, start + MONTH, actor=world.actor)
        assert begun.current_period_start == start
        await subscriptions.cancel(world.home, actor=world.actor)


@pytest.mark.parametrize(
    "status", [SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE]
)
async def test_renewal_and_status(world: World, status: SubscriptionStatus) -> None:
    """A trial ends with its renewal, and who is behind with paying stays so."""
    await world.save(attrs.evolve(await subscribed(world), status=status))
    renewed = await world.app.subscriptions.renew(world.home, END, END + MONTH, actor=world.actor)
    trialing = status is SubscriptionStatus.TRIALING
    assert renewed.status is (SubscriptionStatus.ACTIVE if trialing else status)


async def test_cancel(world: World) -> None:
    """A cancellation ends the subscription, drops its downgrade and leaves the quotas; twice it changes nothing."""
    await subscribed(world, "large")
    subscriptions = world.app.subscriptions
    await subscriptions.schedule_downgrade(world.home, "small", [world.owner.id], actor=world.actor)
    canceled = await subscriptions.cancel(world.home, actor=world.actor)
    assert (canceled.status, canceled.scheduled_plan) == (SubscriptionStatus.CANCELED, None)
    assert quotas(await world.current()) == limits("large")
    assert (await world.actions())[-1] == "subscription.canceled"
    before = await world.everything(GAPLESS)
    assert await subscriptions.cancel(world.home, actor=world.actor) == canceled
    assert await world.everything(GAPLESS) == before


async def test_canceled_subscription_is_at_its_end(world: World) -> None:
    """A canceled subscription is neither renewed nor put on another plan, now or later."""
    await subscribed(world)
    subscriptions = world.app.subscriptions
    await subscriptions.cancel(world.home, actor=world.actor)
    before = await world.everything(GAPLESS)
    attempts: list[Awaitable[Subscription]] = [
        subscriptions.renew(world.home, END, END + MONTH, actor=world.actor),
        subscriptions.change_plan(world.home, "large", actor=world.actor),
        subscriptions.schedule_downgrade(world.home, "small", [], actor=world.actor),
        subscriptions.cancel_downgrade(world.home, actor=world.actor),
        subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidState):
            await attempt
    assert await world.everything(GAPLESS) == before


async def test_without_a_subscription(world: World) -> None:
    """An organization that has none finds none, whatever another organization has subscribed to."""
    await subscribed(await world_on(world.store, f"globex-{uuid4().hex}"))
    subscriptions = world.app.subscriptions
    attempts: list[Awaitable[Subscription]] = [
        subscriptions.get(world.home),
        subscriptions.change_plan(world.home, "large", actor=world.actor),
        subscriptions.renew(world.home, START, END, actor=world.actor),
        subscriptions.cancel(world.home, actor=world.actor),
        subscriptions.schedule_downgrade(world.home, "small", [], actor=world.actor),
        subscriptions.cancel_downgrade(world.home, actor=world.actor),
        subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor),
        subscriptions.payment_failed(world.home, "evt_1", actor=world.actor),
        subscriptions.payment_succeeded(world.home, "evt_2", actor=world.actor),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert await world.actions() == []


async def test_wrong_arguments(world: World) -> None:
    """What is no id, no actor, no plan or no time is refused in an error of gapless, and nothing is changed."""
    await subscribed(world)
    subscriptions = world.app.subscriptions
    before = await world.everything(GAPLESS)
    await fails(lambda: subscriptions.get("x"), InvalidValue)  # type: ignore[arg-type]  # the mistake itself
    await fails(lambda: subscriptions.cancel(world.home, actor=None), InvalidValue)  # type: ignore[arg-type]  # as above
    await fails(lambda: subscriptions.change_plan(world.home, "golden", actor=world.actor), InvalidValue)
    naive = END.replace(tzinfo=None)
    await fails(lambda: subscriptions.renew(world.home, naive, END + MONTH, actor=world.actor), InvalidValue)
    assert await world.everything(GAPLESS) == before


async def test_ending_before(world: World) -> None:
    """A job finds what ends before a time in every organization, of one status, soonest first, page after page."""
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)
    subscriptions = world.app.subscriptions
    found = []
    for days, status in ((3, "ACTIVE"), (1, "ACTIVE"), (2, "TRIALING"), (9, "ACTIVE"), (2, "ACTIVE")):
        other = await world_on(world.store, f"globex-{uuid4().hex}")
        end = long_ago + timedelta(days=days)
        begun = await other.app.subscriptions.subscribe(
            other.home, "large", long_ago, end, trial=status == "TRIALING", actor=other.actor
        )
        found.append(begun)
    expected = (found[1], found[4], found[0])
    at = long_ago + timedelta(days=9)
    assert await subscriptions.ending_before(SubscriptionStatus.ACTIVE, at) == Page(expected, None)
    first = await subscriptions.ending_before(SubscriptionStatus.ACTIVE, at, limit=2)
    assert first.items == expected[:2]
    second = await subscriptions.ending_before(SubscriptionStatus.ACTIVE, at, after=first.next, limit=2)
    assert second == Page(expected[2:], None, previous=second.previous)
    assert await subscriptions.ending_before(SubscriptionStatus.ACTIVE, at, before=second.previous, limit=2) == first
    assert await subscriptions.ending_before(SubscriptionStatus.TRIALING, at) == Page((found[2],), None)
    assert await subscriptions.ending_before(SubscriptionStatus.PAST_DUE, at) == Page((), None)


async def test_ending_before_refuses(world: World) -> None:
    """A limit, a status and a time that are none are refused, and a place to go on from that is none."""
    ending_before, active = world.app.subscriptions.ending_before, SubscriptionStatus.ACTIVE
    attempts: list[Awaitable[object]] = [
        ending_before(active, END, limit=0),
        ending_before(active, END, limit=1001),
        ending_before(active, END.replace(tzinfo=None)),
        ending_before("PAUSED", END),  # type: ignore[arg-type]  # the mistake itself
    ]
    for attempt in attempts:
        with pytest.raises(QueryRefused):
            await attempt
    with pytest.raises(InvalidValue):
        await ending_before(active, END, after=world.home)  # type: ignore[arg-type]  # as above
