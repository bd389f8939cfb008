"""Pages of a listing, by key: a page stays right while rows come and go, and costs the same wherever it begins."""

from __future__ import annotations

from typing import Generic, TypeVar
from uuid import UUID

import attrs

from gapless.domain.errors import QueryRefused

T = TypeVar("T", covariant=True)
Id = TypeVar("Id", bound=UUID, covariant=True)

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


def require_limit(limit: int) -> None:
    """Refuses the size of a page that no store is to be asked for.

    Raises:
        QueryRefused: it is no whole number from 1 to 1000.
    """
    if type(limit) is not int or not 1 <= limit <= GREATEST_LIMIT:
        raise QueryRefused(f"The limit of a page is a whole number from 1 to {GREATEST_LIMIT}.")
