"""What organizations feel of one that many want at once: `python -m benchmarks.neighbours`.

Ten organizations have a loop of role changes each, on a pool of 15 connections; then the same beside 200 tasks that
change roles in one other organization, in turns. Printed are the rate and the 95th percentile of the ten, as ratios of
paired rounds, with what is promised: half of the rate at least, and twice the time at most.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from time import perf_counter

import attrs
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from gapless.bootstrap import Gapless
from gapless.domain.users import Role
from gapless.embedded import EmbeddedServer
from gapless.kit.audit import Actor
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.limits import Limits
from gapless.postgres import migrate

ACTOR = Actor.system("benchmark")
POOL_SIZE = 15
NEIGHBOURS = 10
TASKS = 200
LEAST_RATE = 0.5
GREATEST_TIME = 2.0
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
    """What the ten have done in one round: how many changes a second, and the 95th percentile of their seconds."""

    rate: float
    late: float


async def measured(app: Gapless, neighbours: list[Team], seconds: float) -> Round:
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
    return Round(rate=len(times) / seconds, late=statistics.quantiles(times, n=20)[-1])


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
        return await measured(app, neighbours, seconds)
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


async def compared(url: str, rounds: int, seconds: float) -> list[tuple[Round, Round]]:
    """Pairs of rounds, alone and beside the many; who goes first takes turns."""
    engine = create_async_engine(url)
    await migrate(engine)
    await engine.dispose()
    async with gapless.open(url, pool_size=POOL_SIZE, limits=PATIENT) as app:
        hot, *neighbours = [await team(app, number) for number in range(NEIGHBOURS + 1)]
        await measured(app, neighbours, seconds)  # which warms up and does not count
        pairs = []
        for number in range(rounds):
            if number % 2:
                crowded = await beside(app, hot, neighbours, seconds)
                pairs.append((await measured(app, neighbours, seconds), crowded))
            else:
                alone = await measured(app, neighbours, seconds)
                pairs.append((alone, await beside(app, hot, neighbours, seconds)))
        return pairs


def main(arguments: list[str]) -> int:
    """Prints the figures; returns 1 if the promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a round takes (3)")
    options = parser.parse_args(arguments)
    with EmbeddedServer.start() as server:
        pairs = asyncio.run(compared(server.url(), options.rounds, options.seconds))
    rate = statistics.median(crowded.rate / alone.rate for alone, crowded in pairs)
    late = statistics.median(crowded.late / alone.late for alone, crowded in pairs)
    for alone, crowded in pairs:
        print(
            f"alone {alone.rate:6.0f} changes/s, p95 {alone.late * 1000:5.1f} ms;   beside {TASKS} tasks "
            f"{crowded.rate:6.0f} changes/s, p95 {crowded.late * 1000:5.1f} ms"
        )
    print(f"rate {rate:.2f} of what it is alone (promised: {LEAST_RATE:g} at least)")
    print(f"p95  {late:.2f} times what it is alone (promised: {GREATEST_TIME:g} at most)")
    return 0 if rate >= LEAST_RATE and late <= GREATEST_TIME else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
