"""The unit of work: all or nothing, for one root or for none."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self, TypeVar, overload

from gapless.kit.audit import AuditRecord
from gapless.kit.ids import EventId, RowId
from gapless.kit.model import AuditedEntity, Entity
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports.repositories import AuditedRepository, Repository, TrailRepository

A = TypeVar("A", bound=AuditedEntity)
P = TypeVar("P", bound=Entity)


class UnitOfWork(Protocol):
    """All or nothing, for one root or for none: only `commit()` keeps, leaving the block rolls back. One task uses it.

    The unit sees the newest committed state and its own writes; nobody else sees these before the commit. After a write
    has raised, the unit has failed: any further use raises UnitOfWorkFailed, and it can't commit. A cancellation leaves
    nothing half done.
    """

    async def __aenter__(self) -> Self:
        """Opens the unit, and takes the lock of the root, if it has one.

        Raises:
            NotFound: the root does not exist.
            ConcurrencyConflict: another unit held the lock for too long.
            DeadlineExceeded: the unit's time was over before it had the lock.
            StoreUnavailable: the store can't be reached.
        """
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    @overload
    def of(self, entity: type[A]) -> AuditedRepository[A, RowId]: ...
    @overload
    def of(self, entity: type[P]) -> Repository[P, RowId]: ...

    async def commit(self) -> None:
        """Keeps everything that the unit has written.

        Raises:
            RuleViolated: an invariant does not hold for the state that the commit would leave.
            ConcurrencyConflict: others changed the same data; a fresh unit may well succeed.
            CommitUnknown: the connection was lost during the commit; look before you try again.
            UnitOfWorkError: the unit has failed, or is closed.
        """
        ...

    @property
    def connection(self) -> object:
        """SQLAlchemy's AsyncConnection, for a host's own tables in this transaction: on PostgreSQL only.

        Raises:
            UnitOfWorkError: this store has no connection.
        """
        ...

    @property
    def audit_trail(self) -> TrailRepository:
        """The audit trail of the root."""
        return self.of(AuditRecord)

    @property
    def outbox(self) -> Repository[OutboxEvent, EventId]:
        """The events of the root that are not delivered yet."""
        return self.of(OutboxEvent)
