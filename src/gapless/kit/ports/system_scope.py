"""The unit of work over all roots, for jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Protocol, Self, TypeVar

from gapless.kit.aggregates import Grouped, Ordered, Summed
from gapless.kit.assignments import Assignment
from gapless.kit.cursors import Cursor
from gapless.kit.row_keys import Found

E = TypeVar("E")


class SystemRepository(Protocol[E]):
    """Reads and writes rows of all roots, for jobs. It writes no entity that is audited or guarded."""

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`, over all roots; rows that are equal are sorted by root last."""
        ...

    async def find_readable(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `ReadRepository.find_readable`, over all roots."""
        ...

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """As `ReadRepository.count`."""
        ...

    async def exists(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> bool:
        """As `ReadRepository.exists`, over all roots."""
        ...

    async def sum(
        self,
        of: Callable[[E], Summed | None],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Summed:
        """As `ReadRepository.sum`, over all roots."""
        ...

    async def greatest(
        self,
        of: Callable[[E], Ordered],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Ordered | None:
        """As `ReadRepository.greatest`, over all roots."""
        ...

    async def least(
        self,
        of: Callable[[E], Ordered],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Ordered | None:
        """As `ReadRepository.least`, over all roots."""
        ...

    async def count_by(
        self,
        by: Callable[[E], Grouped],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Mapping[Grouped, int]:
        """As `ReadRepository.count_by`, over all roots."""
        ...

    async def update_where(
        self,
        where: Callable[[E], bool],
        assign: Callable[[E], Iterable[Assignment]],
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `Repository.update_where`.

        Raises:
            QueryRefused: as `find`; or the entity is audited, has an invariant or an admission guard, or is
            append-only.
        """
        ...

    async def delete_where(self, where: Callable[[E], bool], *, include_deleted: bool = False) -> int:
        """As `Repository.delete_where`.

        Raises:
            QueryRefused: as `update_where`.
        """
        ...


class SystemUnit(Protocol):
    """A unit of work over all roots, for jobs. It takes no lock, so its commit may meet a conflict."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def of(self, entity: type[E]) -> SystemRepository[E]:
        """The repository of an entity of the store's catalogue."""
        ...

    async def commit(self) -> None:
        """As `UnitOfWork.commit`."""
        ...
