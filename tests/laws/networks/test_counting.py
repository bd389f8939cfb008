"""Writes that count in rows which units of several roots and of none share, led step by step, on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.kit import increment
from gapless.kit.errors import ConcurrencyConflict, NotFound, RuleViolated
from gapless.kit.ports import UnitOfWork
from tests.clinics.networks import Job, Person
from tests.clinics.worlds import World, ended

pytestmark = pytest.mark.asyncio(loop_scope="session")
Act = Callable[[World, UnitOfWork, Person], Awaitable[object]]
MEETING = (ConcurrencyConflict, NotFound, RuleViolated)
"""How a unit is refused that comes behind another one at the same row."""


def counts(by: int) -> Act:
    """The act that counts for how many clinics the person may work."""
    return lambda world, unit, _: unit.of(Person).update_where(
        lambda row: row.id == world.ann, lambda row: (increment(row.most_jobs, by),)
    )


def saves(_: World, unit: UnitOfWork, row: Person) -> Awaitable[object]:
    """The act that saves the person with another number."""
    return unit.of(Person).save(attrs.evolve(row, most_jobs=7))


def removes(_: World, unit: UnitOfWork, row: Person) -> Awaitable[object]:
    """The act that removes the person."""
    return unit.of(Person).remove(row)


def employs(world: World, unit: UnitOfWork, _: Person) -> Awaitable[object]:
    """The act that gives the person a job at the second clinic."""
    return unit.of(Job).add(world.job(world.ann, 1))


@attrs.frozen
class Left:
    """What is there of the person in the end: the number, None without the person, and how many jobs."""

    most: int | None
    jobs: int = 0


BOTH: dict[str, tuple[Act, Act, set[Left], set[Left]]] = {
    "two count": (counts(1), counts(2), {Left(5)}, {Left(3)}),
    "a count, a save": (counts(1), saves, set(), {Left(3)}),
    "a save, a count": (saves, counts(1), {Left(8)}, {Left(7)}),
    "a count, a removal": (counts(1), removes, set(), {Left(3)}),
    "a removal, a count": (removes, counts(1), {Left(None)}, {Left(None)}),
    "a limit counts down, somebody comes": (counts(-2), employs, set(), {Left(0)}),
    "somebody comes, a limit counts down": (employs, counts(-2), {Left(0, 1)}, {Left(2, 1)}),
}
"""By name what the leader and the follower do, what may be left if both are kept, and what if the leader alone is."""


def unit_for(world: World, act: Act) -> UnitOfWork:
    """A unit of the second clinic, to which the job belongs, or one of no root."""
    return world.unit(1) if act is employs else world.store.unit()


async def left(world: World) -> Left:
    """What is there of the person."""
    async with world.store.reading() as reading, world.store.system() as unit:
        found = await reading.of(Person).find_by_ids([world.ann])
        jobs = await unit.of(Job).count(lambda job: job.person == world.ann)
    return Left(found[0].most_jobs if found else None, jobs)


@pytest.mark.parametrize("name", BOTH)
async def test_no_count_is_lost(world: World, name: str) -> None:
    """Of two units at one row both are kept, one after the other, or the second is refused and has changed nothing."""
    first, second, together, alone = BOTH[name]
    async with unit_for(world, first) as leader, unit_for(world, second) as follower:
        row = await follower.of(Person).get(world.ann)
        await first(world, leader, row)
        behind = asyncio.ensure_future(second(world, follower, row))
        await leader.commit()
        try:
            await ended(behind, follower)
        except MEETING:
            assert await left(world) in alone
        else:
            assert await left(world) in together
