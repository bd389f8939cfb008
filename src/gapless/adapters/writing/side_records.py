"""What goes along with a write, in the same statement: the audit entry that tells of it, and events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

from gapless.adapters.writing.requirements import require_tenant
from gapless.kit.errors import QueryRefused
from gapless.kit.model import E, Judged, Model
from gapless.kit.plain import at_most, kind_of

A = TypeVar("A", bound=Judged)
MOST_EVENTS = 1000


def beside(
    trail: Model[A], outbox: Model[E], entry: A | None, events: Iterable[E], organization: object
) -> tuple[E, ...]:
    """Judges what is to be written beside rows: the entry that tells of them, and the events that go with them.

    Args:
        trail: the model of entries.
        outbox: the model of events.
        entry: the entry, or None; its values come to be normal ones.
        events: the events.
        organization: whose they have to be.

    Returns:
        The events as they will be written.

    Raises:
        QueryRefused: one is no entry or no event, or there are more events than one statement can hold.
        TenantMismatch: one is another organization's.
        RuleViolated: one breaks a rule over one row.
    """
    given = at_most(events, MOST_EVENTS)
    if given is None:
        raise QueryRefused(f"The events of a write are a sequence of {outbox.name}, not {kind_of(events)}.")
    if len(given) > MOST_EVENTS:
        raise QueryRefused(f"A write takes at most {MOST_EVENTS} events: add the others to the outbox by themselves.")
    if entry is not None:
        require_tenant(trail, entry, organization)
        trail.judge(entry)
    for event in given:
        require_tenant(outbox, cast(E, event), organization)
    fresh = tuple(outbox.with_version(cast(E, event), 1) for event in given)
    for event in fresh:
        outbox.judge(event)
    return fresh
