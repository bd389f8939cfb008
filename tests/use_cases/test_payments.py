"""Payments that fail and succeed (INTEGRITY-005 and INTEGRITY-010), on both stores."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.catalogue import GAPLESS
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import QueryRefused
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import Store
from tests.properties import Portal, bounded
from tests.use_cases.worlds import SIGNUP, World, refused, world_on

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
RUNNING = [SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING]
STAYING = [SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELED]


async def subscribed(world: World, status: SubscriptionStatus = SubscriptionStatus.ACTIVE) -> Subscription:
    """Subscribes the organization, and brings the subscription into a status."""
    begun = await world.app.subscriptions.subscribe(world.home, "starter", START, END, actor=SIGNUP)
    return begun if status is begun.status else await world.save(attrs.evolve(begun, status=status))


async def failed(world: World, event_id: str) -> Subscription:
    """Tells that a payment has failed."""
    return await world.app.subscriptions.payment_failed(world.home, event_id, actor=SIGNUP)


async def paid(world: World, event_id: str) -> Subscription:
    """Tells that a payment has succeeded."""
    return await world.app.subscriptions.payment_succeeded(world.home, event_id, actor=SIGNUP)


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-005")
async def test_failure(world: World) -> None:
    """A failure is counted in the database, says when, is told with the count, and goes to the outbox."""
    begun = await subscribed(world)
    world.clock.turn(timedelta(days=1))
    after = await failed(world, "evt_1")
    expected = attrs.evolve(begun, retry_count=1, payment_failed_at=world.clock.now(), version=2)
    assert after == expected
    assert await world.app.subscriptions.get(world.home) == expected
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_id, audit.job) == ("payment.failed", str(begun.id), "signup")
    assert audit.metadata == JsonObject({"retryCount": 1})
    assert audit.after == JsonObject({"retry_count": 1, "payment_failed_at": world.clock.now().isoformat()})
    assert await world.events() == [("payment.failed", {"retry_count": 1, "status": "ACTIVE"})]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", RUNNING)
@pytest.mark.gap("INTEGRITY-005")
async def test_third_failure(world: World, status: SubscriptionStatus) -> None:
    """A trial or active subscription stays so for two failures, and is past due from the third on."""
    await subscribed(world, status)
    statuses = [(await failed(world, f"evt_{number}")).status for number in range(1, 5)]
    assert statuses == [status, status, SubscriptionStatus.PAST_DUE, SubscriptionStatus.PAST_DUE]
    assert [payload["retry_count"] for _, payload in await world.events("payment.failed")] == [1, 2, 3, 4]
    third = (await world.trail())[-2]
    assert third.before is not None
    assert (third.before["status"], third.metadata) == (status.value, JsonObject({"retryCount": 3}))


@pytest.mark.asyncio
@pytest.mark.parametrize("status", STAYING)
@pytest.mark.gap("INTEGRITY-005")
async def test_failures_of_what_does_not_run(world: World, status: SubscriptionStatus) -> None:
    """A subscription that is past due or canceled stays so, and its failures are counted."""
    await subscribed(world, status)
    counted = [await failed(world, f"evt_{number}") for number in range(4)]
    assert [(after.status, after.retry_count) for after in counted] == [(status, number) for number in (1, 2, 3, 4)]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", SubscriptionStatus)
@pytest.mark.gap("INTEGRITY-010")
async def test_payment_after_failures(world: World, status: SubscriptionStatus) -> None:
    """A payment clears what has failed; PAST_DUE becomes ACTIVE, and every other status stays."""
    await subscribed(world, status)
    await failed(world, "evt_1")
    after = await paid(world, "evt_2")
    was_overdue = status is SubscriptionStatus.PAST_DUE
    assert (after.retry_count, after.payment_failed_at) == (0, None)
    assert after.status is (SubscriptionStatus.ACTIVE if was_overdue else status)
    assert await world.app.subscriptions.get(world.home) == after
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_id) == ("payment.recovered", str(after.id))
    assert len(await world.events()) == 1


@pytest.mark.asyncio
async def test_failures_are_counted_anew_after_a_payment(world: World) -> None:
    """Only failures in a row count: after a payment it takes three more."""
    await subscribed(world)
    for number in range(2):
        await failed(world, f"evt_{number}")
    await paid(world, "evt_2")
    statuses = [(await failed(world, f"evt_{number}")).status for number in range(3, 6)]
    assert statuses == [SubscriptionStatus.ACTIVE, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE]


@pytest.mark.asyncio
async def test_payment_as_it_should_be(world: World) -> None:
    """A payment that follows no failure changes and logs nothing, and is remembered."""
    begun = await subscribed(world)
    assert await paid(world, "evt_1") == begun
    assert await world.rows(Subscription) == (begun,)
    assert await world.actions() == ["subscription.started"]
    (command,) = await world.rows(ProcessedCommand)
    assert (command.kind, command.key) == ("payment.succeeded", "evt_1")


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-005")
async def test_replayed_failure(world: World) -> None:
    """A failure that is told again changes and logs nothing, and returns the subscription as it is now."""
    await subscribed(world)
    await failed(world, "evt_1")
    now = await failed(world, "evt_2")
    before = await world.everything(GAPLESS)
    world.clock.turn(timedelta(days=1))
    for event_id in ("evt_1", "evt_2", "evt_1"):
        assert await failed(world, event_id) == now
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-010")
async def test_replayed_payment(world: World) -> None:
    """A payment that is told again does not clear the failures that came after it."""
    await subscribed(world)
    await paid(world, "evt_1")
    now = await failed(world, "evt_2")
    before = await world.everything(GAPLESS)
    assert await paid(world, "evt_1") == now
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
async def test_failure_and_payment_of_one_id(world: World) -> None:
    """A failure and a payment that carry the same id are two events."""
    await subscribed(world)
    assert (await failed(world, "evt_1")).retry_count == 1
    assert (await paid(world, "evt_1")).retry_count == 0


@pytest.mark.asyncio
async def test_one_failure_told_many_times_at_once(world: World) -> None:
    """One event that is delivered several times at the same moment counts once; different ones count each."""
    await subscribed(world)
    await asyncio.gather(*(failed(world, "evt_1") for _ in range(4)))
    assert (await world.app.subscriptions.get(world.home)).retry_count == 1
    await asyncio.gather(*(failed(world, f"evt_{number}") for number in range(2, 5)))
    assert (await world.app.subscriptions.get(world.home)).retry_count == 4
    assert len(await world.events("payment.failed")) == 4


@pytest.mark.asyncio
async def test_same_event_of_two_organizations(world: World) -> None:
    """What one organization has handled says nothing about another."""
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    for each in (world, other):
        await subscribed(each)
        assert (await failed(each, "evt_1")).retry_count == 1


@pytest.mark.asyncio
async def test_how_long_events_are_remembered(world: World) -> None:
    """What was done for an event is remembered with its result for 400 days."""
    await subscribed(world)
    await failed(world, "evt_1")
    (command,) = await world.rows(ProcessedCommand)
    assert (command.kind, command.key, command.created_at) == ("payment.failed", "evt_1", world.clock.now())
    assert command.result == JsonObject({"retry_count": 1, "status": "ACTIVE"})
    assert command.expires_at == world.clock.now() + timedelta(days=400)


@pytest.mark.asyncio
async def test_wrong_events(world: World) -> None:
    """An event whose id is empty, too long or no text is refused, and counts for nothing."""
    await subscribed(world)
    before = await world.everything(GAPLESS)
    for tell in (failed, paid):
        for event_id in ("", "x" * 201):
            await refused(partial(tell, world, event_id), "handled_commands_key_length")
        for wrong in (None, 5, b"x", "a\0b", "\ud800"):
            with pytest.raises(QueryRefused):
                await tell(world, wrong)  # type: ignore[arg-type]  # the mistake itself
    assert await world.everything(GAPLESS) == before


@attrs.define
class Model:
    """What a subscription is expected to be after any payments, in a few words."""

    status: SubscriptionStatus
    failures: int = 0
    handled: set[tuple[str, str]] = attrs.field(factory=set)
    actions: list[str] = attrs.field(factory=list)

    def take(self, kind: str, event_id: str) -> None:
        """Takes note of one event."""
        if (kind, event_id) in self.handled:
            return
        self.handled.add((kind, event_id))
        if kind == "failed":
            self.failures += 1
            self.actions.append("payment.failed")
            if self.failures >= 3 and self.status in RUNNING:
                self.status = SubscriptionStatus.PAST_DUE
        elif self.failures or self.status is SubscriptionStatus.PAST_DUE:
            self.failures = 0
            self.actions.append("payment.recovered")
            if self.status is SubscriptionStatus.PAST_DUE:
                self.status = SubscriptionStatus.ACTIVE


KINDS = st.sampled_from(["failed", "failed", "succeeded"])


@bounded(40)
@given(
    status=st.sampled_from(SubscriptionStatus),
    events=st.lists(st.tuples(KINDS, st.sampled_from("abcdefgh")), max_size=14),
)
def test_any_payments(store: Store, portal: Portal, status: SubscriptionStatus, events: list[tuple[str, str]]) -> None:
    """After any events, replayed ones among them, a subscription is what a small model says, and so is its trail."""

    async def story() -> None:
        world = await world_on(store, f"acme-{uuid4().hex}")
        await subscribed(world, status)
        model = Model(status)
        for kind, event_id in events:
            model.take(kind, event_id)
            after = await (failed if kind == "failed" else paid)(world, event_id)
            assert (after.status, after.retry_count) == (model.status, model.failures)
            assert (after.payment_failed_at is None) is (model.failures == 0)
            assert after == await world.app.subscriptions.get(world.home)
        assert [action for action in await world.actions() if action.startswith("payment.")] == model.actions
        assert len(await world.events("payment.failed")) == model.actions.count("payment.failed")
        assert len(await world.rows(ProcessedCommand)) == len(model.handled)

    portal(story())
