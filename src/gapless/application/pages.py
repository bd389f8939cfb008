"""Pages of a listing: each goes on after the values at which the one before ended, and costs as much as the first.

A cursor says where to go on, forwards or backwards, and not which row was the last one. So a row that does not change
is listed exactly once, even if other rows are added, removed or moved meanwhile.
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
        items: the rows of the page, in the order of the listing.
        next: what to pass as `after` to get the following page; None if this is the last one. It is a text that is safe
            in a URL. It holds the values of the order: it is opaque, but no secret.
        left_out: the keys of rows of this page that can't be read, because somebody wrote them with the checks off.
            They
            do not count towards the limit, and two pages in a row may name the same. Usually it is empty.
        previous: what to pass as `before` to get the page in front of this one; None if this is the first one. Whoever
            goes forwards is not told whether rows of the page before are still there, and whoever goes backwards not
            whether those of the page behind are: that page may be empty by now, and an empty page leads nowhere.
    """

    items: tuple[T, ...]
    next: str | None
    left_out: tuple[RowKey, ...] = ()
    previous: str | None = None


class Listable(Protocol[Row]):
    """What has pages: a repository of a reading, of a unit of work, or of a system unit."""

    async def find_readable(
        self,
        where: Callable[[Row], bool] | None = None,
        *,
        order: Callable[[Row], object] | None = None,
        after: Row | Cursor | None = None,
        before: Row | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[Row]:
        """As `ReadRepository.find_readable`."""
        ...


async def page_of(  # noqa: PLR0913  # what is listed, in which order, and which page of it
    repository: Listable[Row],
    where: Callable[[Row], bool] | None,
    order: Callable[[Row], object] | None,
    after: str | None,
    limit: int,
    *,
    include_deleted: bool = False,
    listing: str = "",
    before: str | None = None,
) -> Page[Row]:
    """Reads one page of a listing, with one request to the store.

    Each page begins after the last row of the page before, as that row was then, or ends before the first row of the
    page behind. A row that keeps its place in the order is listed exactly once. A row that moves from before the cursor
    to behind it is listed twice, at its old place and at its new one; a row that moves the other way may not be listed
    at all.

    Args:
        repository: a repository of a reading, of a unit of work, or of a system unit.
        where: a predicate over a symbolic row; None for all rows. It may be another one on each page.
        order: the order, as for `ReadRepository.find`; None for the order by id, in which rows were made by default.
        after: the `next` of the page before, even if its rows are gone; None for the first page.
        limit: the greatest number of rows, 1 to 1000.
        include_deleted: whether soft-deleted rows are listed as well.
        listing: a name for the listing, if others list the same rows in the same order; they then refuse each other's
            cursors.
        before: the `previous` of the page behind, whose rows may be gone as well; None to go forwards.

    Raises:
        InvalidValue: `after` or `before` is damaged, or comes from another listing, order or root.
        QueryRefused: `limit` is not such a number; the stores do not agree on the order or the condition; the order
            sorts by a text of any length, for which a cursor has no room; or both `after` and `before` are given.
    """
    limit = require_limit(limit, GREATEST_LIMIT)
    is_first, goes_back = after is None, before is not None
    found = await repository.find_readable(
        where,
        order=order,
        after=None if is_first and goes_back else Cursor(after, listing),
        before=Cursor(before, listing) if goes_back else None,
        limit=limit + 1,
        include_deleted=include_deleted,
    )
    goes_on = len(found.rows) > limit
    rows = found.rows[-limit:] if goes_back else found.rows[:limit]
    if not rows:
        return Page(rows, None, found.left_out)
    has_previous, has_next = (goes_on, True) if goes_back else (not is_first, goes_on)
    previous = cursor_behind(rows[0], order, listing).text if has_previous else None
    following = cursor_behind(rows[-1], order, listing).text if has_next else None
    return Page(rows, following, found.left_out, previous)
