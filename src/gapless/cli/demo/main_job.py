"""The main job: every organization's story on both stores, compared as soon as it has been told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import attrs

from gapless.cli.demo.comparing import Difference, outcome_differences, row_differences
from gapless.cli.demo.data import Company
from gapless.cli.demo.playing import Player
from gapless.cli.demo.story import tell
from gapless.domain.catalogue import GAPLESS
from gapless.domain.ports import Store

AT_ONCE = 4  # organizations; with the one for plain SQL as many connections as the pool keeps


@attrs.frozen(kw_only=True)
class MainJob:
    """What came of the main job.

    Attributes:
        organizations: how many were played.
        use_cases: how many use cases were played on each store.
        refused: how many of them were refused.
        differences: where the stores disagree.
    """

    organizations: int = 0
    use_cases: int = 0
    refused: int = 0
    differences: tuple[Difference, ...] = ()

    def __add__(self, other: MainJob) -> MainJob:
        return MainJob(
            organizations=self.organizations + other.organizations,
            use_cases=self.use_cases + other.use_cases,
            refused=self.refused + other.refused,
            differences=self.differences + other.differences,
        )


async def main_job(
    companies: Sequence[Company], memory: Store, postgres: Store, advance: Callable[[], None]
) -> MainJob:
    """Plays all companies, several at once: those of different organizations don't wait for each other.

    Args:
        companies: the input.
        memory: the one store.
        postgres: the other.
        advance: is called after each organization.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, company: Company) -> MainJob:
        async with gate:
            played = await _played(number, company, memory, postgres)
        advance()
        return played

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(number, company)) for number, company in enumerate(companies, 1)]
    return sum((task.result() for task in running), MainJob())


async def _played(number: int, company: Company, memory: Store, postgres: Store) -> MainJob:
    here, there = Player(memory, number), Player(postgres, number)
    ours, theirs = await tell(here, company, number), await tell(there, company, number)
    differences = outcome_differences(company.slug, here.outcomes, there.outcomes)
    if ours is not None and ours == theirs:
        differences += await row_differences(company.slug, GAPLESS, ours, memory, postgres)
    return MainJob(
        organizations=1,
        use_cases=len(here.outcomes),
        refused=sum(outcome.error is not None for outcome in here.outcomes),
        differences=tuple(differences),
    )
