"""Laws 1 and 4 for every entity: a save keeps each field, an older copy is refused, and without a commit nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store
from gapless.testing.laws.changes import free_columns, other_values
from gapless.testing.laws.entities import AnyEntity, Scene, given, of_each
from gapless.testing.laws.entity_kinds import is_addable, is_removable, is_versioned
from gapless.testing.laws.entity_rows import Use


class GivenUpError(Exception):
    """Ends a unit in the middle."""


def is_plain(entity: AnyEntity) -> bool:
    """Whether rows have no version, and are not there for good."""
    return is_removable(entity) and not entity.model.versioned


@of_each(is_versioned)
async def test_a_save_keeps_each_field(store: Store, entity: AnyEntity) -> None:
    """Each field that may change is kept by a save, which raises the version by one, and leaves all others."""
    scene, model = await entity.scene(store), entity.model
    row = await scene.row()
    async with scene.unit(row) as unit:
        for changed in changes(scene, entity, row):
            saved = await scene.save(unit, model.with_version(changed, version_of(row)))
            assert given(saved, model) == given(changed, model)
            assert version_of(saved) == version_of(row) + 1
            row = saved
        await unit.commit()
    assert await scene.kept(row) == (row,)


def changes(scene: Scene, entity: AnyEntity, row: Validated) -> Iterator[Validated]:
    """The row with one field after the other changed, and at last as it then is."""
    for column in free_columns(entity):
        for value in other_values(scene, row, column):
            row = entity.model.evolved(row, {column.name: value})
            yield row
    yield row


def version_of(row: Validated) -> int:
    """The version of a row."""
    version: int = getattr(row, VERSION)
    return version


@of_each(is_versioned)
async def test_an_older_copy_is_refused(store: Store, entity: AnyEntity) -> None:
    """A save, and a removal, of a row in another version than it has is a conflict, and nothing is kept of it."""
    scene, model = await entity.scene(store), entity.model
    old = await scene.row()
    async with scene.unit(old) as unit:
        new = await scene.save(unit, old)
        await unit.commit()
    for version in (version_of(old), version_of(new) + 1):
        for write in (scene.save, scene.remove):
            async with scene.unit(new) as unit:
                with pytest.raises(ConcurrencyConflict):
                    await write(unit, model.with_version(new, version))
    assert await scene.kept(new) == (new,)


@of_each(is_plain)
async def test_a_row_without_a_version_is_saved_as_it_is(store: Store, entity: AnyEntity) -> None:
    """A row that never changes is saved as it is as often as one likes."""
    scene = await entity.scene(store)
    row = await scene.row()
    async with scene.unit(row) as unit:
        assert [await scene.save(unit, row) for _ in range(2)] == [row, row]
        await unit.commit()
    assert await scene.kept(row) == (row,)


@of_each(is_addable)
async def test_a_unit_without_a_commit_keeps_none_of_its_writes(store: Store, entity: AnyEntity) -> None:
    """Neither an addition nor a save nor a removal is kept by a unit that was left, or that something has ended."""
    scene = await entity.scene(store)
    row, newcomer = await scene.row(), await (await entity.scene(store)).newcomer()
    for ends in (False, True):
        with suppress(GivenUpError):
            async with newcomer.unit() as unit:
                await newcomer.add(unit)
                given_up(ends)
        for write in written(entity):
            with suppress(GivenUpError):
                async with scene.unit(row) as unit:
                    await write(scene, unit, row)
                    given_up(ends)
    async with newcomer.root.reading(store) as reading:
        assert await scene.found(reading, newcomer.row) == ()
    assert await scene.kept(row) == (row,)


def given_up(ends: bool) -> None:
    """Ends the unit, or not."""
    if ends:
        raise GivenUpError


def written(entity: AnyEntity) -> Iterator[Use]:
    """The writes of a row that is there."""
    if is_versioned(entity):
        yield lambda scene, unit, row: scene.save(unit, next(changes(scene, entity, row)))
    if is_removable(entity):
        yield lambda scene, unit, row: scene.remove(unit, row)
