from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.subscriptions import PaymentFailed, Subscription, SubscriptionStatus
from gapless.kit.errors import RuleViolated
from gapless.kit.ids import UserId
from tests.unit.domain.samples import NOON

MONTH = timedelta(days=31)
ROW: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=5),
    "created_at": NOON,
    "plan": "starter",
    "status": SubscriptionStatus.ACTIVE,
    "current_period_start": NOON,
    "current_period_end": NOON + MONTH,
}
SUBSCRIPTION = Subscription(**ROW)
USERS = tuple(UserId(UUID(int=number)) for number in (7, 8))


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    """A subscription in any status, after any number of failures, with or without a downgrade to come."""
    failures = draw(st.integers(0, 5))
    subscription = attrs.evolve(
        SUBSCRIPTION,
        status=draw(st.sampled_from(SubscriptionStatus)),
        retry_count=failures,
        payment_failed_at=NOON if failures else None,
    )
    return subscription.scheduled("small", USERS) if draw(st.booleans()) else subscription


@given(subscriptions())
def test_failure(before: Subscription) -> None:
    """A failure counts and says when; only the third makes a trial or active subscription overdue (INTEGRITY-005)."""
    after = before.payment_failed(NOON + MONTH)
    overdue = before.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING) and before.retry_count >= 2
    status = SubscriptionStatus.PAST_DUE if overdue else before.status
    failures = before.retry_count + 1
    assert after == attrs.evolve(before, retry_count=failures, payment_failed_at=NOON + MONTH, status=status)


@given(subscriptions())
def test_payment(before: Subscription) -> None:
    """A payment clears the failures and makes PAST_DUE ACTIVE; every other status stays (INTEGRITY-010)."""
    was_overdue = before.status is SubscriptionStatus.PAST_DUE
    status = SubscriptionStatus.ACTIVE if was_overdue else before.status
    after = before.payment_succeeded()
    assert after == attrs.evolve(before, retry_count=0, payment_failed_at=None, status=status)
    assert after.payment_succeeded() == after


@given(subscriptions())
def test_schedule(before: Subscription) -> None:
    """A schedule names each user once, in their order, and is dropped by another plan, by a cancellation, or alone."""
    scheduled = before.scheduled("small", [*USERS, *USERS])
    assert (scheduled.scheduled_plan, scheduled.scheduled_users_to_deactivate) == ("small", USERS)
    assert scheduled.plan == before.plan
    unscheduled = scheduled.unscheduled()
    assert (unscheduled.scheduled_plan, unscheduled.scheduled_users_to_deactivate) == (None, None)
    assert scheduled.on_plan("large") == attrs.evolve(unscheduled, plan="large")
    assert scheduled.canceled() == attrs.evolve(unscheduled, status=SubscriptionStatus.CANCELED)


@given(subscriptions())
def test_renewal(before: Subscription) -> None:
    """A renewal replaces the period, which ends after it has started."""
    after = before.renewed(NOON + MONTH, NOON + 2 * MONTH)
    assert (after.current_period_start, after.current_period_end) == (NOON + MONTH, NOON + 2 * MONTH)
    with pytest.raises(RuleViolated, match="check_period_end_after_start"):
        before.renewed(NOON, NOON)


@given(subscriptions())
def test_correction(before: Subscription) -> None:
    """A correction moves the end of the period and nothing else: a trial stays one."""
    assert before.corrected(NOON + 2 * MONTH) == attrs.evolve(before, current_period_end=NOON + 2 * MONTH)
    with pytest.raises(RuleViolated, match="check_period_end_after_start"):
        before.corrected(NOON)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"retry_count": -1}, "check_retry_count_positive"),
        ({"current_period_end": NOON}, "check_period_end_after_start"),
        ({"plan": ""}, "subscriptions_plan_length"),
        ({"plan": "x" * 501}, "subscriptions_plan_length"),
        ({"scheduled_plan": ""}, "subscriptions_scheduled_plan_length"),
        ({"scheduled_users_to_deactivate": USERS}, "subscriptions_schedule_agree"),
        ({"status": "PAUSED"}, "subscriptions_status_known"),
        (
            {"scheduled_plan": "small", "scheduled_users_to_deactivate": ("7",)},
            "scheduled_users_to_deactivate_storable",
        ),
    ],
)
def test_rules(change: dict[str, object], rule: str) -> None:
    """A subscription that breaks a rule is refused by its name."""
    with pytest.raises(RuleViolated, match=rule):
        Subscription(**{**ROW, **change})


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_event_of_a_failure(status: SubscriptionStatus) -> None:
    """The event says how many payments have failed in a row, and how the subscription stands, as JSON."""
    event = PaymentFailed(retry_count=3, status=status)
    assert (event.kind, event.payload()) == ("payment.failed", {"retry_count": 3, "status": status.value})
