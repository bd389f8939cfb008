"""Rows that belong to no root: every unit sees them, and their versions and rules guard them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import attrs
import pytest

from gapless.application.pages import page_of
from gapless.kit import UNNUMBERED, AuditRecord, assign, is_null
from gapless.kit.errors import (
    ConcurrencyConflict,
    QueryRefused,
    RuleViolated,
)
from gapless.kit.ports import UnitOfWork
from gapless.testing.laws.rows import an_audit_record
from tests.clinics.networks import (
    City,
    Clinic,
    Country,
    Form,
    Job,
    Person,
)
from tests.clinics.worlds import World, added, ended, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_rules_count_below_shared_rows(world: World, alone: World) -> None:
    """A limit of a person counts the jobs at all clinics; limits and guards below a country need no root."""
    assert await world.refusal(added(world.job(world.ann, 1)), world.unit(1)) == "kept"
    assert await world.refusal(saved(world.ann, most_jobs=1)) == "kept"
    assert await world.refusal(added(world.job(world.ann))) == "jobs_of_person"
    assert await world.refusal(added(world.job(world.bob))) == "kept"
    for each in (world, alone):

        async def closed(unit: UnitOfWork, each: World = each) -> None:
            country = await unit.of(Country).get(each.country)
            await unit.of(Country).save(attrs.evolve(country, is_open=False), an_audit_record(None))

        cities = [City(country=each.country, name=name) for name in ("a", "b", "c", "d")]
        assert await each.refusal(added(*cities), each.store.unit()) == "cities_of_country"
        assert await each.refusal(added(*cities[:2]), each.store.unit()) == "kept"
        assert await each.refusal(closed, each.store.unit()) == "kept"
        assert await each.refusal(added(cities[2]), each.store.unit()) == "cities_enter_open"


async def test_records_of_nobody_have_no_number(world: World, alone: World) -> None:
    """Nobody's lock puts the records of shared rows in an order, so that each has the number of none."""
    for each in (world, alone):

        async def renamed(unit: UnitOfWork, each: World = each) -> None:
            country = await unit.of(Country).get(each.country)
            await unit.of(Country).save(attrs.evolve(country, name="Another"), an_audit_record(None))

        assert await each.refusal(renamed, each.store.unit()) == "kept"
        async with each.store.system() as unit:
            found = await unit.of(AuditRecord).find(lambda record: is_null(record.root_id))
        assert {record.number for record in found} == {UNNUMBERED}


async def test_a_row_that_is_referred_to_may_change_meanwhile(world: World) -> None:
    """Who refers to a shared row relies on its being there: others change it at the same time, and both are kept."""

    async def renamed(unit: UnitOfWork) -> None:
        country = await unit.of(Country).get(world.country)
        await unit.of(Country).save(attrs.evolve(country, name="Another"), an_audit_record(None))

    async def moved(unit: UnitOfWork, country: str | None) -> None:
        clinic = await unit.of(Clinic).get(world.first)
        await unit.of(Clinic).save(attrs.evolve(clinic, country=country), an_audit_record(world.first))

    assert await world.refusal(lambda unit: moved(unit, None), world.unit()) == "kept"
    async with world.unit() as unit:
        await moved(unit, world.country)
        assert await world.refusal(renamed, world.store.unit()) == "kept"
        await unit.commit()


async def test_shared_rows_are_listed_in_pages(alone: World) -> None:
    """A cursor leads through shared rows in any order, whoever reads them."""
    cities = [City(country=alone.country, name=name) for name in ("a", "b", "c")]
    assert await alone.refusal(added(*cities), alone.store.unit()) == "kept"
    async with alone.store.reading() as reading, alone.store.system() as unit:
        for rows in (reading.of(City), unit.of(City)):
            page = await page_of(rows, lambda row: row.country == alone.country, lambda row: row.name, None, 2)
            rest = await page_of(rows, lambda row: row.country == alone.country, lambda row: row.name, page.next, 2)
            assert [city.name for city in (*page.items, *rest.items)] == ["a", "b", "c"]
        assert (await reading.of(City).get((alone.country, "a"))).name == "a"
        assert await reading.of(City).count(lambda row: row.country == alone.country) == 3
        with pytest.raises(QueryRefused, match=r"a tuple of its \(country, name\)"):
            await reading.of(City).get("a")


async def test_versions_guard_shared_rows(world: World, alone: World) -> None:
    """Of two units that save or remove one shared row, whatever their roots are, one is kept and the other meets it."""

    def saves(unit: UnitOfWork, row: Person) -> Awaitable[object]:
        return unit.of(Person).save(attrs.evolve(row, most_jobs=row.most_jobs + 5))

    def removes(unit: UnitOfWork, row: Person) -> Awaitable[object]:
        return unit.of(Person).remove(row)

    overlaps = [
        (world, world.unit(), world.unit(1), saves),
        (world, world.unit(), world.store.unit(), removes),
        (alone, alone.store.unit(), alone.store.unit(), saves),
    ]
    for each, one, other, second in overlaps:
        async with one as leader, other as follower:
            row = await follower.of(Person).get(each.ann)
            await leader.of(Person).save(attrs.evolve(row, most_jobs=row.most_jobs + 1))
            behind = asyncio.ensure_future(second(follower, row))
            await leader.commit()
            with pytest.raises(ConcurrencyConflict):
                await ended(behind, follower)
        async with each.store.reading() as reading:
            assert (await reading.of(Person).get(each.ann)).most_jobs == row.most_jobs + 1


async def test_two_roots_meet_at_a_shared_row(world: World) -> None:
    """Units of two clinics that take the last job of one person leave one of them, and the other is refused."""
    assert await world.refusal(saved(world.ann, most_jobs=1)) == "kept"
    async with world.unit() as leader, world.unit(1) as follower:
        await leader.of(Job).add(world.job(world.ann))
        behind = asyncio.ensure_future(follower.of(Job).add(world.job(world.ann, 1)))
        await leader.commit()
        with pytest.raises((RuleViolated, ConcurrencyConflict)) as caught:
            await ended(behind, follower)
        if isinstance(caught.value, RuleViolated):
            assert caught.value.rule == "jobs_of_person"
    assert await world.refusal(added(world.job(world.ann, 1)), world.unit(1)) == "jobs_of_person"


async def test_what_is_referred_to_stays(world: World) -> None:
    """A removal of a shared row and a row of a root that comes to refer to it: one of the two is kept."""
    async with world.unit() as leader, world.store.unit() as follower:
        person = await follower.of(Person).get(world.ann)
        await leader.of(Job).add(world.job(world.ann))
        behind = asyncio.ensure_future(follower.of(Person).remove(person))
        await leader.commit()
        with pytest.raises((RuleViolated, ConcurrencyConflict)):
            await ended(behind, follower)
    async with world.store.unit() as leader, world.unit(1) as follower:
        await leader.of(Person).remove(await leader.of(Person).get(world.bob))
        behind_job = asyncio.ensure_future(follower.of(Job).add(world.job(world.bob, 1)))
        await leader.commit()
        with pytest.raises((RuleViolated, ConcurrencyConflict)):
            await ended(behind_job, follower)


async def test_a_snapshot_has_shared_rows_of_its_moment(world: World, alone: World) -> None:
    """A snapshot sees shared rows, with and without a root, as they were when it was opened."""
    snapshots = [
        (world, world.store.reading(world.first, of=Clinic, snapshot=True)),
        (world, world.store.reading(snapshot=True)),
        (alone, alone.store.reading(snapshot=True)),
    ]
    for each, opened in snapshots:
        async with opened as reading:
            before = await reading.of(Person).get(each.ann)
            assert await each.refusal(saved(each.ann, most_jobs=before.most_jobs + 1), each.store.unit()) == "kept"
            assert await reading.of(Person).get(each.ann) == before
            assert before in await reading.of(Person).find()
        async with each.store.reading() as reading:
            assert (await reading.of(Person).get(each.ann)).most_jobs == before.most_jobs + 1


async def test_jobs_write_shared_rows_that_no_rule_asks_for(world: World) -> None:
    """A unit over all roots writes shared rows that are not audited, not counted, and below which nothing is."""
    async with world.store.system() as unit:
        assert await unit.of(Form).update_where(lambda row: row.id < 0, lambda row: (assign(row.title, "x"),)) == 0
    entities: tuple[type[Country | City | Person], ...] = (Country, City, Person)
    for entity in entities:
        async with world.store.system() as unit:
            with pytest.raises(QueryRefused, match="in the unit of work"):
                await unit.of(entity).delete_where(lambda row: row.version < 0)
