"""Billing periods follow each other without an overlap and without a gap; the present one can be corrected."""

from __future__ import annotations

from datetime import datetime

from gapless.domain.errors import PeriodMismatch
from gapless.domain.subscriptions import Subscription


def renewed(before: Subscription, start: datetime, end: datetime) -> Subscription:
    """The subscription in the billing period that these times name (UTC), held against the one that it is in.

    A period that begins when the present one ends is the next one. One that begins when the present one does is the
    present one: its end is corrected, if it is another, and a trial goes on until then. There is no tolerance: whoever
    bills has the end of the present period from the subscription.

    Raises:
        PeriodMismatch: it is an earlier period, or would overlap the present one, or leave a gap after it.
        RuleViolated: `check_period_end_after_start`.
    """
    after = before.renewed(start, end)  # which checks the times, before they are compared
    if after.current_period_start == before.current_period_start:
        return before.corrected(after.current_period_end)
    require_not_earlier(before, after.current_period_start)
    if after.current_period_start != before.current_period_end:
        raise _not_following(before, after.current_period_start)
    return after


def require_not_earlier(before: Subscription, start: datetime) -> None:
    """Refuses a period that begins before the present one did: time does not move back.

    Raises:
        PeriodMismatch: it does.
    """
    given, begun = start.isoformat(), before.current_period_start.isoformat()
    if start < before.current_period_start:
        message = f"The subscription is in a later billing period already: it began at {begun}, after {given}."
        raise PeriodMismatch("Subscription", before.id, given, begun, message)


def _not_following(before: Subscription, start: datetime) -> PeriodMismatch:
    given, end = start.isoformat(), before.current_period_end.isoformat()
    wrong = "overlaps the present one" if start < before.current_period_end else "leaves a gap after the present one"
    return PeriodMismatch(
        "Subscription",
        before.id,
        given,
        end,
        f"A billing period that begins at {given} {wrong}, which ends at {end}. Begin it then; or correct the end of "
        f"the present one first, by a renewal that begins when it began, at {before.current_period_start.isoformat()}.",
    )
