"""Several relays of one outbox, and a relay that runs by itself."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.kit.errors import ConcurrencyConflict, DatabaseUnreachable, GaplessError, QueryRefused
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Clock
from tests.unit.services.relays import HOUR, LEASE, Inbox, relay, until
from tests.unit.services.worlds import TurnedClock, World, stepped


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
