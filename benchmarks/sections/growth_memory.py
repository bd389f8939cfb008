"""What use cases cost in memory while calls and members grow, and what the deletion of such an organization costs."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.companies import RoomyCompany, add_calls, add_members, company_in_memory
from benchmarks.scenes.use_cases import call_cases, deletion_cases, idle_cleanup, member_cases

NAME = "growth_memory"
SIZES = (100, 1_000, 10_000, 100_000)
DELETIONS = 6


async def measured(context: Context) -> list[Growth]:
    """Measures the use cases, each time in one organization."""
    return [await _use_cases(context), await _deletions(context)]


async def _use_cases(context: Context) -> Growth:
    company, stored = await company_in_memory(), [0]

    async def grow(size: int) -> None:
        await add_calls(company, size - stored[-1], first=stored[-1])
        await _add_members(company, size - stored[-1], stored)

    async def cases(size: int) -> Cases:
        of_calls, of_members = await call_cases(company, size), await member_cases(company, size)
        return {**of_calls, **of_members, "clean up with nothing to do": idle_cleanup(company.app)}

    growing = Growing(
        section=NAME,
        name="calls and members of an organization in memory",
        sizes=sizes_of(context, SIZES),
        grow=grow,
        cases=cases,
        with_server=False,
    )
    return await grown(context, growing)


async def _deletions(context: Context) -> Growth:
    company, stored = await company_in_memory(), [0]

    async def cases(_: int) -> Cases:
        return deletion_cases(company)

    growing = Growing(
        section=NAME,
        name="members of an organization in memory that is deleted and restored",
        sizes=sizes_of(context, SIZES),
        grow=lambda size: _add_members(company, size - stored[-1], stored),
        cases=cases,
        with_server=False,
        tries=DELETIONS,
    )
    return await grown(context, growing)


async def _add_members(company: RoomyCompany, number: int, stored: list[int]) -> None:
    await add_members(company, number, first=stored[-1])
    stored.append(stored[-1] + number)
