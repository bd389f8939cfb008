"""The units of work: an overlay over the committed state, from its opening until it is kept or forgotten."""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn, Self, TypeVar, cast, overload
from uuid import UUID

from gapless.adapters.deadline import Deadline
from gapless.adapters.locks import UnitLock
from gapless.adapters.memory.commit import commit
from gapless.adapters.memory.repository import MemoryAcrossRepository, MemoryRepository
from gapless.adapters.memory.scope import Database, Scope
from gapless.adapters.memory.state import Overlay
from gapless.adapters.writing.requirements import require_id
from gapless.adapters.writing.unit_state import Stage
from gapless.domain.ports import A, AcrossRepository, AcrossUnit, AuditedRepository, P, Repository, UnitOfWork
from gapless.kit.errors import NotFound, UnitOfWorkError
from gapless.kit.model import Judged
from gapless.kit.plain import is_of

Row = TypeVar("Row")


class MemoryUnit(UnitOfWork):
    """A unit of work of one organization.

    Args:
        database: the store's state.
        organization: whose rows it reads and writes.
        seconds: how long it may take.
        founding: whether the organization is not there yet, so that there is nothing to lock.
    """

    def __init__(self, database: Database, organization: UUID, seconds: float, *, founding: bool) -> None:
        self._overlay = Overlay(database.committed)
        self._scope = Scope(database, self._overlay.view, organization)
        self._organization = organization
        self._seconds = seconds
        self._founding = founding
        self._lock = UnitLock(database.locks, organization)
        self._repositories: dict[type, object] = {}

    async def __aenter__(self) -> Self:
        """As `UnitOfWork.__aenter__`."""
        scope = self._scope
        require_id(scope.database.schema.root.model, self._organization)
        scope.require_new()
        scope.database.require_usable()
        scope.state.busy = True
        try:
            scope.deadline = Deadline(self._seconds)
            if not self._founding:
                await self._lock.acquire(scope.deadline, scope.database.limits.lock)
            scope.require_usable()
            if not self._founding:
                self._require_organization()
        except BaseException:
            self._close()
            raise
        finally:
            scope.state.busy = False
        scope.state.stage = Stage.OPEN
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Forgets what was not committed."""
        self._close()

    @overload
    def of(self, entity: type[A]) -> AuditedRepository[A, UUID]: ...
    @overload
    def of(self, entity: type[P]) -> Repository[P, UUID]: ...
    def of(self, entity: type[Judged]) -> object:
        """As `UnitOfWork.of`: one class serves both protocols, and judges at run time whether the entry is missing."""
        found = self._repositories.get(entity) if is_of(entity, type) else None
        if found is None:
            model = self._scope.database.schema.catalogue.model(entity)
            table = self._scope.database.schema.table(entity)
            found = self._repositories[entity] = MemoryRepository(self._scope, self._overlay, table, model)
        return found

    async def commit(self) -> None:
        """As `UnitOfWork.commit`."""
        with self._scope.state.writing:
            try:
                self._scope.require_usable()
                commit(self._scope.database.schema, self._overlay)
            finally:
                self._lock.release()
        self._scope.state.stage = Stage.CLOSED

    @property
    def connection(self) -> NoReturn:
        """There is none.

        Raises:
            UnitOfWorkError: always.
        """
        raise UnitOfWorkError("The in-memory store has no connection: rows of the host's own need PostgreSQL.")

    def _require_organization(self) -> None:
        root = self._scope.database.schema.root
        if self._scope.row(root, self._organization) is None:
            raise NotFound(root.model.name, self._organization)

    def _close(self) -> None:
        self._lock.release()
        self._scope.state.stage = Stage.CLOSED


class MemoryAcrossUnit(AcrossUnit):
    """A unit of work over all organizations, without a lock.

    Args:
        database: the store's state.
        seconds: how long it may take.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        self._overlay = Overlay(database.committed)
        self._scope = Scope(database, self._overlay.view, None)
        self._seconds = seconds

    async def __aenter__(self) -> Self:
        """Opens the unit.

        Raises:
            StoreUnavailable: the store was closed.
        """
        self._scope.require_new()
        self._scope.database.require_usable()
        self._scope.deadline = Deadline(self._seconds)
        self._scope.state.stage = Stage.OPEN
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Forgets what was not committed."""
        self._scope.state.stage = Stage.CLOSED

    def of(self, entity: type[Row]) -> AcrossRepository[Row]:
        """As `AcrossUnit.of`.

        Raises:
            DeclarationError: the catalogue does not hold the entity.
        """
        schema = self._scope.database.schema
        model = schema.catalogue.model(cast("type[Judged]", entity))
        repository = MemoryAcrossRepository(self._scope, self._overlay, schema.tables[model.table], model)
        return cast("AcrossRepository[Row]", repository)

    async def commit(self) -> None:
        """As `UnitOfWork.commit`."""
        with self._scope.state.writing:
            self._scope.require_usable()
            commit(self._scope.database.schema, self._overlay)
        self._scope.state.stage = Stage.CLOSED
