"""The reads of one root."""

from __future__ import annotations

from typing import Protocol, TypeVar

from gapless.kit.audit import AuditRecord
from gapless.kit.ids import AuditRecordId, EventId, RowId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports.repositories import ReadRepository
from gapless.kit.ports.selects import SelectConnection

E = TypeVar("E")


class Reading(Protocol):
    """Reads of one root. Each sees the newest committed state; with a snapshot all see one moment."""

    def of(self, entity: type[E]) -> ReadRepository[E, RowId]:
        """The repository of an entity of the store's catalogue.

        Raises:
            DeclarationError: the catalogue does not contain this entity.
        """
        ...

    @property
    def connection(self) -> SelectConnection:
        """For SELECTs of the host's own, in the snapshot of this reading: SQLAlchemy's AsyncConnection on PostgreSQL.

        In memory a function of the host's answers them: `gapless.open("memory:", sql=answer)`.

        Raises:
            QueryRefused: the reading has no snapshot.
            SqlUnanswered: the store is in memory, and no function answers there.
            UnitOfWorkError: the reading is not open, or has failed.
        """
        ...

    @property
    def audit_trail(self) -> ReadRepository[AuditRecord, AuditRecordId]:
        """The audit trail of the root."""
        return self.of(AuditRecord)

    @property
    def outbox(self) -> ReadRepository[OutboxEvent, EventId]:
        """The events of the root that are not delivered yet."""
        return self.of(OutboxEvent)
