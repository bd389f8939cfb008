"""The delivery of events from the outbox."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import cast
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.system import UuidV7Factory
from gapless.application.outbox import OutboxRelay
from gapless.kit.errors import ConcurrencyConflict, DatabaseUnreachable, GaplessError, QueryRefused
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Clock, Store
from tests.properties import bounded
from tests.unit.services.worlds import TurnedClock, World, cancelled_everywhere, opened_world, stepped

LEASE = timedelta(seconds=60)
HOUR = timedelta(hours=1)


class Inbox:
    """A handler that notes what it was given, and fails when told to."""

    def __init__(self, failing: Iterable[UUID] = ()) -> None:
        self.failing = set(failing)
        self.received: list[UUID] = []
        self.at_once: Counter[UUID] = Counter()
        self.met: set[UUID] = set()

    async def __call__(self, event: OutboxEvent) -> None:
        """Receives one event, and notices if the same one is being delivered by somebody else."""
        self.at_once[event.id] += 1
        if self.at_once[event.id] > 1:
            self.met.add(event.id)
        for _ in range(20):  # longer than another relay needs to claim
            await asyncio.sleep(0)
        self.at_once[event.id] -= 1
        if event.id in self.failing:
            raise RuntimeError("the handler can't")
        self.received.append(event.id)


def relay(
    world: World,
    handler: Callable[[OutboxEvent], Awaitable[None]],
    store: Store | None = None,
    clock: Clock | None = None,
) -> OutboxRelay:
    """A relay of the world's outbox."""
    return OutboxRelay(
        store=store or world.store, clock=clock or world.clock, ids=UuidV7Factory(), handler=handler, lease=LEASE
    )


async def until(condition: Callable[[], bool]) -> None:
    """Waits until a condition holds, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # whatever condition a test has
            await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_delivers_the_longest_due_first(world: World) -> None:
    """Events of all organizations are delivered, the longest due first, as many as asked for, and are gone then."""
    ids, inbox = await world.put_events(5), Inbox()
    other = await world.app.organizations.create("Globex", "globex", "eve@globex.com", "Eve", actor=world.actor)
    elsewhere = attrs.evolve(world, organization=other.organization)
    world.clock.turn(timedelta(seconds=1))
    ids += await elsewhere.put_events(1)
    assert [await relay(world, inbox).deliver_due(4), await relay(world, inbox).deliver_due(4)] == [4, 2]
    assert inbox.received == ids
    assert await world.outbox() == await elsewhere.outbox() == {}
    assert await relay(world, inbox).deliver_due() == 0


@pytest.mark.asyncio
async def test_what_is_not_due_stays(world: World) -> None:
    """An event is not delivered before it is due."""
    inbox = Inbox()
    world.clock.turn(HOUR)
    ids = await world.put_events(1)
    world.clock.turn(-HOUR)
    assert await relay(world, inbox).deliver_due() == 0
    world.clock.turn(HOUR)
    assert await relay(world, inbox).deliver_due() == 1
    assert inbox.received == ids


@pytest.mark.asyncio
async def test_a_use_case_is_delivered(world: World) -> None:
    """What a use case says has to happen outside reaches the handler as it was said."""
    events: list[OutboxEvent] = []

    async def handler(event: OutboxEvent) -> None:
        events.append(event)

    await world.app.organizations.delete(world.home, actor=world.actor)
    assert await relay(world, handler).deliver_due() == 1
    assert [(event.kind, event.payload.to_dict()) for event in events] == [
        ("organization.deleted", {"organization_id": str(world.home)})
    ]


@pytest.mark.asyncio
async def test_crash_anywhere_loses_nothing() -> None:
    """A relay that ends at any await leaves every event to the next one, once its lease is over."""
    worlds: list[World] = []
    inbox, ids = Inbox(), list[UUID]()
    async with opened_world() as world:
        worlds.append(world)

        async def deliver(store: Store) -> object:
            inbox.received.clear()
            ids[:] = await world.put_events(3)
            return await relay(world, inbox, store).deliver_due()

        async def check(_: int) -> None:
            await relay(world, inbox).deliver_due()  # what was claimed is left alone
            assert len(inbox.received) == len(set(inbox.received))
            world.clock.turn(LEASE)
            await relay(world, inbox).deliver_due()
            assert set(inbox.received) == set(ids)
            assert await world.outbox() == {}

        assert await cancelled_everywhere(deliver, lambda: world.store, check) > 20


@pytest.mark.asyncio
async def test_crash_in_the_handler(world: World) -> None:
    """An event whose handler was interrupted comes again when the lease is over, and not before."""
    (event_id,) = await world.put_events(1)
    begun, inbox = asyncio.Event(), Inbox()

    async def hangs(_: OutboxEvent) -> None:
        begun.set()
        await asyncio.Event().wait()

    crashing = asyncio.ensure_future(relay(world, hangs).deliver_due())
    await begun.wait()
    crashing.cancel()
    await asyncio.wait((crashing,))
    assert crashing.cancelled()
    assert await relay(world, inbox).deliver_due() == 0
    world.clock.turn(LEASE)
    assert await relay(world, inbox).deliver_due() == 1
    assert inbox.received == [event_id]


@pytest.mark.asyncio
@bounded(20)
@given(failing=st.sets(st.integers(0, 4)))
async def test_failures_do_not_stop_the_others(failing: set[int]) -> None:
    """Whichever handlers fail, all other events are delivered, and exactly the failed ones wait for another attempt."""
    async with opened_world() as world:
        ids = await world.put_events(5)
        failed = {ids[place] for place in failing}
        inbox = Inbox(failed)
        assert await relay(world, inbox).deliver_due() == 5 - len(failed)
        assert inbox.received == [event_id for event_id in ids if event_id not in failed]
        left = await world.outbox()
        assert {event_id: (event.attempts, event.claim) for event_id, event in left.items()} == dict.fromkeys(
            failed, (1, None)
        )
        assert await relay(world, inbox).deliver_due() == 0


@pytest.mark.asyncio
async def test_backing_off(world: World) -> None:
    """Each failure doubles the delay, up to an hour; when the handler can again, the event is delivered."""
    (event_id,) = await world.put_events(1)
    inbox = Inbox([event_id])
    delays = []
    for _ in range(15):
        await relay(world, inbox).deliver_due()
        delays.append((await world.outbox())[event_id].due_at - world.clock.now())
        world.clock.turn(delays[-1])
    assert delays == [min(timedelta(seconds=2**place), HOUR) for place in range(15)]
    inbox.failing.clear()
    assert await relay(world, inbox).deliver_due() == 1


@pytest.mark.asyncio
async def test_backing_off_never_overflows(world: World) -> None:
    """An event that has failed for years still comes again within the hour."""
    (event_id,) = await world.put_events(1)
    async with world.store.unit(world.home) as unit:
        await unit.outbox.save(attrs.evolve((await world.outbox())[event_id], attempts=10**9))
        await unit.commit()
    await relay(world, Inbox([event_id])).deliver_due()
    assert (await world.outbox())[event_id].due_at == world.clock.now() + HOUR


@pytest.mark.asyncio
async def test_failure_is_logged_without_the_payload(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log names the event, its kind, the attempt and the error, and nothing of the payload."""
    (event_id,) = await world.put_events(1)
    with caplog.at_level(logging.WARNING, "gapless.outbox"):
        await relay(world, Inbox([event_id])).deliver_due()
    assert str(event_id) in caplog.text
    assert "the handler can't" in caplog.text
    assert "hush" not in caplog.text


@pytest.mark.asyncio
async def test_a_handler_that_hangs_is_ended(world: World) -> None:
    """A handler may take as long as the lease; then its delivery has failed, and the rest of the batch comes later."""
    ids = await world.put_events(2)

    async def hangs(_: OutboxEvent) -> None:
        await asyncio.Event().wait()

    impatient = attrs.evolve(relay(world, hangs), lease=timedelta(milliseconds=5))
    assert await impatient.deliver_due() == 0
    assert [(await world.outbox())[event_id].attempts for event_id in ids] == [1, 0]


@pytest.mark.asyncio
async def test_a_cancellation_inside_the_handler_is_a_failure(world: World) -> None:
    """A handler in which something was cancelled has failed; the relay lives on."""
    ids = await world.put_events(2)

    async def cancelled(_: OutboxEvent) -> None:
        raise asyncio.CancelledError

    assert await relay(world, cancelled).deliver_due() == 0
    assert [(await world.outbox())[event_id].attempts for event_id in ids] == [1, 1]


async def met_by_two(world: World, clocks: Iterable[Clock]) -> tuple[Inbox, list[UUID]]:
    """Lets one relay for each clock deliver the same events at once."""
    ids, inbox = await world.put_events(6), Inbox()

    async def step() -> None:
        await asyncio.sleep(0)

    async def deliver(clock: Clock) -> None:
        relaying = relay(world, inbox, stepped(world.store, step), clock)
        for _ in range(20):
            try:
                await relaying.deliver_due(2)
            except ConcurrencyConflict:
                await asyncio.sleep(0)

    await asyncio.gather(*map(deliver, clocks))
    return inbox, ids


@pytest.mark.asyncio
async def test_two_relays_never_deliver_one_event_at_once(world: World) -> None:
    """However many relays there are, each event is delivered, and by one relay only."""
    inbox, ids = await met_by_two(world, [world.clock] * 4)
    assert sorted(inbox.received) == sorted(ids)
    assert inbox.met == set()


@pytest.mark.asyncio
async def test_two_deliveries_at_once_are_noticed(world: World) -> None:
    """A relay whose clock is ahead by more than the lease takes events out of the other's hands, and is caught."""
    ahead = TurnedClock()
    ahead.turn(2 * LEASE)
    inbox, _ = await met_by_two(world, [world.clock, ahead])
    assert inbox.met


@pytest.mark.asyncio
async def test_a_relay_that_was_faster_keeps_its_claim(world: World) -> None:
    """What another relay claims between looking and claiming is left to it."""
    (event_id,), slow, taken = await world.put_events(1), Inbox(), 0
    begun, never = asyncio.Event(), asyncio.Event()
    others: list[asyncio.Future[int]] = []

    async def hangs(_: OutboxEvent) -> None:
        begun.set()
        await never.wait()

    async def step() -> None:
        nonlocal taken
        taken += 1
        if taken == 4:  # the unit is open, and has found what is due
            others.append(asyncio.ensure_future(relay(world, hangs).deliver_due()))
            await begun.wait()

    assert await relay(world, slow, stepped(world.store, step)).deliver_due() == 0
    assert slow.received == []
    others[0].cancel()
    await asyncio.wait(others)
    assert event_id in await world.outbox()


@pytest.mark.asyncio
@pytest.mark.parametrize("fails", [False, True])
async def test_a_lost_claim_is_left_to_its_new_owner(world: World, fails: bool) -> None:
    """A relay that comes back after its lease, with or without success, does not touch what another has claimed."""
    (event_id,), begun, never = await world.put_events(1), asyncio.Event(), asyncio.Event()
    others: list[asyncio.Future[int]] = []

    async def hangs(_: OutboxEvent) -> None:
        begun.set()
        await never.wait()

    async def late(_: OutboxEvent) -> None:
        world.clock.turn(LEASE)
        others.append(asyncio.ensure_future(relay(world, hangs).deliver_due()))
        await begun.wait()
        if fails:
            raise RuntimeError

    await relay(world, late).deliver_due()
    left = (await world.outbox())[event_id]
    assert (left.attempts, left.due_at) == (0, world.clock.now() + LEASE)
    others[0].cancel()
    await asyncio.wait(others)


@pytest.mark.asyncio
async def test_limit(world: World) -> None:
    """How many events are claimed is a whole number from 1 on."""
    for limit in (0, -1, True, "5"):
        with pytest.raises(QueryRefused):
            await relay(world, Inbox()).deliver_due(cast("int", limit))


class Failing:
    """A step that raises each of some errors once, and lets everything pass then."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors

    async def __call__(self) -> None:
        """Raises the next error, if there is one left."""
        if self.errors:
            raise self.errors.pop()


@pytest.mark.asyncio
async def test_run_survives_errors_of_the_store(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The loop goes on after the store could not be reached, was in conflict or broke, and says so in the log."""
    ids, inbox = await world.put_events(2), Inbox()
    failing = Failing([OSError("broken"), ConcurrencyConflict(), DatabaseUnreachable("gone")])
    running = attrs.evolve(relay(world, inbox, stepped(world.store, failing)), pause=timedelta(0))
    task = asyncio.ensure_future(running.run())
    await until(lambda: inbox.received == ids)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "ERROR"]


@pytest.mark.asyncio
async def test_run_can_be_woken(world: World) -> None:
    """A loop that pauses for an hour looks at once when it is woken."""
    inbox, looked = Inbox(), 0

    async def step() -> None:
        nonlocal looked
        looked += 1

    running = attrs.evolve(relay(world, inbox, stepped(world.store, step)), pause=HOUR)
    task = asyncio.ensure_future(running.run())
    await until(lambda: looked > 0)
    ids = await world.put_events(1)
    running.wake()
    await until(lambda: inbox.received == ids)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


@pytest.mark.asyncio
async def test_run_ends_although_a_handler_swallows_it(world: World) -> None:
    """A handler that swallows the cancellation can't keep the loop alive."""
    await world.put_events(1)
    begun = asyncio.Event()

    async def swallows(_: OutboxEvent) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    task = asyncio.ensure_future(relay(world, swallows).run())
    await begun.wait()
    task.cancel()
    done, _ = await asyncio.wait((task,), timeout=5)
    assert done


@pytest.mark.asyncio
async def test_a_conflict_after_the_delivery_is_tried_again(world: World) -> None:
    """That somebody else was in the way when a delivered event was to be removed does not deliver it twice."""
    (event_id,), inbox = await world.put_events(1), Inbox()
    steps: list[GaplessError] = []

    async def step() -> None:
        if inbox.received and not steps:
            steps.append(ConcurrencyConflict())
            raise steps[0]

    assert await relay(world, inbox, stepped(world.store, step)).deliver_due() == 1
    assert inbox.received == [event_id]
    assert await world.outbox() == {}
