"""What use cases cost on PostgreSQL while the organizations grow in number, each with an owner."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import ORGANIZATIONS
from benchmarks.scenes.served import served
from benchmarks.scenes.use_cases import call_cases, organization_cases

NAME = "growth_organizations"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def measured(context: Context) -> list[Growth]:
    """Measures the use cases of one organization among many, and those that are about all of them."""
    async with served(context) as service:

        async def cases(_: int) -> Cases:
            return organization_cases(service.company, await call_cases(service.company, 0))

        growing = Growing(
            section=NAME,
            name="organizations on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(ORGANIZATIONS, size),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]
