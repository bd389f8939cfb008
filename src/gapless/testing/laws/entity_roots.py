"""Law 7 for every entity: the rows of a root are there for its own units alone, and shared rows for all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from gapless.kit.errors import NotFound, QueryRefused, TenantMismatch
from gapless.kit.ports import Store
from gapless.testing.laws.entities import AnyEntity, Scene, of_each, removing, saving
from gapless.testing.laws.entity_kinds import is_addable, is_removable, is_versioned
from gapless.testing.laws.entity_rows import is_found
from gapless.testing.unit_roots import NO_ROOT, UnitRoot


def roots_of(scene: Scene) -> Iterator[UnitRoot]:
    """The roots that a scene has, of whatever entity, and none if units need none."""
    those = (row for row in scene.fixture.all_rows if scene.catalogue.by_entity[type(row)].is_root)
    yield from dict.fromkeys(map(scene.fixture.unit_root_of, those))
    if scene.catalogue.may_be_alone:
        yield NO_ROOT


def may_ask(entity: AnyEntity, root: UnitRoot) -> bool:
    """Whether a unit of a root may ask for rows of an entity: they can belong to such a root, or to none."""
    if root.key is None or entity.root is None:
        return entity.model.may_be_alone
    return entity.root is entity.catalogue.root_named(root.entity)


def is_of_a_root(entity: AnyEntity) -> bool:
    """Whether rows belong to a root."""
    return is_addable(entity) and entity.root is not None


@of_each(is_of_a_root)
async def test_a_row_is_there_for_its_root_alone(store: Store, entity: AnyEntity) -> None:
    """Units and readings of other roots do not find a row, and those of another kind of root may not ask for it."""
    home, elsewhere = await entity.scene(store), await entity.scene(store)
    row = await home.row()
    for root in roots_of(elsewhere):
        async with root.reading(store) as reading, root.unit(store) as unit:
            for opened in (reading, unit):
                if may_ask(entity, root):
                    assert not await is_found(elsewhere, opened, row)
                else:
                    with pytest.raises(QueryRefused):
                        await is_found(elsewhere, opened, row)
    assert await home.kept(row) == (row,)


def is_changed_in_a_root(entity: AnyEntity) -> bool:
    """Whether rows belong to a root, and can be saved or removed."""
    return is_of_a_root(entity) and (is_versioned(entity) or is_removable(entity))


@of_each(is_changed_in_a_root)
async def test_a_row_is_written_by_its_root_alone(store: Store, entity: AnyEntity) -> None:
    """Units of other roots neither save nor remove a row."""
    home, elsewhere = await entity.scene(store), await entity.scene(store)
    row = await home.row()
    writes = [saving(row)] * is_versioned(entity) + [removing(row)] * is_removable(entity)
    for root in (root for root in roots_of(elsewhere) if may_ask(entity, root)):
        for write in writes:
            async with root.unit(store) as unit:
                with pytest.raises((NotFound, TenantMismatch)):
                    await write(unit, partial(elsewhere.fixture.audit_in, root))
    assert await home.kept(row) == (row,)


def is_shared(entity: AnyEntity) -> bool:
    """Whether rows belong to no root."""
    return is_addable(entity) and entity.model.is_shared


@of_each(is_shared)
async def test_a_shared_row_is_there_for_all_roots(store: Store, entity: AnyEntity) -> None:
    """Units and readings of any root, and those of none, find a shared row."""
    scene = await entity.scene(store)
    row = await scene.row()
    for root in roots_of(scene):
        async with root.reading(store) as reading, root.unit(store) as unit:
            assert await is_found(scene, reading, row)
            assert await is_found(scene, unit, row)
