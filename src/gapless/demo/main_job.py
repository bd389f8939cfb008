"""The main job: every organization's month on both stores, then the jobs over all of them. Everything is compared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import attrs

from gapless.demo.comparison import StoreDifference, outcome_differences, row_differences
from gapless.demo.data import Company
from gapless.demo.player import Player
from gapless.demo.story import tell
from gapless.demo.summary import ending
from gapless.demo.sums import Sums, created, summed_up
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.kit.ports import Store

AT_ONCE = 4  # organizations; with the one for plain SQL as many connections as the pool keeps
OF_ALL = 0  # the number of the story that belongs to no organization
ALL = "all organizations"


@attrs.frozen(kw_only=True)
class MainJob:
    """What came of the main job, or of a part of it.

    Attributes:
        sums: how much was done on each store.
        differences: where the stores disagree.
        created: the organizations that were created on either store, as they were then; some may be gone.
    """

    sums: Sums = attrs.field(factory=Sums)
    differences: tuple[StoreDifference, ...] = ()
    created: tuple[Organization, ...] = ()

    def __add__(self, other: MainJob) -> MainJob:
        return MainJob(
            sums=self.sums + other.sums,
            differences=self.differences + other.differences,
            created=self.created + other.created,
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
    for player in (here, there):
        await tell(player, company, number)
    played = _compared(company.slug, here, there)
    found = [
        difference
        for organization in played.created
        for difference in await row_differences(company.slug, GAPLESS, organization.id, memory, postgres)
    ]
    return attrs.evolve(played, differences=(*played.differences, *found))


async def ended(played: MainJob, memory: Store, postgres: Store, advance: Callable[[], None]) -> MainJob:
    """Plays the jobs over all organizations at the end, and compares what is left of each organization, also if purged.

    Args:
        played: what came of the main job so far.
        memory: the one store.
        postgres: the other.
        advance: is called after each organization whose rows are compared.

    Returns:
        What came of the whole main job.
    """
    here, there = Player(memory, OF_ALL), Player(postgres, OF_ALL)
    for player in (here, there):
        await ending(player)
    job = played + _compared(ALL, here, there)
    found: list[StoreDifference] = []
    for organization in job.created:
        name = f"{organization.slug} in the end"
        found += await row_differences(name, GAPLESS, organization.id, memory, postgres)
        advance()
    return attrs.evolve(job, differences=(*job.differences, *found))


def _compared(name: str, here: Player, there: Player) -> MainJob:
    """What came of a story that was played on both stores."""
    return MainJob(
        sums=summed_up(here.outcomes),
        differences=tuple(outcome_differences(name, here.outcomes, there.outcomes)),
        created=tuple((created(here.outcomes) | created(there.outcomes)).values()),
    )
