"""W7: ten thousand calls are read in pages of a hundred, each of which begins behind the one before."""

from __future__ import annotations

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.sections.rows import CALL, told
from benchmarks.stage import LATENCIES, Stage
from benchmarks.works import Task, Work, compared

NAME = "pages"
CALLS, PAGES, QUICK = 10_000, 100, 3
EFFORTS = dict(zip(LATENCIES, (Effort(rounds=20, steps=1), Effort(rounds=8, steps=1)), strict=True))
REASON = "by hand is at its best: a request a page, by the values of the row before it, and the same entities"


async def prepared(stage: Stage, entry: Entry, contender: Contender, _: Effort) -> Task:
    """Calls that are walked through from the newest to the oldest; those that were read last are compared."""
    home = await stage.home(entry.schema)
    pages = stage.context.size(PAGES, QUICK)
    await contender.add_calls(home.id, CALLS // PAGES * pages)
    await stage.tidy("calls")
    read: list[object] = []

    async def before() -> None:
        read.clear()

    async def step(_: int) -> None:
        page = await contender.page(home.id, CALLS // PAGES, None)
        read.extend(page.rows)
        while page.after is not None:
            page = await contender.page(home.id, CALLS // PAGES, page.after)
            read.extend(page.rows)

    async def outcome() -> dict[str, object]:
        return {"calls": [told(call, CALL) for call in read]}

    return Task(side=Side(step=step, before=before), outcome=outcome)


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders."""
    pages = context.size(PAGES, QUICK)
    work = Work(
        section=NAME,
        name=f"{pages} pages of {CALLS // PAGES} calls",
        prepare=prepared,
        efforts=EFFORTS,
        goals={0.0: [Goal(ours=GAPLESS, other=BY_HAND, greatest=1.15, requests=pages, reason=REASON)]},
    )
    return await compared(context, work)
