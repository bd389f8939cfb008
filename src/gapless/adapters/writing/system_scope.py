"""The rows of one entity in all roots, for jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic

from gapless.adapters.writing.reader import Where
from gapless.adapters.writing.repository import StoreRepository
from gapless.kit.assignments import Assignment
from gapless.kit.cursors import Cursor
from gapless.kit.model import E
from gapless.kit.row_keys import Found


class SystemRows(Generic[E]):
    """Wraps the repository of a unit without a root, and offers only what such a unit can do.

    Args:
        rows: the repository.
    """

    def __init__(self, rows: StoreRepository[E]) -> None:
        self._rows = rows

    async def find(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `SystemRepository.find`."""
        return await self._rows.find(where, order=order, after=after, limit=limit, include_deleted=include_deleted)

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `SystemRepository.find_readable`."""
        return await self._rows.find_readable(
            where, order=order, after=after, limit=limit, include_deleted=include_deleted
        )

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `SystemRepository.count`."""
        return await self._rows.count(where, include_deleted=include_deleted)

    async def update_where(
        self, where: Where[E], assign: Callable[[E], Iterable[Assignment]], *, include_deleted: bool = False
    ) -> int:
        """As `SystemRepository.update_where`."""
        return await self._rows.update_where(where, assign, include_deleted=include_deleted)

    async def delete_where(self, where: Where[E], *, include_deleted: bool = False) -> int:
        """As `SystemRepository.delete_where`."""
        return await self._rows.delete_where(where, include_deleted=include_deleted)
