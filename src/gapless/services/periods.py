"""Billing periods follow each other without overlap or gap; the end of the present one can be corrected."""

from __future__ import annotations

from datetime import datetime

from gapless.domain.errors import PeriodMismatch
from gapless.domain.subscriptions import Subscription


def renewed(before: Subscription, start: datetime, end: datetime) -> Subscription:
    """The subscription in the next billing period, or in its present one with another end; times are in UTC.

    A period that begins when the present one ends is the next one. A period that begins when the present one began is
    the present one: its end is corrected, and a trial goes on until then. There is no tolerance, because whoever bills
    can read the end of the present period in the subscription.

    Raises:
        PeriodMismatch: the period is an earlier one, or overlaps the present one, or leaves a gap after it.
        RuleViolated: `check_period_end_after_start`.
    """
    after = before.renewed(start, end)  # this checks the times before they are compared
    if after.current_period_start == before.current_period_start:
        return before.corrected(after.current_period_end)
    require_not_earlier(before, after.current_period_start)
    if after.current_period_start != before.current_period_end:
        raise _not_following(before, after.current_period_start)
    return after


def require_not_earlier(before: Subscription, start: datetime) -> None:
    """Refuses a period that begins before the present one.

    Raises:
        PeriodMismatch: the period begins before the present one.
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
        f"A billing period that begins at {given} {wrong}, which ends at {end}. Begin it then, or correct the end of "
        f"the present one first, by a renewal that begins when it began, at {before.current_period_start.isoformat()}.",
    )
