"""A world of clinics, a laboratory and what they share on a store, and what tests do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import Entity
from gapless.kit.errors import GaplessError, RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.clinics.networks import Clinic, Country, Device, Job, Lab, Person

NUMBERS = count(1)
Work = Callable[[UnitOfWork], Awaitable[object]]


@attrs.frozen
class World:
    """Two clinics and a laboratory with the number of the first one, in a country of their own.

    Attributes:
        first: the number of the first clinic and of the laboratory; the second clinic has the next one.
        country: its code.
        ann, bob: two people who work nowhere.
    """

    store: Store
    first: int
    country: str
    ann: UUID
    bob: UUID

    def unit(self, number: int = 0) -> UnitOfWork:
        """A unit of a clinic."""
        return self.store.unit(self.first + number, of=Clinic)

    def job(self, person: UUID, number: int = 0) -> Job:
        """A job of a person at a clinic."""
        return Job(clinic=self.first + number, person=person)

    async def refusal(self, work: Work, unit: UnitOfWork | None = None) -> str:
        """The rule that refuses this work in a unit, the kind of another error, or "kept"."""
        try:
            async with self.unit() if unit is None else unit as opened:
                await work(opened)
                await opened.commit()
        except RuleViolated as error:
            return error.rule
        except GaplessError as error:
            return type(error).__name__
        return "kept"


async def world_on(store: Store) -> World:
    """A world of its own."""
    number = next(NUMBERS)
    code = chr(65 + number // 26) + chr(65 + number % 26)
    world = World(store, 10 * number, code, UUID(int=2 * number), UUID(int=2 * number + 1))
    async with store.unit() as unit:
        await unit.of(Country).add(Country(code=code, name="Ours"), an_audit_record(None), [an_event(None)])
        people = {world.ann: f"Ann {number}", world.bob: f"Bob {number}"}
        await unit.of(Person).add_all([Person(id=key, name=name) for key, name in people.items()])
        await unit.commit()
    return world


async def with_roots(store: Store) -> World:
    """A world in which the clinics and the laboratory are there."""
    world = await world_on(store)
    for clinic in (world.first, world.first + 1):
        async with world.store.creating(clinic, of=Clinic) as unit:
            await unit.of(Clinic).add(Clinic(number=clinic, country=world.country), an_audit_record(clinic))
            await unit.commit()
    async with world.store.creating(world.first, of=Lab) as unit:
        await unit.of(Lab).add(Lab(number=world.first), an_audit_record(None))
        await unit.of(Device).add_all([Device(lab=world.first, name=name) for name in ("scale", "scope")])
        await unit.commit()
    return world


def added(*rows: object) -> Work:
    """The work that adds rows."""

    async def work(unit: UnitOfWork) -> None:
        for row in rows:
            await unit.of(cast("type[Entity]", type(row))).add(cast(Entity, row))

    return work


def saved(person: UUID, **values: object) -> Work:
    """The work that changes a person."""

    async def work(unit: UnitOfWork) -> None:
        await unit.of(Person).save(attrs.evolve(await unit.of(Person).get(person), **values))  # type: ignore[arg-type]

    return work


async def ended(write: Awaitable[object], unit: UnitOfWork) -> None:
    """Waits for a write that others may hold up, and commits."""
    await write
    await unit.commit()


async def trail_of_nobody(world: World) -> int:
    """How many audit records belong to no root."""
    async with world.store.reading() as reading:
        return await reading.audit_trail.count()
