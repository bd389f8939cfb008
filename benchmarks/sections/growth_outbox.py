"""What a write and a round of the relay cost on PostgreSQL while the events that wait grow in number."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Case, Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import EVENTS
from benchmarks.scenes.served import Served, served
from benchmarks.scenes.use_cases import role_change
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.outbox import OutboxRelay
from gapless.kit.outbox import OutboxEvent

NAME = "growth_outbox"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
AT_ONCE = 10
"""How many events the relay delivers in a round."""


async def measured(context: Context) -> list[Growth]:
    """Measures a change that adds an event, and the delivery of some that are due."""
    async with served(context) as service:

        async def cases(_: int) -> Cases:
            return _cases(service)

        growing = Growing(
            section=NAME,
            name="events that wait on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(EVENTS, size, service.company.id),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]


def _cases(service: Served) -> Cases:
    async def deliver(_: OutboxEvent) -> None:
        """Takes no time, because the store is what is measured."""

    relay = OutboxRelay(store=service.app.jobs, clock=SystemClock(), ids=UuidV7Factory(), handler=deliver)
    return {
        "change a role": Case(step=role_change(service.company)),
        f"deliver {AT_ONCE} events": Case(step=lambda _: relay.deliver_due(AT_ONCE)),
    }
