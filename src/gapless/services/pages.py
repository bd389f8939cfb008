"""Pages of a listing, by key: a page stays right while rows come and go, and costs the same wherever it begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, cast
from uuid import UUID

import attrs

from gapless.domain.ports import ReadRepository
from gapless.domain.rules import all_of
from gapless.domain.rules.queries import require_limit
from gapless.services.arguments import require_ids

T = TypeVar("T", covariant=True)
Id = TypeVar("Id", bound=UUID, covariant=True)
Key = TypeVar("Key", bound=UUID)

DEFAULT_LIMIT = 50
GREATEST_LIMIT = 1000


@attrs.frozen
class Page(Generic[T, Id]):
    """One page of a listing.

    Attributes:
        items: its rows, in the order of the listing.
        next: what to pass as `after` for the page that follows, or None if this is the last one.
    """

    items: tuple[T, ...]
    next: Id | None


class Listed(Protocol[Id]):
    """A row that a page can end with."""

    @property
    def id(self) -> Id:
        """What the next page begins after."""
        ...


Row = TypeVar("Row", bound=Listed[UUID])


async def page_of(
    repository: ReadRepository[Row, UUID],
    where: Callable[[Row], bool] | None,
    order: Callable[[Row], object] | None,
    after: Key | None,
    limit: int,
) -> Page[Row, Key]:
    """Reads one page of a listing.

    Args:
        repository: of a reading or a unit of one organization.
        where: which rows are listed, None for all; deleted ones never are.
        order: in which order, see `ReadRepository.find`; None for that of their ids.
        after: `next` of the page before; None for the first page.
        limit: how many rows at most, 1 to 1000.

    Raises:
        InvalidValue: `after` is no id.
        NotFound: `after` is no row of this organization.
        QueryRefused: the limit is none.
    """
    if after is not None:
        require_ids(after=after)
    limit = require_limit(limit, GREATEST_LIMIT)
    last = None if after is None else await repository.get(after, include_deleted=True)
    return _page(await repository.find(where, order=order, after=last, limit=limit + 1), limit)


async def page_by_id(
    repository: ReadRepository[Row, UUID],
    where: Callable[[Row], bool],
    after: Key | None,
    limit: int,
    *,
    include_deleted: bool = False,
) -> Page[Row, Key]:
    """Reads one page of a listing in the order of the ids, which is by default that of their coming.

    Args:
        repository: of a reading or a unit of one organization.
        where: which rows are listed.
        after: `next` of the page before, also if that row is gone by now; None for the first page.
        limit: how many rows at most, 1 to 1000.
        include_deleted: whether deleted rows are among them.

    Raises:
        InvalidValue: `after` is no id.
        QueryRefused: the limit is none.
    """
    if after is not None:
        require_ids(after=after)
    limit = require_limit(limit, GREATEST_LIMIT)

    def wanted(row: Row) -> bool:
        return where(row) if after is None else all_of(where(row), row.id > after)

    return _page(await repository.find(wanted, limit=limit + 1, include_deleted=include_deleted), limit)


def _page(rows: tuple[Row, ...], limit: int) -> Page[Row, Key]:
    """The page of these rows, of which one more than fits on it was asked for."""
    return Page(rows[:limit], cast(Key, rows[limit - 1].id) if len(rows) > limit else None)
