"""Limits in rows beside the parent, in memory, when units overlap whose roots are not the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.kit.errors import QueryRefused, RuleViolated
from gapless.kit.ports import UnitOfWork
from tests.clinics.harbours import HARBOURS, Boat, Harbour, Owner, Permit, Pier

pytestmark = pytest.mark.asyncio


async def a_store(most: int | None, boats: int) -> MemoryStore:
    """A store with an owner who lends boats, each in a harbour of its own, and perhaps has a permit."""
    store = MemoryStore(HARBOURS)
    async with store.unit() as unit:
        await unit.of(Owner).add(Owner(id=1))
        if most is not None:
            await unit.of(Permit).add(Permit(owner=1, most=most))
        await unit.commit()
    for harbour in range(4):
        async with store.creating(harbour) as unit:
            await unit.of(Harbour).add(Harbour(id=harbour))
            await unit.of(Pier).add(Pier(harbour=harbour, code="a"))
            if harbour < boats:
                await lent(unit, harbour)
            await unit.commit()
    return store


async def lent(unit: UnitOfWork, harbour: int) -> None:
    """One more boat of the owner is lent."""
    await unit.of(Boat).add(Boat(harbour=harbour, id=1, pier="a", owner=1, is_lent=True))


async def lowered(unit: UnitOfWork) -> None:
    """The permit allows one boat alone."""
    permit = await unit.of(Permit).get(1)
    await unit.of(Permit).save(attrs.evolve(permit, most=1))


async def taken_back(unit: UnitOfWork) -> None:
    """The permit goes, after which two boats are allowed."""
    await unit.of(Permit).remove(await unit.of(Permit).get(1))


async def number(store: MemoryStore) -> int:
    """How many boats are lent."""
    async with store.system() as unit:
        return await unit.of(Boat).count()


@pytest.mark.parametrize(("change", "most", "boats"), [(lowered, 2, 1), (taken_back, 3, 2)])
async def test_the_limit_is_that_of_the_commit(
    change: Callable[[UnitOfWork], Awaitable[None]], most: int, boats: int
) -> None:
    """Of two units that overlap the later commit sees the limit of the earlier one; else both are kept."""
    for first in ("the boat", "the limit"):
        store = await a_store(most, boats)
        async with store.unit(3) as adding, store.unit() as changing:
            await lent(adding, 3)
            await change(changing)
            if first == "the boat":
                await adding.commit()
                await changing.commit()
            else:
                await changing.commit()
                with pytest.raises(RuleViolated, match="boats_of_owner"):
                    await adding.commit()
        assert await number(store) == boats + (first == "the boat")


@pytest.mark.parametrize(("most", "fits"), [(None, 2), (0, 0), (3, 3)])
async def test_without_a_row_the_default_holds(most: int | None, fits: int) -> None:
    """An owner without a permit lends two boats, one with a permit for none lends none."""
    store = await a_store(most, 0)
    for harbour in range(4):
        async with store.unit(harbour) as unit:
            await lent(unit, harbour)
            if harbour < fits:
                await unit.commit()
            else:
                with pytest.raises(RuleViolated, match="boats_of_owner"):
                    await unit.commit()
    assert await number(store) == fits


async def test_both_in_one_unit_are_checked_together() -> None:
    """A unit that allows more and adds more is kept, whichever it does first."""
    store = await a_store(None, 2)
    async with store.unit(3) as unit:
        await lent(unit, 3)
        await unit.of(Permit).add(Permit(owner=1, most=3))
        await unit.commit()
    assert await number(store) == 3


async def test_jobs_leave_the_row_of_a_limit_alone() -> None:
    """A system unit writes no row that a rule asks for its limit, as it writes no parent."""
    store = await a_store(2, 0)
    async with store.system() as unit:
        with pytest.raises(QueryRefused):
            await unit.of(Permit).delete_where(lambda permit: permit.owner == 1)
