"""Side records: the audit record and the events that a write keeps in the same statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

from gapless.adapters.writing.requirements import require_tenant
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import QueryRefused
from gapless.kit.model import Model
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import at_most, kind_of

MOST_EVENTS = 1000


class SideRecords(NamedTuple):
    """The side records of one statement: at most one audit record that is not written yet, and events."""

    audits: tuple[AuditRecord, ...] = ()
    events: tuple[OutboxEvent, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """How many audit records and events there are."""
        return len(self.audits), len(self.events)


NO_SIDE_RECORDS = SideRecords()


def require_side_records(
    trail: Model[AuditRecord],
    outbox: Model[OutboxEvent],
    audit: AuditRecord | None,
    events: Iterable[OutboxEvent],
    records_for: Callable[[Model[Any]], object],
) -> tuple[OutboxEvent, ...]:
    """Checks the side records of a write.

    Args:
        trail: the model of audit records.
        outbox: the model of events.
        audit: the audit record, or None; its values are in their normal form afterwards.
        events: the events.
        records_for: gives the root to which the records of a model must belong.

    Returns:
        The events as they will be written.

    Raises:
        QueryRefused: one is not an audit record or an event, or there are more events than a statement can hold.
        TenantMismatch: one belongs to another root.
        RuleViolated: one breaks a rule over one row.
    """
    given = at_most(events, MOST_EVENTS)
    if given is None:
        raise QueryRefused(f"The events of a write are a sequence of {outbox.name}, not {kind_of(events)}.")
    if len(given) > MOST_EVENTS:
        raise QueryRefused(f"A write takes at most {MOST_EVENTS} events: add the others to the outbox by themselves.")
    if audit is not None:
        require_tenant(trail, audit, records_for(trail))
        trail.validate(audit)
    if not given:
        return ()
    root = records_for(outbox)
    for event in given:
        require_tenant(outbox, cast(OutboxEvent, event), root)
    fresh = tuple(outbox.with_version(cast(OutboxEvent, event), 1) for event in given)
    for event in fresh:
        outbox.validate(event)
    return fresh
