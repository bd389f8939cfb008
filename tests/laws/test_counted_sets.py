"""Rules over many rows whose conditions ask a number in which writes count, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit import (
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    Catalogue,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    all_of,
    between,
    increment,
    row,
    rules_of,
)
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store
from tests.stores import STORES, store_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """A shelf, which takes worn books as long as it is open."""

    number: int
    open_hours: int = 1
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Book(Entity):
    """A book, which is new until it was lent, and worn when it was lent three times."""

    number: int
    shelf: int
    lent: int = 0
    version: int = 0


@rules_of(Shelf, "shelves", shared=True, key=("number",))
def shelf_rules(_: Shelf) -> Iterator[Rule]:
    """A shelf has no rules of its own."""
    yield from ()


@rules_of(Book, "books", shared=True, key=("number",))
def book_rules(book: Book) -> Iterator[Rule]:
    """A shelf keeps one new book, and has at most one that is worn."""
    home = Reference("books_shelf_fkey", "It stands on a shelf.", book.shelf, Shelf, OnDelete.RESTRICT)
    yield home
    yield Index("idx_books_shelf", "Finds the books of a shelf.", (book.shelf,))
    yield AtLeastOne("books_new", "A shelf has a new book.", home, of=book.lent <= 0)
    yield AtMost("books_worn", "A shelf has one worn book.", home, of=book.lent >= 3, limit=1)
    yield AdmissionGuard("books_open", "The shelf is closed.", home, row(Shelf).open_hours >= 1, of=book.lent >= 3)


CATALOGUE = Catalogue((shelf_rules, book_rules))


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store of shelves and books: five on the first shelf, lent 0 to 2 times, and on a closed one."""
    async with store_of(request.param, engine, CATALOGUE, "counted_sets") as found:
        async with found.unit() as unit:
            await unit.of(Shelf).add_all([Shelf(number=1), Shelf(number=2, open_hours=0)])
            lent = {1: (0, 0, 2, 2, 1), 2: (0, 2)}
            books = [(shelf, lent) for shelf, numbers in lent.items() for lent in numbers]
            await unit.of(Book).add_all(
                [Book(number=place, shelf=shelf, lent=lent) for place, (shelf, lent) in enumerate(books)]
            )
            await unit.commit()
        yield found


async def came_of(store: Store, least: int, greatest: int, by: int, *, shelf: int = 1) -> str:
    """The rule that refuses to count in the books of a shelf that were lent so often, or "kept"; nothing stays."""
    try:
        async with store.unit() as unit:
            books = unit.of(Book)
            await books.update_where(
                lambda book: one_shelf(book, shelf, least, greatest), lambda book: (increment(book.lent, by),)
            )
            await unit.commit()
    except RuleViolated as error:
        return error.rule
    async with store.unit() as unit:  # as it was before
        await unit.of(Book).update_where(
            lambda book: one_shelf(book, shelf, least + by, greatest + by), lambda book: (increment(book.lent, -by),)
        )
        await unit.commit()
    return "kept"


def one_shelf(book: Book, shelf: int, least: int, greatest: int) -> bool:
    """The condition of books that stand on a shelf and were lent so often."""
    return all_of(book.shelf == shelf, between(book.lent, least, greatest))


async def test_counted_rows_enter_and_leave_sets(store: Store) -> None:
    """Rows that come into a set by a count, or leave it, are counted at the commit, and let in at the write."""
    assert await came_of(store, 0, 0, 1) == "books_new"
    assert await came_of(store, 2, 2, 1) == "books_worn"
    assert await came_of(store, 1, 1, 2) == "kept"
    assert await came_of(store, 1, 1, 9) == "kept"
    assert await came_of(store, 2, 2, 1, shelf=2) == "books_open"
    async with store.reading() as reading:
        found = await reading.of(Book).find(lambda book: book.shelf == 1)
    assert [book.lent for book in found] == [0, 0, 2, 2, 1]
