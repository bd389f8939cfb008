"""Relays of the outbox for tests, and a handler that notes what it was given."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from uuid import UUID

from gapless.adapters.system import UuidV7Factory
from gapless.application.outbox import OutboxRelay
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Clock, Store
from tests.unit.services.worlds import World

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
