"""What comes from outside of the service: the time, ids, and whoever delivers events."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gapless.kit.outbox import OutboxEvent


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Gives the time in UTC."""
        ...


class IdFactory(Protocol):
    """Makes ids."""

    def new(self) -> UUID:
        """Makes a new id; by default a UUIDv7, so that rows which were made later are sorted later."""
        ...


class EventHandler(Protocol):
    """Delivers an event to the outside. The same event may come twice, so a second delivery must do no harm."""

    def __call__(self, event: OutboxEvent, /) -> Awaitable[None]:
        """Delivers one event. If it raises anything, the event comes again later."""
        ...
