"""Changing one audited row: read under the lock, changed, told, kept; what stays as it is is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from gapless.application.audit_records import Recorder
from gapless.kit import AuditedEntity
from gapless.kit.ids import OrganizationId
from gapless.kit.outbox import Event
from gapless.kit.ports import Store

A = TypeVar("A", bound=AuditedEntity)


def no_events(_: object, __: object) -> tuple[Event, ...]:
    """Nothing has to happen outside."""
    return ()


async def change_row(  # noqa: PLR0913  # which row, how it changes, and what tells of it
    store: Store,
    organization_id: OrganizationId,
    entity: type[A],
    id: UUID,
    action: str,
    change: Callable[[A, Recorder], A],
    recording: Callable[[], Recorder],
    *,
    events: Callable[[A, A], Iterable[Event]] = no_events,
) -> A:
    """Changes one row in a unit of work of its own: four requests to the server.

    Args:
        store: where the row is kept.
        organization_id: whose it is.
        entity: what it is.
        id: which one.
        action: what the trail calls the change.
        change: gives the row as it is to be; one that equals the row is neither written nor logged.
        recording: makes the record, when the organization's lock is held.
        events: what has to happen outside, for the row before and after.

    Returns:
        The row, as stored.

    Raises:
        NotFound: there is no such row, or a deleted one.
    """
    async with store.unit(organization_id) as unit:
        recorder = recording()
        before = await unit.of(entity).get(id)
        after = change(before, recorder)
        if after == before:
            return before
        happened = recorder.events(organization_id, events(before, after))
        stored = await unit.of(entity).save(after, recorder.audit(action, before, after), happened)
        await unit.commit()
    return stored
