"""A row that can't be read stops nobody but who asks for it: of every entity, by every column, in every way to read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import cycle
from operator import attrgetter
from typing import cast
from uuid import UUID

import asyncpg
import pytest

from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import Entity, descending
from gapless.kit.columns import Column
from gapless.kit.cursors import Cursor
from gapless.kit.errors import RowUnreadable
from gapless.kit.ids import RowId
from gapless.kit.model import Model, Validated
from gapless.kit.ports import ReadRepository
from gapless.kit.predicates import ORDERED, UNCOMPARED
from gapless.kit.row_keys import Found, RowKey
from tests.integration.unreadable import IDS, Row, good_row, mixed_rows, poisoned, write

pytestmark = pytest.mark.asyncio(loop_scope="session")
OF_TENANTS = [model for model in GAPLESS.models if model.tenant != "id"]
ROOT = GAPLESS.root
Rows = ReadRepository[Validated, RowId]
Find = Callable[..., Awaitable[Found[Validated]]]
Listing = tuple[Find, int, Callable[[Validated], object] | None]


async def an_organization(connection: asyncpg.Connection) -> OrganizationId:
    """An organization that is there, and can be read."""
    home = OrganizationId(IDS.new())
    await write(connection, good_row(ROOT, home))
    return home


def entity_of(model: Model[Validated]) -> type[Entity]:
    """The entity, as a unit of work takes one."""
    return cast("type[Entity]", model.entity)


def faulty(rows: list[Row]) -> set[RowKey]:
    """The keys of the rows that can't be read."""
    return {row.key for row in rows if row.fault is not None}


def sound(rows: list[Row]) -> list[RowKey]:
    """The keys of the others, in their order."""
    return [row.key for row in rows if row.fault is None]


def keys(model: Model[Validated], rows: tuple[Validated, ...]) -> list[RowKey]:
    """The keys of what a store has read."""
    return [RowKey(model.table, model.key, tuple(map(str, model.key_of(row)))) for row in rows]


@pytest.mark.parametrize("model", OF_TENANTS, ids=lambda model: model.table)
async def test_who_asks_for_it_is_told(
    unchecked: PostgresStore, plain: asyncpg.Connection, model: Model[Validated]
) -> None:
    """A row, or a set that holds it, is RowUnreadable with table and keys, and a unit goes on and can commit."""
    home = await an_organization(plain)
    rows = mixed_rows(model, home)
    await write(plain, *rows)
    async with unchecked.unit(home) as unit, unchecked.reading(home) as reading:
        for repository in (unit.of(entity_of(model)), reading.of(model.entity)):
            with pytest.raises(RowUnreadable, match=model.table) as caught:
                await repository.find(include_deleted=True)
            assert set(caught.value.rows) == faulty(rows)
            assert caught.value.entity == model.name
            with pytest.raises(RowUnreadable):
                await repository.find(limit=2, include_deleted=True)
            assert keys(model, await repository.find(limit=1, include_deleted=True)) == sound(rows)[:1]
            assert await repository.count(include_deleted=True) == len(rows)
            assert await repository.exists(include_deleted=True)
            await assert_values_are_told(cast(Rows, repository), model, rows)
            await assert_ids_are_told(cast(Rows, repository), model, rows)
            for row in rows if len(model.key) == 2 else []:
                if row.fault is None:
                    assert keys(model, (await repository.get(row.id, include_deleted=True),)) == [row.key]
                else:
                    with pytest.raises(RowUnreadable, match=str(row.id)) as caught:
                        await repository.get(row.id, include_deleted=True)
                    assert caught.value.rows == (row.key,)
        await unit.commit()


async def assert_values_are_told(repository: Rows, model: Model[Validated], rows: list[Row]) -> None:
    """Asserts that what is asked of one column is answered, or RowUnreadable with the rows that can't be read."""
    for column in (column for column in model.columns if column.type not in UNCOMPARED):
        of = attrgetter(column.name)
        asks: list[Awaitable[object]] = [repository.count_by(of, include_deleted=True)]
        if column.type in ORDERED:
            asks += [repository.greatest(of, include_deleted=True), repository.least(of, include_deleted=True)]
        for ask in asks:
            assert await unreadable_by(ask) in (frozenset(), faulty(rows))


async def unreadable_by(asked: Awaitable[object]) -> frozenset[RowKey]:
    """The rows that an answer says can't be read; none if it is there."""
    try:
        await asked
    except RowUnreadable as error:
        return frozenset(error.rows)
    return frozenset()


async def assert_ids_are_told(repository: Rows, model: Model[Validated], rows: list[Row]) -> None:
    """Asserts that rows are found by their ids, or RowUnreadable with those that can't be read."""
    if len(model.key) != 2:
        return
    assert await unreadable_by(repository.find_by_ids([row.id for row in rows], include_deleted=True)) == faulty(rows)
    good = [row.id for row in rows if row.fault is None]
    assert keys(model, await repository.find_by_ids(good, include_deleted=True)) == sound(rows)


async def test_an_organization_that_cannot_be_read(unchecked: PostgresStore, plain: asyncpg.Connection) -> None:
    """An organization of any fault can be locked and read about, and only itself is RowUnreadable."""
    for name, text in poisoned(ROOT):
        home = OrganizationId(IDS.new())
        good = good_row(ROOT, home)
        row = Row(ROOT, good.values | {name: text}, name)
        await write(plain, row)
        async with unchecked.unit(home) as unit, unchecked.reading(home) as reading:
            for organizations in (unit.of(Organization), reading.of(Organization)):
                with pytest.raises(RowUnreadable) as caught:
                    await organizations.get(home, include_deleted=True)
                assert caught.value.rows == (row.key,)
                assert (await organizations.find_readable(include_deleted=True)).left_out == (row.key,)
            assert await unit.of(User).find() == ()
            await unit.commit()


async def pages(
    find: Find, limit: int, order: Callable[[Validated], object] | None
) -> tuple[list[Validated], set[RowKey]]:
    """What the pages of a listing give one after the other, and which rows they say they left out."""
    rows: list[Validated] = []
    left_out: set[RowKey] = set()
    while True:
        found = await find(order=order, after=rows[-1] if rows else None, limit=limit, include_deleted=True)
        rows += found.rows
        left_out |= {*found.left_out}
        if len(found.rows) < limit:
            return rows, left_out


async def pages_back(
    find: Find, limit: int, order: Callable[[Validated], object] | None
) -> tuple[list[Validated], set[RowKey]]:
    """As `pages`, from the last page to the first."""
    rows: list[Validated] = []
    left_out: set[RowKey] = set()
    while True:
        before = rows[0] if rows else Cursor()
        found = await find(order=order, before=before, limit=limit, include_deleted=True)
        rows, left_out = [*found.rows, *rows], left_out | {*found.left_out}
        if len(found.rows) < limit:
            return rows, left_out


def by(column: Column, *, down: bool) -> Callable[[Validated], object]:
    """An order by one column."""

    def order(row: Validated) -> object:
        field = getattr(row, column.name)
        return descending(field) if down else field

    return order


@pytest.mark.parametrize("model", OF_TENANTS, ids=lambda model: model.table)
async def test_pages_give_the_others(
    unchecked: PostgresStore, plain: asyncpg.Connection, model: Model[Validated], *, every_row: bool
) -> None:
    """Ordered by any column, page by page, the readable rows come each once, and what the pages left out is the rest.

    Usually one column is asked upwards and the next one downwards; every row is each of them both ways.
    """
    home = await an_organization(plain)
    rows = mixed_rows(model, home, most=2)
    await write(plain, *rows)
    ways = zip((column for column in model.columns if column.type in ORDERED), cycle((False, True)), strict=False)
    orders = [by(column, down=down ^ other) for column, down in ways for other in (False, True)[: 1 + every_row]]

    def ours(row: Validated) -> bool:
        return cast(bool, getattr(row, model.named_tenant) == home)

    async with unchecked.reading(home) as reading, unchecked.system() as unit:
        here, everywhere = reading.of(model.entity).find_readable, partial(unit.of(model.entity).find_readable, ours)
        for find in (here, everywhere):
            assert keys(model, (await find(include_deleted=True)).rows) == sound(rows)
            assert set((await find(include_deleted=True)).left_out) == faulty(rows)
            assert (await find(limit=1, include_deleted=True)).left_out == ()
        listings: list[Listing] = [(here, 2, None), (everywhere, 2, None)]
        for asked, limit, order in (*listings, *((here, 8, order) for order in orders)):
            found, left_out = await pages(asked, limit, order)
            assert order is not None or await pages_back(asked, limit, order) == (found, left_out)
            assert sorted(map(str, keys(model, tuple(found)))) == sorted(map(str, sound(rows)))
            assert left_out == faulty(rows)
        with pytest.raises(RowUnreadable):
            await unit.of(model.entity).find(ours, include_deleted=True)


async def test_nothing_but_rows_that_cannot_be_read(unchecked: PostgresStore, plain: asyncpg.Connection) -> None:
    """A listing of such rows alone is an empty page that says so; behind many of them the others are found."""
    home = await an_organization(plain)
    (users,) = (model for model in GAPLESS.models if model.table == "users")
    bad = [row for row in mixed_rows(users, home) if row.fault is not None]
    await write(plain, *bad)
    async with unchecked.reading(home) as reading:
        nothing = await reading.of(User).find_readable(limit=3, include_deleted=True)
        assert (nothing.rows, set(nothing.left_out)) == ((), faulty(bad))
        last = good_row(users, home)
        await write(plain, last)
        found = await reading.of(User).find_readable(limit=1, include_deleted=True)
        assert keys(users, cast("tuple[Validated, ...]", found.rows)) == [last.key]
        assert set(found.left_out) == faulty(bad)


async def test_the_error_names_few_of_many(unchecked: PostgresStore, plain: asyncpg.Connection) -> None:
    """The message names three of the rows and how many there are more; the error holds all of them."""
    home = await an_organization(plain)
    (events,) = (model for model in GAPLESS.models if model.table == "outbox")
    rows = mixed_rows(events, home)
    await write(plain, *rows)
    async with unchecked.reading(home) as reading:
        with pytest.raises(RowUnreadable) as caught:
            await reading.outbox.find()
    assert f"and {len(faulty(rows)) - 3} more" in caught.value.message
    assert caught.value.message.count(str(UUID(str(home)))) == 3
    assert caught.value.details()["rows"] == [str(key) for key in caught.value.rows]
