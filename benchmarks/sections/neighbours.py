"""What organizations feel of one that many want at once.

Ten organizations have a loop of role changes each, on a pool of 15 connections; then the same beside 200 tasks that
change roles in one other organization, in turns. What counts is the time between two changes of the ten, which is what
their rate says, and the 95th percentile of how long one takes.
"""

from __future__ import annotations

import asyncio
import statistics
from time import perf_counter

import attrs

import gapless
from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.ours import ACTOR
from benchmarks.context import Context
from gapless.bootstrap import Gapless
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.ids import UserId
from gapless.kit.limits import Limits

NAME = "neighbours"
POOL_SIZE = 15
NEIGHBOURS = 10
TASKS = 200
ROUNDS, SECONDS, QUICK_SECONDS = 6, 3.0, 0.2
ALONE, BESIDE = "alone", f"beside {TASKS} tasks"
GOAL = Goal(ours=BESIDE, other=ALONE, greatest=2.0, reason="what is promised: half of the rate, and twice the time")
MICROSECONDS = 1e6
# No task gives up: what is measured is who waits for whom.
PATIENT = Limits(lock=300, unit=600)


@attrs.frozen
class Team:
    """An organization with a member whose role changes."""

    id: OrganizationId
    member: UserId

    async def change(self, app: Gapless, number: int) -> None:
        """Changes the role, to and fro."""
        role = (Role.ADMIN, Role.OPERATOR)[number % 2]
        await app.members.change_role(self.id, self.member, role, actor=ACTOR)


@attrs.frozen
class Round:
    """What the ten have done in one round, in seconds.

    Attributes:
        pace: the time between two changes of all ten, on average.
        late: the 95th percentile of how long a change takes.
    """

    pace: float
    late: float


async def alone(app: Gapless, neighbours: list[Team], seconds: float) -> Round:
    """One round of the neighbours."""
    times: list[float] = []
    end = perf_counter() + seconds

    async def go_on(team: Team) -> None:
        number = 0
        while (begun := perf_counter()) < end:
            await team.change(app, number)
            times.append(perf_counter() - begun)
            number += 1

    await asyncio.gather(*map(go_on, neighbours))
    return Round(pace=seconds / len(times), late=statistics.quantiles(times, n=20)[-1])


async def beside(app: Gapless, hot: Team, neighbours: list[Team], seconds: float) -> Round:
    """The same while many tasks want one other organization."""

    async def want() -> None:
        number = 0
        while True:
            await hot.change(app, number)
            number += 1

    tasks = [asyncio.create_task(want()) for _ in range(TASKS)]
    try:
        await asyncio.sleep(0)
        return await alone(app, neighbours, seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def team(app: Gapless, number: int) -> Team:
    """Creates an organization with a member beside its owner."""
    created = await app.organizations.create("Acme", f"acme-{number}", "ann@acme.org", "Ann", actor=ACTOR)
    home = created.organization.id
    member = await app.members.invite(home, "ben@acme.org", "Ben", Role.OPERATOR, actor=ACTOR)
    return Team(home, member.id)


async def compared(app: Gapless, rounds: int, seconds: float) -> list[tuple[Round, Round]]:
    """Pairs of rounds, beside the many and alone; who goes first takes turns."""
    hot, *neighbours = [await team(app, number) for number in range(NEIGHBOURS + 1)]
    await alone(app, neighbours, seconds)  # which warms up and does not count
    pairs = []
    for number in range(rounds):
        if number % 2:
            crowded = await beside(app, hot, neighbours, seconds)
            pairs.append((crowded, await alone(app, neighbours, seconds)))
        else:
            quiet = await alone(app, neighbours, seconds)
            pairs.append((await beside(app, hot, neighbours, seconds), quiet))
    return pairs


async def measured(context: Context) -> list[Comparison]:
    """Compares the ten beside the many with the ten alone."""
    seconds = QUICK_SECONDS if context.is_quick else SECONDS
    async with context.database() as url, gapless.open(url, pool_size=POOL_SIZE, limits=PATIENT) as app:
        ground = context.ground(with_server=True)
        pairs = await compared(app, context.effort(rounds=ROUNDS, steps=1).rounds, seconds)
    changes = {
        f"the time of one change in {NEIGHBOURS} organizations": [(many.pace, one.pace) for many, one in pairs],
        "its 95th percentile": [(many.late, one.late) for many, one in pairs],
    }
    return [
        Comparison(
            section=NAME,
            name=name,
            ground=ground,
            wall_us={
                BESIDE: [MICROSECONDS * many for many, _ in times],
                ALONE: [MICROSECONDS * one for _, one in times],
            },
            goals=[GOAL],
        )
        for name, times in changes.items()
    ]
