"""The delivery of events from the outbox."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.application import outbox
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from tests.properties import bounded
from tests.unit.services.relays import HOUR, LEASE, Inbox, relay
from tests.unit.services.worlds import World, cancelled_everywhere, opened_world


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
async def test_what_is_set_aside_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event that no claim can change is told once, as long as the relay can remember so many."""
    monkeypatch.setattr(outbox, "MOST_TOLD", 3)
    await world.put_events(3)
    monkeypatch.setattr(outbox, "GREATEST_NUMBER", 1)
    relaying = relay(world, Inbox())
    for number in (3, 3):
        assert await relaying.deliver_due() == 0
        assert len([record for record in caplog.records if record.levelname == "ERROR"]) == number
    await world.put_events(2)
    for number in (5, 10, 15):
        await relaying.deliver_due()
        assert len([record for record in caplog.records if record.levelname == "ERROR"]) == number


@pytest.mark.asyncio
async def test_a_handler_that_hangs_is_ended(world: World) -> None:
    """A handler may take as long as the lease; then its delivery has failed, and the rest of the batch comes later."""
    ids = await world.put_events(2)
    called = asyncio.Event()

    async def hangs(_: OutboxEvent) -> None:
        called.set()
        await asyncio.Event().wait()

    lease = timedelta(milliseconds=2)
    while not called.is_set():  # a machine under load may need a short lease for the claim alone
        lease *= 2
        world.clock.turn(lease)
        assert await attrs.evolve(relay(world, hangs), lease=lease).deliver_due() == 0
    # Which of the two was handled is open: a claim whose lease was over has put one behind the other.
    assert sorted([(await world.outbox())[event_id].attempts for event_id in ids]) == [0, 1]


@pytest.mark.asyncio
async def test_a_cancellation_inside_the_handler_is_a_failure(world: World) -> None:
    """A handler in which something was cancelled has failed; the relay lives on."""
    ids = await world.put_events(2)

    async def cancelled(_: OutboxEvent) -> None:
        raise asyncio.CancelledError

    assert await relay(world, cancelled).deliver_due() == 0
    assert [(await world.outbox())[event_id].attempts for event_id in ids] == [1, 1]
