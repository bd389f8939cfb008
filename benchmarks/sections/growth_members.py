"""What the use cases of members cost on PostgreSQL while a team grows, and the deletion of an organization with it."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import MEMBERS
from benchmarks.scenes.served import served
from benchmarks.scenes.use_cases import deletion_cases, member_cases

NAME = "growth_members"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
DELETED = SIZES[:-1]
"""A deletion is one unit of work with all members, which has 10 seconds."""
DELETIONS = 6


async def measured(context: Context) -> list[Growth]:
    """Measures the use cases, and then deletions and restorings."""
    return [await _use_cases(context), await _deletions(context)]


async def _use_cases(context: Context) -> Growth:
    async with served(context) as service:

        async def cases(size: int) -> Cases:
            return await member_cases(service.company, size)

        growing = Growing(
            section=NAME,
            name="members of an organization on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(MEMBERS, size, service.company.id),
            cases=cases,
            with_server=True,
        )
        return await grown(context, growing)


async def _deletions(context: Context) -> Growth:
    async with served(context) as service:

        async def cases(_: int) -> Cases:
            return deletion_cases(service.company)

        growing = Growing(
            section=NAME,
            name="members of an organization on PostgreSQL that is deleted and restored",
            sizes=sizes_of(context, DELETED),
            grow=lambda size: service.grow(MEMBERS, size, service.company.id),
            cases=cases,
            with_server=True,
            tries=DELETIONS,
        )
        return await grown(context, growing)
