"""A store that is watched: after each commit of a unit it says what is there, for laws about what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar, cast, overload

from gapless.kit import AuditedEntity, Entity
from gapless.kit.ids import RootId, RowId
from gapless.kit.ports import AuditedRepository, Reading, Repository, Store, SystemUnit, UnitOfWork
from gapless.kit.rights import Uses

A = TypeVar("A", bound=AuditedEntity)
P = TypeVar("P", bound=Entity)
Told = Callable[[], Awaitable[None]]


class WatchedUnit(UnitOfWork):
    """A unit of work that tells when it has committed.

    Args:
        unit: the unit.
        told: is called behind the commit.
    """

    def __init__(self, unit: UnitOfWork, told: Told) -> None:
        self._unit = unit
        self._told = told

    async def __aenter__(self) -> Self:
        await self._unit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._unit.__aexit__(kind, error, traceback)

    @overload
    def of(self, entity: type[A]) -> AuditedRepository[A, RowId]: ...
    @overload
    def of(self, entity: type[P]) -> Repository[P, RowId]: ...
    def of(self, entity: type[Entity | AuditedEntity]) -> object:
        """As the unit."""
        return self._unit.of(cast("type[Entity]", entity))

    async def commit(self) -> None:
        """As the unit, and tells it."""
        await self._unit.commit()
        await self._told()

    @property
    def connection(self) -> object:
        """That of the unit."""
        return self._unit.connection


class WatchedStore(Store):
    """A store whose units tell when they have committed.

    Args:
        store: the store.
        told: is called behind each commit.
    """

    def __init__(self, store: Store, told: Told) -> None:
        self._store = store
        self._told = told

    def unit(
        self, root_id: RootId | None = None, *, of: type | None = None, seconds: float | None = None
    ) -> UnitOfWork:
        """As the store."""
        return WatchedUnit(self._store.unit(root_id, of=of, seconds=seconds), self._told)

    def creating(self, root_id: RootId, *, of: type | None = None, seconds: float | None = None) -> UnitOfWork:
        """As the store."""
        return WatchedUnit(self._store.creating(root_id, of=of, seconds=seconds), self._told)

    def reading(
        self,
        root_id: RootId | None = None,
        *,
        of: type | None = None,
        snapshot: bool = False,
        seconds: float | None = None,
    ) -> AbstractAsyncContextManager[Reading]:
        """As the store."""
        return self._store.reading(root_id, of=of, snapshot=snapshot, seconds=seconds)

    def system(self) -> SystemUnit:
        """As the store."""
        return self._store.system()

    async def require_rights(self, *jobs: Uses) -> None:
        """As the store."""
        await self._store.require_rights(*jobs)

    async def require_not_ahead(self, at: datetime) -> None:
        """As the store."""
        await self._store.require_not_ahead(at)

    async def aclose(self) -> None:
        """As the store."""
        await self._store.aclose()
