"""What a write and a look at the audit trail cost on PostgreSQL while the trail of an organization grows."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import RECORDS
from benchmarks.scenes.served import served
from benchmarks.scenes.use_cases import trail_cases

NAME = "growth_trail"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def measured(context: Context) -> list[Growth]:
    """Measures a change, and a page of each listing of the trail."""
    async with served(context) as service:
        company = service.company

        async def cases(_: int) -> Cases:
            return trail_cases(company)

        growing = Growing(
            section=NAME,
            name="audit records of an organization on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(RECORDS, size, company.id, company.owner.id),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]
