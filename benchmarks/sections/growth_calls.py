"""What the use cases of calls cost on PostgreSQL while the calls of an organization grow."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import CALLS, values_of_calls
from benchmarks.scenes.served import served
from benchmarks.scenes.use_cases import call_cases

NAME = "growth_calls"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def measured(context: Context) -> list[Growth]:
    """Measures the use cases."""
    async with served(context) as service:

        async def cases(size: int) -> Cases:
            return await call_cases(service.company, size)

        growing = Growing(
            section=NAME,
            name="calls of an organization on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(CALLS, size, *values_of_calls(service.company)),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]
