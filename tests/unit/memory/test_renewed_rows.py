"""Rows that are removed and added again under their key while other units refer to them, and no lock guards them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

import attrs
import pytest

from gapless.adapters.memory import MemoryStore, commit
from gapless.adapters.memory.state import Committed
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.ports import UnitOfWork
from gapless.testing.laws.rows import an_audit_record
from tests.clinics.networks import SHARED, City, Country
from tests.unit.memory.driving import run

HOME = Country(code="AA", name="Ours")
CITY = City(country="AA", name="one")
Overtaken = Callable[[], Coroutine[object, object, bool]]


async def with_country() -> MemoryStore:
    """A store with the country."""
    store = MemoryStore(SHARED)
    async with store.unit() as unit:
        await unit.of(Country).add(HOME, an_audit_record(None))
        await unit.commit()
    return store


async def renew(unit: UnitOfWork, country: Country) -> None:
    """Removes the country, and adds another one in its place."""
    await unit.of(Country).remove(await unit.of(Country).get("AA"), an_audit_record(None))
    await unit.of(Country).add(country, an_audit_record(None))


async def is_kept(unit: UnitOfWork) -> bool:
    """Whether a unit can commit."""
    try:
        await unit.commit()
    except ConcurrencyConflict:
        return False
    return True


async def city_below_a_renewal() -> bool:
    """Whether a unit keeps a closed country in the place of an open one, to which a city has come meanwhile."""
    store = await with_country()
    async with store.unit() as unit, store.unit() as other:
        await renew(unit, attrs.evolve(HOME, is_open=False))
        await other.of(City).add(CITY)
        await other.commit()
        return await is_kept(unit)


async def city_above_which_it_was_renewed() -> bool:
    """Whether a unit keeps a city whose country was removed, and then added again, after it had found it."""
    store = await with_country()
    async with store.unit() as unit:
        await unit.of(City).add(CITY)
        async with store.unit() as other:
            await other.of(Country).remove(await other.of(Country).get("AA"), an_audit_record(None))
            await other.commit()
        async with store.unit() as other:
            await other.of(Country).add(HOME, an_audit_record(None))
            await other.commit()
        return await is_kept(unit)


@pytest.mark.parametrize("overtaken", [city_below_a_renewal, city_above_which_it_was_renewed])
def test_a_row_with_the_key_of_another_is_not_that_row(overtaken: Overtaken) -> None:
    """A unit is refused if it removed a row that others went on to use, or used one that others removed."""
    assert not run(overtaken())


async def city_of_its_own() -> bool:
    """Whether a unit keeps a city that it has itself added below a country that it has renewed."""
    async with (await with_country()).unit() as unit:
        await unit.of(City).add(CITY)
        await renew(unit, HOME)
        await unit.of(City).add(CITY)
        return await is_kept(unit)


def test_a_unit_may_renew_a_row_by_itself() -> None:
    """A row that a unit removes and adds again takes its children along, and gets new ones from the same unit."""
    assert run(city_of_its_own())


@pytest.mark.parametrize(
    ("place", "name", "wrong", "overtaken"),
    [
        (commit, "_has_got_children", lambda *_: False, city_below_a_renewal),
        (Committed, "commits", property(lambda _: 0, lambda *_: None), city_above_which_it_was_renewed),
    ],
)
def test_a_check_that_is_left_out_is_found(
    place: object, name: str, wrong: object, overtaken: Overtaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: without its check, a unit is kept whose country is another one."""
    monkeypatch.setattr(place, name, wrong)
    assert run(overtaken())
