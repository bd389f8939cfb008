"""The rows of one entity in all roots, for jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic

from gapless.adapters.writing.reader import Where
from gapless.adapters.writing.repository import StoreRepository
from gapless.kit.aggregates import Grouped, Ordered, Summed
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
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `SystemRepository.find`."""
        return await self._rows.find(
            where, order=order, after=after, before=before, limit=limit, include_deleted=include_deleted
        )

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `SystemRepository.find_readable`."""
        return await self._rows.find_readable(
            where, order=order, after=after, before=before, limit=limit, include_deleted=include_deleted
        )

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `SystemRepository.count`."""
        return await self._rows.count(where, include_deleted=include_deleted)

    async def exists(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> bool:
        """As `SystemRepository.exists`."""
        return await self._rows.exists(where, include_deleted=include_deleted)

    async def sum(
        self, of: Callable[[E], Summed | None], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Summed:
        """As `SystemRepository.sum`."""
        return await self._rows.sum(of, where, include_deleted=include_deleted)

    async def greatest(
        self, of: Callable[[E], Ordered], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Ordered | None:
        """As `SystemRepository.greatest`."""
        return await self._rows.greatest(of, where, include_deleted=include_deleted)

    async def least(
        self, of: Callable[[E], Ordered], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Ordered | None:
        """As `SystemRepository.least`."""
        return await self._rows.least(of, where, include_deleted=include_deleted)

    async def count_by(
        self, by: Callable[[E], Grouped], where: Where[E] | None = None, *, include_deleted: bool = False
    ) -> Mapping[Grouped, int]:
        """As `SystemRepository.count_by`."""
        return await self._rows.count_by(by, where, include_deleted=include_deleted)

    async def update_where(
        self, where: Where[E], assign: Callable[[E], Iterable[Assignment]], *, include_deleted: bool = False
    ) -> int:
        """As `SystemRepository.update_where`."""
        return await self._rows.update_where(where, assign, include_deleted=include_deleted)

    async def delete_where(self, where: Where[E], *, include_deleted: bool = False) -> int:
        """As `SystemRepository.delete_where`."""
        return await self._rows.delete_where(where, include_deleted=include_deleted)
