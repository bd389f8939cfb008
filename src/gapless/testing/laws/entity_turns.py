"""Law 9 for every entity: units that meet at one row lose nothing of what they keep."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.entities import AnyEntity, Scene, of_each
from gapless.testing.laws.entity_kinds import is_versioned
from gapless.testing.laws.rows import assert_waits, at_once, started

UNITS = 3
"""How many units change one row."""


def has_lock(entity: AnyEntity) -> bool:
    """Whether rows belong to a root, whose lock their units take."""
    return is_versioned(entity) and entity.root is not None


@of_each(has_lock)
async def test_units_of_one_root_change_a_row_in_turn(store: Store, entity: AnyEntity) -> None:
    """Of units of one root that change a row at the same time each sees what the one before has kept."""
    scene = await entity.scene(store)
    row = await scene.row()

    async def change() -> None:
        async with scene.unit(row) as unit:
            await save_again(scene, unit, row)
            await unit.commit()

    await at_once(*[change() for _ in range(UNITS)])
    assert await scene.kept(row) == (entity.model.with_version(row, 1 + UNITS),)


def is_locked(entity: AnyEntity) -> bool:
    """Whether rows are roots that can change."""
    return is_versioned(entity) and entity.model.is_root


@of_each(is_locked)
async def test_a_unit_waits_for_that_of_its_root(store: Store, entity: AnyEntity) -> None:
    """A unit of a root waits while another one of it is open, whatever kind of root it is."""
    scene = await entity.scene(store)
    row = await scene.row()

    async def second() -> object:
        async with scene.unit(row) as unit:
            (found,) = await scene.found(unit, row)
            return getattr(found, VERSION)

    async with AsyncExitStack() as law:
        async with scene.unit(row) as unit:
            await save_again(scene, unit, row)
            waiting = started(law, second())
            await assert_waits(waiting)
            await unit.commit()
        assert await waiting == 2


def is_met_without_a_lock(entity: AnyEntity) -> bool:
    """Whether rows can change, and belong to no root whose lock would keep units apart."""
    return is_versioned(entity) and entity.root is None


@of_each(is_met_without_a_lock)
async def test_of_two_units_at_one_shared_row_one_is_kept(store: Store, entity: AnyEntity) -> None:
    """Of two units that change one row of no root the second one meets a conflict, and is kept if it begins anew."""
    scene = await entity.scene(store)
    row = await scene.row()
    async with scene.unit(row) as first, scene.unit(row) as second:
        assert await scene.found(second, row) == (row,)
        await save_again(scene, first, row)
        await first.commit()
        with pytest.raises(ConcurrencyConflict):
            await scene.save(second, row)
    async with scene.unit(row) as again:
        await save_again(scene, again, row)
        await again.commit()
    assert await scene.kept(row) == (entity.model.with_version(row, 3),)


async def save_again(scene: Scene, unit: UnitOfWork, row: Validated) -> None:
    """Saves a row as a unit finds it."""
    (found,) = await scene.found(unit, row)
    await asyncio.sleep(0)  # others go on
    await scene.save(unit, found)
