"""What goes along with a write of a program: audit records of the trail and events, the same on every store."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gapless.kit.audit import ActorKind, AuditRecord
from gapless.kit.ids import AuditRecordId, EventId, RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
"""When everything happens that a program does."""


def audit_record_of(organization: RootId | None, id: UUID) -> AuditRecord:
    """An audit record of a job in an organization, or in none."""
    return AuditRecord(
        root_id=organization,
        id=AuditRecordId(id),
        created_at=NOW,
        actor_kind=ActorKind.SYSTEM,
        job="programs",
        action="test",
        resource_type="row",
        resource_id="1",
    )


def event_of(organization: RootId | None, id: UUID) -> OutboxEvent:
    """An event of an organization, or of none, that is due at once."""
    return OutboxEvent(
        root_id=organization,
        id=EventId(id),
        created_at=NOW,
        kind="program.tested",
        payload=JsonObject({"a": 1}),
        due_at=NOW,
    )
