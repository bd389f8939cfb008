"""Pages of a listing: each goes on behind the values that the one before ended with, and costs the same as the first.

A cursor says where to go on, not which row was last. So a row that stays as it is is listed exactly once, whatever
comes, goes and moves around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import attrs

from gapless.kit.cursors import Cursor
from gapless.kit.model import Validated
from gapless.kit.queries import cursor_behind, require_limit
from gapless.kit.row_keys import Found, RowKey

T = TypeVar("T", covariant=True)
Row = TypeVar("Row", bound=Validated)

DEFAULT_LIMIT = 50
GREATEST_LIMIT = 1000


@attrs.frozen
class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        items: its rows, in the order of the listing.
        next: what to pass as `after` for the page that follows, or None if this is the last one. It is a text that is
            safe in a URL, and it holds the values of the order: opaque, but no secret.
        left_out: rows among these that can't be read, by table and key: somebody wrote them with the checks off. They
            don't count for the limit, and may be named by two pages that follow each other. Usually there are none.
    """

    items: tuple[T, ...]
    next: str | None
    left_out: tuple[RowKey, ...] = ()


class Listable(Protocol[Row]):
    """What has pages: a repository of a reading, of a unit, or of a unit over all organizations."""

    async def find_readable(
        self,
        where: Callable[[Row], bool] | None = None,
        *,
        order: Callable[[Row], object] | None = None,
        after: Row | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[Row]:
        """As `ReadRepository.find_readable`."""
        ...


async def page_of(  # what is listed, in which order, and which page of it
    repository: Listable[Row],
    where: Callable[[Row], bool] | None,
    order: Callable[[Row], object] | None,
    after: str | None,
    limit: int,
    *,
    include_deleted: bool = False,
    listing: str = "",
) -> Page[Row]:
    """Reads one page of a listing, by one request.

    Of pages that are read one after the other, each begins behind the last row of the one before, as that row was then.
    A row that keeps its place in the order is listed exactly once. One that moves from before the cursor to beyond it
    is listed at its new place, though it was listed at the old one; one that moves the other way is not listed again.

    Args:
        repository: of a reading, of a unit, or of a unit over all organizations.
        where: which rows are listed, None for all. It may change from page to page.
        order: in which order, see `ReadRepository.find`; None for that of their ids, by default that of their coming.
        after: `next` of the page before, whatever has become of its rows; None for the first page.
        limit: how many rows at most, 1 to 1000.
        include_deleted: whether deleted rows are among them.
        listing: what the listing is called, where others have the same rows in the same order: its cursors are then
            refused by those, and theirs by it.

    Raises:
        InvalidValue: `after` was not made by this listing in this order for this organization, or is damaged.
        QueryRefused: the limit is none; the stores do not agree on the order or the condition; or the order is by a
            text that no check bounds, and a cursor has no room for it.
    """
    limit = require_limit(limit, GREATEST_LIMIT)
    found = await repository.find_readable(
        where, order=order, after=Cursor(after, listing), limit=limit + 1, include_deleted=include_deleted
    )
    rows = found.rows
    if len(rows) <= limit:
        return Page(rows, None, found.left_out)
    return Page(rows[:limit], cursor_behind(rows[limit - 1], order, listing).text, found.left_out)
