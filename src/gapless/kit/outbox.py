"""The outbox: events that have to be delivered to the outside after the commit, kept until they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

import attrs

from gapless.kit.declaration import rules_of
from gapless.kit.ids import EventId, RootId
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.kinds import Check, Index, Rule
from gapless.kit.language import between, length
from gapless.kit.model import Entity
from gapless.kit.personal_fields import impersonal, personal


class Event(Protocol):
    """Something to deliver to the outside: what happened, and what the handler needs to know."""

    @property
    def kind(self) -> str:
        """What happened, as a handler knows it, such as "sessions.revoke"."""
        ...

    def payload(self) -> dict[str, Json]:
        """What the handler needs to know, as JSON."""
        ...


@attrs.frozen(kw_only=True, slots=True)
class OutboxEvent(Entity):
    """An event in the outbox, from the commit until its handler has returned: it is delivered at least once.

    Attributes:
        attempts: how often its delivery has failed.
        due_at: the time from which it is to be delivered; a relay that claims the event moves it into the future.
        claim: the mark of the relay that claimed it last.
    """

    root_id: RootId | None
    id: EventId
    created_at: datetime
    kind: str = impersonal()
    payload: JsonObject = personal()
    attempts: int = 0
    due_at: datetime
    claim: UUID | None = None
    version: int = 0


@rules_of(OutboxEvent, "outbox", belongs_to=lambda event: event.root_id, origin="gapless")
def outbox_rules(event: OutboxEvent) -> Iterator[Rule]:
    """The rules of the events in the outbox."""
    yield Check(
        "outbox_kind_length", "The kind of an event has 1 to 100 characters.", between(length(event.kind), 1, 100)
    )
    yield Check("outbox_attempts_not_negative", "The number of attempts is not negative.", event.attempts >= 0)
    # There is no reference to the root, because an event has to be delivered even after a purge.
    yield Index("idx_outbox_due_at", "Finds the events that are due.", event.due_at)
    yield Index("idx_outbox_claim", "Finds what a relay has claimed.", event.claim)
