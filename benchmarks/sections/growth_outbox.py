"""What a write and a round of the relay cost on PostgreSQL while the events that wait grow in number."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import EVENTS
from benchmarks.scenes.served import served
from benchmarks.scenes.use_cases import outbox_cases

NAME = "growth_outbox"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def measured(context: Context) -> list[Growth]:
    """Measures a change that adds an event, and the delivery of some that are due."""
    async with served(context) as service:

        async def cases(_: int) -> Cases:
            return outbox_cases(service.company)

        growing = Growing(
            section=NAME,
            name="events that wait on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(EVENTS, size, service.company.id),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]
