"""Searches in memory among many rows: one user by e-mail beside a `get` by id, and a page of calls beside few calls."""

from __future__ import annotations

from benchmarks.comparing import compared_in_process
from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context
from benchmarks.measurement import Side, SidesDiffer, Step, round_medians
from benchmarks.scenes.companies import RoomyCompany, add_calls, add_members, address, company_in_memory, outcome
from benchmarks.scenes.freezing import frozen
from gapless.domain.users import User

NAME = "memory_lookup"
BY_EMAIL, BY_ID = "one by e-mail", "get by id"
MANY, FEW = "among many", "among few"
MEMBERS, CALLS = (100_000, 1_000_000), (100, 100_000)
PAGE = 50
ROUNDS, STEPS = 40, 100
STRIDE = 97
"""How far apart the members are that are looked for, one after the other."""


async def measured(context: Context) -> list[Comparison]:
    """Measures the searches of members among many and very many, and then the pages of calls."""
    members = [await _members(context, context.size(size, size // 2_000)) for size in MEMBERS]
    few, many = (context.size(size, size // 20) for size in CALLS)
    return [*members, await _pages(context, few, many)]


async def _members(context: Context, size: int) -> Comparison:
    company = await company_in_memory()
    ids = await add_members(company, size)

    async def by_email(place: int) -> User:
        wanted = address(place * STRIDE % size)
        async with company.app.store.reading(company.id) as reading:
            (found,) = await reading.of(User).find(lambda user: user.email == wanted)
        return found

    async def by_id(place: int) -> User:
        async with company.app.store.reading(company.id) as reading:
            return await reading.of(User).get(ids[place * STRIDE % size])

    for place in range(2):
        if await by_email(place) != await by_id(place):
            raise SidesDiffer("one of many members: the two sides have found different users.")
    with frozen():
        effort = context.effort(rounds=ROUNDS, steps=STEPS)
        found = await round_medians({BY_EMAIL: Side(step=by_email), BY_ID: Side(step=by_id)}, effort)
    goal = Goal(ours=BY_EMAIL, other=BY_ID, greatest=5, reason="a unique rule is an index, whatever is stored")
    return compared_in_process(context, NAME, f"M3: one of {size:,} members, in a reading of its own", found, goal)


async def _pages(context: Context, few: int, many: int) -> Comparison:
    companies = {MANY: await _with_calls(many), FEW: await _with_calls(few)}
    sides: dict[str, Side] = {}
    for name, company in companies.items():
        await require_newest(company)
        sides[name] = Side(step=_page_step(company))
    with frozen():
        found = await round_medians(sides, context.effort(rounds=ROUNDS, steps=STEPS))
    goal = Goal(ours=MANY, other=FEW, greatest=1.2, reason="a page costs the page")
    return compared_in_process(context, NAME, f"the newest {PAGE} of {many:,} calls, and of {few:,}", found, goal)


async def _with_calls(number: int) -> RoomyCompany:
    company = await company_in_memory()
    await add_calls(company, number)
    return company


def _page_step(company: RoomyCompany) -> Step:
    return lambda _: company.app.calls.list_calls(company.id, limit=PAGE)


async def require_newest(company: RoomyCompany) -> None:
    """Sees to it that the page has the newest calls, which are the same in each company.

    Raises:
        SidesDiffer: it has others.
    """
    page = await company.app.calls.list_calls(company.id, limit=PAGE)
    if [call.outcome for call in page.items] != [outcome(place) for place in range(len(page.items))]:
        raise SidesDiffer("a page of calls: it does not begin with the newest.")
