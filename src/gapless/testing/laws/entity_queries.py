"""Laws 6 and 7 for every entity: what is asked of many rows at once, pages backwards, and writes that count."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from operator import attrgetter
from typing import cast

from gapless.application.pages import Listable, Page, page_of
from gapless.kit.aggregates import SUMS
from gapless.kit.assignments import countable
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError, NotFound, RuleViolated
from gapless.kit.ids import RowId
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import ReadRepository, Store
from gapless.kit.predicates import UNCOMPARED
from gapless.kit.queries import is_ordered
from gapless.testing.laws.changes import free_columns, may_become
from gapless.testing.laws.entities import AnyEntity, Scene, of_each, rows_of
from gapless.testing.laws.entity_kinds import is_addable, is_versioned
from gapless.testing.laws.entity_rows import MOST_ROWS, has_pages, in_order
from gapless.testing.steps import count_where

Rows = ReadRepository[Validated, RowId]


async def got(rows: Rows, scene: Scene, row: Validated) -> tuple[Validated, ...]:
    """The row that `get` gives for the id of a row, or nothing."""
    try:
        return (await rows.get(cast(RowId, scene.model.id_of(row)), include_deleted=True),)
    except NotFound:
        return ()


async def unkept(scene: Scene) -> list[Validated]:
    """A new row that is not added, if there is room for one."""
    try:
        return [(await scene.newcomer()).row]
    except (DeclarationError, RuleViolated):  # as in `Scene.rows`
        return []


@of_each(is_addable)
async def test_rows_are_found_by_several_ids(store: Store, entity: AnyEntity) -> None:
    """Rows come in the order of the ids that are given, each once, and only those that `get` gives as well."""
    scene, other = await entity.scene(store), await entity.scene(store)
    rows = await scene.rows(1 if entity.model.is_root else MOST_ROWS)
    asked = [*await unkept(scene), *reversed(rows), await other.row(), rows[0]]
    async with scene.unit(rows[0]) as unit, scene.reading(rows[0]) as reading:
        for opened in (unit, reading):
            listed = rows_of(opened, entity.model.entity)
            single = [row for each in asked for row in await got(listed, scene, each)]
            ids = [cast(RowId, scene.model.id_of(row)) for row in asked]
            assert await listed.find_by_ids(ids, include_deleted=True) == tuple(dict.fromkeys(single))
            assert await listed.find_by_ids(()) == ()


@of_each(is_addable)
async def test_there_is_a_row_if_one_is_counted(store: Store, entity: AnyEntity) -> None:
    """A row exists for who counts it: neither one that is not added nor, if they belong to roots, one of another."""
    scene, other = await entity.scene(store), await entity.scene(store)
    row, stranger = await scene.row(), await other.row()
    asked = [row, stranger, *await unkept(scene)]
    async with scene.unit(row) as unit, scene.reading(row) as reading:
        for opened in (unit, reading):
            listed = rows_of(opened, entity.model.entity)
            assert await listed.exists(scene.is_one_of(row), include_deleted=True)
            for each in asked:
                where = scene.is_one_of(each)
                number = await listed.count(where, include_deleted=True)
                assert await listed.exists(where, include_deleted=True) is (number > 0)


@of_each(has_pages)
async def test_pages_lead_back(store: Store, entity: AnyEntity) -> None:
    """Who goes back from the last page finds the pages of the way there, and the first one says that it is first."""
    scene = await entity.scene(store)
    rows = in_order(scene, await scene.rows(1 if entity.model.is_root else MOST_ROWS))
    where = scene.is_one_of(*rows)
    async with scene.reading(rows[0]) as reading:
        listed = cast("Listable[Validated]", rows_of(reading, entity.model.entity))
        for size in range(1, len(rows) + 1):
            there = [await page_of(listed, where, None, None, size, include_deleted=True)]
            while there[-1].next is not None:
                there.append(await page_of(listed, where, None, there[-1].next, size, include_deleted=True))
            back: list[Page[Validated]] = [there[-1]]
            while (before := back[-1].previous) is not None:
                back.append(await page_of(listed, where, None, None, size, include_deleted=True, before=before))
            assert [page.items for page in reversed(back)] == [page.items for page in there]


@of_each(is_addable)
async def test_what_is_asked_of_many_rows_is_what_they_have(store: Store, entity: AnyEntity) -> None:
    """Sums, greatest and least values, and the numbers of rows by value are those of the rows that are found."""
    scene = await entity.scene(store)
    rows = await scene.rows(1 if entity.model.is_root else MOST_ROWS)
    where = scene.is_one_of(*rows)
    async with scene.unit(rows[0]) as unit, scene.reading(rows[0]) as reading:
        for opened in (unit, reading):
            listed = rows_of(opened, entity.model.entity)
            found = await listed.find(where, include_deleted=True)
            assert len(found) == len(rows)
            for column in entity.model.columns:
                await assert_agrees(listed, scene, column, found)


async def assert_agrees(listed: Rows, scene: Scene, column: Column, found: tuple[Validated, ...]) -> None:
    """Asserts that what is asked of a column of some rows is what they have there."""
    where, of = scene.is_one_of(*found), attrgetter(column.name)
    values = [of(row) for row in found]
    known = [value for value in values if value is not None]
    if SUMS.of(column.type) is not None:
        # As fractions, which are exact and added up by nobody's sum but Python's.
        assert Fraction(await listed.sum(of, where, include_deleted=True)) == sum(map(Fraction, known))
    if is_ordered(scene.model, column):
        assert await listed.greatest(of, where, include_deleted=True) == max(known, default=None)
        assert await listed.least(of, where, include_deleted=True) == min(known, default=None)
    if column.type not in UNCOMPARED:
        assert await listed.count_by(of, where, include_deleted=True) == Counter(values)


def counted_columns(entity: AnyEntity) -> tuple[Column, ...]:
    """The columns in which a write by a condition may count: no other row depends on them."""
    names = countable(entity.model)
    free = (column for column in free_columns(entity, shared=True) if column.name in names)
    return tuple(column for column in free if not column.nullable)


def has_counters(entity: AnyEntity) -> bool:
    """Whether a whole number of a row may change by itself."""
    return is_versioned(entity) and bool(counted_columns(entity))


@of_each(has_counters)
async def test_units_that_count_lose_no_count(store: Store, entity: AnyEntity) -> None:
    """Each unit adds to what the one before has left, and to rows of its root alone, each with the next version."""
    scene, other = await entity.scene(store), await entity.scene(store)
    row, stranger = await scene.row(), await other.row()
    seen = [row] if scene.fixture.unit_root_of(row) != other.fixture.unit_root_of(stranger) else [row, stranger]
    for column in counted_columns(entity):
        for step in (1, -1):
            twice = {column.name: getattr(row, column.name) + 2 * step, VERSION: 3}
            once = {column.name: getattr(row, column.name) + step, VERSION: 2}
            if not all(may_become(scene.model, row, values) for values in (once, twice)):
                continue
            for _ in range(2):
                async with scene.unit(row) as unit:
                    where, audit = scene.is_one_of(row, stranger), lambda: scene.fixture.audit_for(row)
                    counted = count_where(unit, entity.model.entity, where, {column.name: step}, audit)
                    assert await counted == len(seen)
                    await unit.commit()
            assert await scene.kept(row) == (entity.model.evolved(row, twice),)
            return
