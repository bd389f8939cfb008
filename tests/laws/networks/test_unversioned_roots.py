"""A root without a version is deleted and restored as it is, and not as somebody has read it before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import delete_root, restore_root
from gapless.kit import (
    PROCESSED_COMMANDS,
    Catalogue,
    Entity,
    OnDelete,
    Reference,
    Rule,
    rules_of,
    soft_deletion_rules,
)
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.ports import Store
from tests.laws.networks.laboratories import NUMBERS, recorder
from tests.stores import STORES, store_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """A root that no version guards."""

    id: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None


@attrs.frozen(kw_only=True, slots=True)
class Book(Entity):
    """What goes with it, and comes back with it."""

    shelf: int
    id: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None


@rules_of(Shelf, "shelves", root=True, soft_deleted=lambda shelf: shelf.is_deleted)
def shelf_rules(shelf: Shelf) -> Iterator[Rule]:
    """A shelf can be deleted."""
    yield from soft_deletion_rules(shelf, "shelves")


@rules_of(Book, "books", belongs_to=lambda book: book.shelf, soft_deleted=lambda book: book.is_deleted)
def book_rules(book: Book) -> Iterator[Rule]:
    """A book belongs to its shelf."""
    yield Reference("books_shelf_fkey", "A book has a shelf.", book.shelf, Shelf, OnDelete.CASCADE)
    yield from soft_deletion_rules(book, "books")


SHELVES = Catalogue((shelf_rules, book_rules)) + PROCESSED_COMMANDS


@pytest_asyncio.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store of shelves."""
    async with store_of(request.param, engine, SHELVES, "shelves") as found:
        yield found


async def filled(store: Store) -> Shelf:
    """A shelf with three books."""
    shelf = Shelf(id=next(NUMBERS))
    async with store.creating(shelf.id) as unit:
        await unit.of(Shelf).add(shelf)
        await unit.of(Book).add_all([Book(shelf=shelf.id, id=number) for number in range(3)])
        await unit.commit()
    return shelf


async def deleted_now(store: Store, shelf: Shelf) -> Shelf:
    """The shelf after its deletion, from what somebody has read."""
    async with store.unit(shelf.id) as unit:
        gone = await delete_root(unit, SHELVES, shelf, recorder())
        await unit.commit()
    return gone


async def restored_now(store: Store, shelf: Shelf) -> dict[str, int]:
    """How many rows come back with the shelf, from what somebody has read."""
    async with store.unit(shelf.id) as unit:
        _, rows = await restore_root(unit, SHELVES, shelf, recorder())
        await unit.commit()
    return dict(rows)


async def test_a_second_deletion_is_refused(store: Store) -> None:
    """Whoever has read the shelf before somebody deleted it does not delete it again: its books come back with it."""
    shelf = await filled(store)
    gone = await deleted_now(store, shelf)
    with pytest.raises(ConcurrencyConflict):
        await deleted_now(store, shelf)
    assert await restored_now(store, gone) == {"books": 3}


async def test_a_second_restoration_is_refused(store: Store) -> None:
    """Whoever has read the shelf before somebody restored it does not restore it, though it was deleted again since."""
    shelf = await filled(store)
    gone = await deleted_now(store, shelf)
    await restored_now(store, gone)
    with pytest.raises(ConcurrencyConflict):
        await restored_now(store, gone)
    again = await deleted_now(store, shelf)
    with pytest.raises(ConcurrencyConflict):
        await restored_now(store, gone)
    assert await restored_now(store, again) == {"books": 3}
