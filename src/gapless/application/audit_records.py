"""What a use case writes besides its rows: the audit record, and the events for the outside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import cast

import attrs

from gapless.kit import AuditedEntity, model_of
from gapless.kit.audit import NO_METADATA, Actor, ActorKind, AuditRecord, as_json, changed_fields
from gapless.kit.columns import is_key
from gapless.kit.errors import InvalidValue
from gapless.kit.ids import AuditRecordId, DeletionId, EventId, RootId, RowId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import Event, OutboxEvent
from gapless.kit.plain import is_of, kind_of, plain
from gapless.kit.ports import IdFactory
from gapless.kit.recorded_rows import resource_type
from gapless.kit.soft_deletion import Deletion


@attrs.frozen
class Recorder:
    """Makes the audit records and events of one use case, all with the same time and the same actor.

    Attributes:
        ids: makes the ids of the audit records and events.
        at: the time of the use case, in UTC, read while the root's lock is held. The trail is sorted by the
            numbers that the store gives, because clocks differ and may step back.
        actor: the user or the job that acts.

    Raises:
        InvalidValue: the actor is not an Actor.
    """

    ids: IdFactory
    at: datetime
    actor: Actor

    def __attrs_post_init__(self) -> None:
        actor: object = self.actor
        if not is_of(actor, Actor):
            raise InvalidValue("actor", f"actor must be an Actor, not {kind_of(actor)}.", fields=("actor",))

    def audit(
        self,
        action: str,
        before: AuditedEntity | None,
        after: AuditedEntity | None,
        metadata: JsonObject = NO_METADATA,
        *,
        root_id: RootId | None = None,
    ) -> AuditRecord:
        """Makes the audit record of one write.

        Args:
            action: what was done, such as "user.role_changed".
            before: the row before the write; None if it is added.
            after: the row after the write; None if it is removed.
            metadata: what else the audit trail says about it.
            root_id: the root of the row, if it has no field for that: the root of the unit that writes it.

        Raises:
            RuleViolated: the actor is neither a user nor a job, or both.
            InvalidValue: the row has no field for its root, and nothing says to which it belongs.
        """
        row = cast(AuditedEntity, before if after is None else after)
        model = model_of(type(row))
        if model.through is not None and root_id is None:
            said = f"A {model.name} does not say to which root it belongs: pass root_id=, that of the unit."
            raise InvalidValue("root_id", said, fields=("root_id",))
        home = root_id if model.through is not None else model.tenant_of(row)
        key = cast(RootId, home), cast(RowId, model.id_of(row))
        return self._record(action, type(row), key, changed_fields(before, after), metadata)

    def remark(
        self,
        action: str,
        entity: type[AuditedEntity],
        key: tuple[RootId, RowId],
        metadata: JsonObject = NO_METADATA,
    ) -> AuditRecord:
        """Makes an audit record about a row whose fields do not change, and which may be gone by now.

        Args:
            action: what was done.
            entity: the entity of the row.
            key: the key of its root, and the id of the row in it.
            metadata: what else the audit trail says about it.

        Raises:
            RuleViolated: the actor is neither a user nor a job, or both.
        """
        return self._record(action, entity, key, (None, None), metadata)

    def _record(
        self,
        action: str,
        entity: type[AuditedEntity],
        key: tuple[RootId, RowId],
        images: tuple[JsonObject | None, JsonObject | None],
        metadata: JsonObject,
    ) -> AuditRecord:
        before, after = images
        return AuditRecord(
            root_id=key[0],
            id=AuditRecordId(self.ids.new()),
            created_at=self.at,
            actor_kind=ActorKind.SYSTEM if self.actor.user_id is None else ActorKind.USER,
            user_id=self.actor.user_id,
            job=self.actor.job,
            action=action,
            resource_type=resource_type(entity),
            resource_id=resource_id(key[1]),
            before=before,
            after=after,
            metadata=metadata,
            ip_address=self.actor.ip_address,
            user_agent=self.actor.user_agent,
        )

    def events(self, root_id: RootId, events: Iterable[Event]) -> tuple[OutboxEvent, ...]:
        """The events as the outbox keeps them; they are due at once."""
        return tuple(
            OutboxEvent(
                root_id=root_id,
                id=EventId(self.ids.new()),
                created_at=self.at,
                kind=event.kind,
                payload=JsonObject(event.payload()),
                due_at=self.at,
            )
            for event in events
        )

    def deletion(self) -> Deletion:
        """A deletion by this actor, at the time of the use case."""
        return Deletion(id=DeletionId(self.ids.new()), at=self.at, by=self.actor.user_id)


def resource_id(id: RowId) -> str:
    """An id as the audit trail holds it; anything else is returned as it is, and refused later.

    The values of an id that has several are a list of JSON, so that no two ids are written alike.
    """
    found = plain(id)
    if type(found) is tuple:
        return json.dumps(list(map(as_json, found)), ensure_ascii=False, separators=(",", ":"))
    return str(as_json(found)) if is_key(found) else cast(str, found)
