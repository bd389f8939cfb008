"""Changes one audited row: reads it under the lock, changes it, and writes it with its audit record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from gapless.application.audit_records import Recorder
from gapless.kit import AuditedEntity
from gapless.kit.ids import RootId
from gapless.kit.outbox import Event
from gapless.kit.ports import Store

A = TypeVar("A", bound=AuditedEntity)


def no_events(_: object, __: object) -> tuple[Event, ...]:
    """Makes no events."""
    return ()


async def change_row(  # noqa: PLR0913  # which row, how it changes, and what tells of it
    store: Store,
    root_id: RootId,
    entity: type[A],
    id: UUID,
    action: str,
    change: Callable[[A, Recorder], A],
    recorder_of: Callable[[], Recorder],
    *,
    events: Callable[[A, A], Iterable[Event]] = no_events,
) -> A:
    """Changes one row in a unit of work of its own, with four requests to the server.

    Args:
        store: the store that keeps the row.
        root_id: the root of the row.
        entity: the entity of the row.
        id: the id of the row.
        action: how the audit trail calls the change.
        change: gives the changed row; if that equals the row, nothing is written or recorded.
        recorder_of: makes the recorder, once the root's lock is held.
        events: makes the events, from the row before and the row after.

    Returns:
        The row, as it was stored.

    Raises:
        NotFound: there is no such row, or it is soft-deleted.
    """
    async with store.unit(root_id) as unit:
        recorder = recorder_of()
        before = await unit.of(entity).get(id)
        after = change(before, recorder)
        if after == before:
            return before
        happened = recorder.events(root_id, events(before, after))
        stored = await unit.of(entity).save(after, recorder.audit(action, before, after), happened)
        await unit.commit()
    return stored
