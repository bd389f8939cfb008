"""Laws 1, 3 and 6 for every entity: a row is found by its key, at first by its unit alone, and on one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from math import inf
from typing import cast

import pytest

from gapless.application.pages import Listable, page_of
from gapless.kit.errors import NotFound, UnitOfWorkClosed
from gapless.kit.ids import RowId
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, Store, UnitOfWork
from gapless.testing.additions import add_row
from gapless.testing.laws.entities import AnyEntity, Scene, given, of_each, rows_of
from gapless.testing.laws.entity_kinds import is_addable
from gapless.testing.steps import remove_all

MOST_ROWS = 3
"""How many rows are listed."""


async def is_found(scene: Scene, opened: UnitOfWork | Reading, row: Validated) -> bool:
    """Whether a unit or a reading has a row, in whichever way it is asked for it."""
    rows, where = rows_of(opened, scene.model.entity), scene.is_one_of(row)
    found, number = await rows.find(where, include_deleted=True), await rows.count(where, include_deleted=True)
    try:
        got = await rows.get(cast(RowId, scene.model.id_of(row)), include_deleted=True)
    except NotFound:
        got = None
    if got is None or scene.model.key_of(got) != scene.model.key_of(row):  # the id may be that of a row of another root
        assert (found, number) == ((), 0)
        return False
    assert (found, number) == ((got,), 1)
    return True


@of_each(is_addable)
async def test_what_is_added_is_found_by_its_key(store: Store, entity: AnyEntity) -> None:
    """A row is given back as it was written, by get, find and count, in later units and readings."""
    scene = await entity.scene(store)
    newcomer = await scene.newcomer()
    kept = await newcomer.commit()
    assert given(kept, entity.model) == given(newcomer.row, entity.model)
    async with scene.unit(kept) as unit, scene.reading(kept) as reading:
        for opened in (unit, reading):
            assert await is_found(scene, opened, kept)
            assert await scene.found(opened, kept) == (kept,)


@of_each(is_addable)
async def test_a_row_is_seen_by_its_unit_alone_until_the_commit(store: Store, entity: AnyEntity) -> None:
    """A new row is found by the unit that has added it, and by others when that has committed."""
    scene = await entity.scene(store)
    newcomer = await scene.newcomer()
    async with newcomer.unit() as unit, newcomer.root.reading(store) as reading:
        row = await newcomer.add(unit)
        assert await is_found(scene, unit, row)
        assert not await is_found(scene, reading, row)
        await unit.commit()
        assert await is_found(scene, reading, row)


def has_pages(entity: AnyEntity) -> bool:
    """Whether rows are listed in pages by their keys: these are short enough for a cursor."""
    model = entity.model
    return is_addable(entity) and all(model.greatest_bytes.get(column, 0) < inf for column in model.key_columns)


def in_order(scene: Scene, rows: list[Validated]) -> tuple[Validated, ...]:
    """Rows in the order of their ids, of which the last part counts most."""

    def place(row: Validated) -> list[object]:
        values = (getattr(row, column.name) for column in reversed(scene.model.id_columns))
        return [value.value if isinstance(value, Enum) else value for value in values]

    return tuple(sorted(rows, key=place))


@of_each(has_pages)
async def test_pages_give_each_row_once(store: Store, entity: AnyEntity) -> None:
    """Pages of any size have each row once, in the order of the ids, and the last one says that it is the last."""
    scene = await entity.scene(store)
    rows = in_order(scene, await scene.rows(1 if entity.model.is_root else MOST_ROWS))
    where = scene.is_one_of(*rows)
    async with scene.reading(rows[0]) as reading:
        listed = cast("Listable[Validated]", rows_of(reading, entity.model.entity))
        for size in range(1, len(rows) + 2):
            after: str | None = None
            for first in range(0, len(rows), size):
                page = await page_of(listed, where, None, after, size, include_deleted=True)
                assert page.items == rows[first : first + size]
                after = page.next
            assert after is None


Use = Callable[[Scene, UnitOfWork, Validated], Awaitable[object]]
READS: dict[str, Use] = {
    "get": lambda scene, unit, row: rows_of(unit, type(row)).get(cast(RowId, scene.model.id_of(row))),
    "find": lambda scene, unit, row: rows_of(unit, type(row)).find(scene.is_one_of(row)),
    "count": lambda scene, unit, row: rows_of(unit, type(row)).count(scene.is_one_of(row)),
}
WRITES: dict[str, Use] = {
    "add": lambda scene, unit, row: add_row(unit, row, scene.fixture),
    "save": lambda scene, unit, row: scene.save(unit, row),
    "remove": lambda scene, unit, row: scene.remove(unit, row),
    "delete_where": lambda scene, unit, row: remove_all(unit, scene.fixture, type(row), row),
}


@of_each(is_addable)
async def test_an_ended_unit_takes_nothing_more(store: Store, entity: AnyEntity) -> None:
    """The repositories of a unit that has committed, or was left, refuse every use, and its rows stay as they are."""
    scene = await entity.scene(store)
    row = await scene.row()
    async with scene.unit(row) as committed:
        await committed.commit()
        for use in (*READS.values(), *WRITES.values()):
            with pytest.raises(UnitOfWorkClosed):
                await use(scene, committed, row)
    async with scene.unit(row) as left:
        pass
    for use in (*READS.values(), *WRITES.values()):
        with pytest.raises(UnitOfWorkClosed):
            await use(scene, left, row)
    assert await scene.kept(row) == (row,)
