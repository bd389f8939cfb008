"""What use cases cost in memory while rows grow in number, and what the deletion of an organization with them costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from benchmarks.context import Context
from benchmarks.growing import TRIES, Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.companies import (
    RoomyCompany,
    add_calls,
    add_events,
    add_members,
    add_organizations,
    add_records,
    company_in_memory,
)
from benchmarks.scenes.use_cases import (
    call_cases,
    deletion_cases,
    idle_cleanup,
    member_cases,
    organization_cases,
    outbox_cases,
    trail_cases,
)

NAME = "growth_memory"
SIZES = (100, 1_000, 10_000, 100_000)
DELETIONS = 6


@attrs.frozen(kw_only=True)
class Subject:
    """What grows in a store of its own, and what is done meanwhile.

    Attributes:
        name: what grows.
        add: adds so many rows, from a place on.
        cases: the use cases among so many.
        tries: how often each is tried.
    """

    name: str
    add: Callable[[RoomyCompany, int, int], Awaitable[object]]
    cases: Callable[[RoomyCompany, int], Awaitable[Cases]]
    tries: int = TRIES


async def measured(context: Context) -> list[Growth]:
    """Measures each subject."""
    return [await _growth(context, subject) for subject in SUBJECTS]


async def _growth(context: Context, subject: Subject) -> Growth:
    company, stored = await company_in_memory(), [0]

    async def grow(size: int) -> None:
        await subject.add(company, size - stored[-1], stored[-1])
        stored.append(size)

    growing = Growing(
        section=NAME,
        name=subject.name,
        sizes=sizes_of(context, SIZES),
        grow=grow,
        cases=lambda size: subject.cases(company, size),
        with_server=False,
        tries=subject.tries,
    )
    return await grown(context, growing)


async def _add_calls_and_members(company: RoomyCompany, number: int, first: int) -> None:
    await add_calls(company, number, first)
    await add_members(company, number, first)


async def _of_calls_and_members(company: RoomyCompany, size: int) -> Cases:
    of_calls, of_members = await call_cases(company, size), await member_cases(company, size)
    return {**of_calls, **of_members, "clean up with nothing to do": idle_cleanup(company.app)}


async def _of_deletions(company: RoomyCompany, _: int) -> Cases:
    return deletion_cases(company)


async def _of_organizations(company: RoomyCompany, _: int) -> Cases:
    return organization_cases(company, await call_cases(company, 0))


async def _of_trail(company: RoomyCompany, _: int) -> Cases:
    return trail_cases(company)


async def _of_outbox(company: RoomyCompany, _: int) -> Cases:
    return outbox_cases(company)


SUBJECTS = (
    Subject(
        name="calls and members of an organization in memory", add=_add_calls_and_members, cases=_of_calls_and_members
    ),
    Subject(
        name="members of an organization in memory that is deleted and restored",
        add=add_members,
        cases=_of_deletions,
        tries=DELETIONS,
    ),
    Subject(name="organizations in memory", add=add_organizations, cases=_of_organizations),
    Subject(name="audit records of an organization in memory", add=add_records, cases=_of_trail),
    Subject(name="events that wait in memory", add=add_events, cases=_of_outbox),
)
