"""The subscription: the plan of an organization, its billing period, and how its payments go.

  TRIALING ──┐ the third failure            a payment
  ACTIVE ────┴─────────────────> PAST_DUE ────────────> ACTIVE
    ^
    └── TRIALING, when its next period begins; a trial whose end is moved stays one

CANCELED stays CANCELED, whatever is paid or not.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

import attrs

from gapless.domain.organizations import Organization, OrganizationId, live_organization
from gapless.kit import (
    AuditedEntity,
    Check,
    Index,
    OnDelete,
    OnSoftDelete,
    Reference,
    Rule,
    Unique,
    any_of,
    between,
    impersonal,
    is_null,
    length,
    negate,
    nullable,
    previous,
    rules_of,
    seed,
)
from gapless.kit.ids import UserId
from gapless.kit.json_object import Json
from gapless.kit.times import forward_rule, later

SubscriptionId = NewType("SubscriptionId", UUID)

FAILURES_UNTIL_PAST_DUE = 3
DOWNGRADE_REASON = "plan_downgrade"


class SubscriptionStatus(enum.Enum):
    """The states of a subscription."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    CANCELED = "CANCELED"


@attrs.frozen(kw_only=True, slots=True)
class Subscription(AuditedEntity):
    """What an organization has subscribed to; an organization has at most one subscription.

    Attributes:
        retry_count: how many payments in a row have failed.
        scheduled_plan: the plan of the scheduled downgrade; None if no downgrade is scheduled.
        scheduled_users_to_deactivate: who loses the seat by it, in this order, if the plan has too few seats.
    """

    organization_id: OrganizationId
    id: SubscriptionId
    created_at: datetime
    plan: str = impersonal()
    status: SubscriptionStatus
    current_period_start: datetime
    current_period_end: datetime
    retry_count: int = 0
    payment_failed_at: datetime | None = None
    scheduled_plan: str | None = impersonal(default=None)
    scheduled_users_to_deactivate: tuple[UserId, ...] | None = None
    version: int = 0

    def on_plan(self, plan: str) -> Subscription:
        """The subscription on another plan, without a scheduled downgrade."""
        return attrs.evolve(self.unscheduled(), plan=plan)

    def scheduled(self, plan: str, users_to_deactivate: Sequence[UserId]) -> Subscription:
        """The subscription with a scheduled downgrade, and the users who may lose their seats by it."""
        users = tuple(dict.fromkeys(users_to_deactivate))
        return attrs.evolve(self, scheduled_plan=plan, scheduled_users_to_deactivate=users)

    def unscheduled(self) -> Subscription:
        """The subscription without a scheduled downgrade."""
        return attrs.evolve(self, scheduled_plan=None, scheduled_users_to_deactivate=None)

    def payment_failed(self, at: datetime) -> Subscription:
        """The subscription after one more payment has failed at this time (UTC); a later time that it has stays."""
        failures = self.retry_count + 1
        paying = SubscriptionStatus(self.status) in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)
        overdue = paying and failures >= FAILURES_UNTIL_PAST_DUE
        status = SubscriptionStatus.PAST_DUE if overdue else self.status
        latest = later(self.payment_failed_at, at)
        return attrs.evolve(self, retry_count=failures, payment_failed_at=latest, status=status)

    def payment_succeeded(self) -> Subscription:
        """The subscription after a payment."""
        status = SubscriptionStatus.ACTIVE if self.status is SubscriptionStatus.PAST_DUE else self.status
        return attrs.evolve(self, retry_count=0, payment_failed_at=None, status=status)

    def renewed(self, start: datetime, end: datetime) -> Subscription:
        """The subscription in its next billing period (UTC); a trial has then ended."""
        status = SubscriptionStatus.ACTIVE if self.status is SubscriptionStatus.TRIALING else self.status
        return attrs.evolve(self, status=status, current_period_start=start, current_period_end=end)

    def corrected(self, end: datetime) -> Subscription:
        """The subscription whose billing period ends at another time (UTC); a trial goes on until then."""
        return attrs.evolve(self, current_period_end=end)

    def canceled(self) -> Subscription:
        """The subscription once it is canceled, without a scheduled downgrade."""
        return attrs.evolve(self.unscheduled(), status=SubscriptionStatus.CANCELED)


@attrs.frozen(kw_only=True)
class PaymentFailed:
    """A payment has failed, and somebody should be told."""

    kind: ClassVar[str] = "payment.failed"
    retry_count: int
    status: SubscriptionStatus

    def payload(self) -> dict[str, Json]:
        """How many payments in a row have failed, and the status of the subscription."""
        return {"retry_count": self.retry_count, "status": SubscriptionStatus(self.status).value}


def _period_rules(subscription: Subscription) -> Iterator[Rule]:
    yield Check(
        "check_period_end_after_start",
        "A billing period ends after it has started.",
        subscription.current_period_end > subscription.current_period_start,
        source=seed("X-02"),
    )
    yield Check(
        "check_retry_count_positive",
        "The number of failed payments is not negative.",
        subscription.retry_count >= 0,
        source=seed("X-01"),
    )


def _plan_rules(subscription: Subscription) -> Iterator[Rule]:
    yield Check(
        "subscriptions_plan_length",
        "The name of a plan has 1 to 500 characters.",
        between(length(subscription.plan), 1, 500),
    )
    yield Check(
        "subscriptions_scheduled_plan_length",
        "The name of a scheduled plan has 1 to 500 characters.",
        between(length(nullable(subscription.scheduled_plan)), 1, 500),
    )
    yield Check(
        "subscriptions_schedule_agree",
        "Users are scheduled for deactivation only together with a plan.",
        any_of(negate(is_null(subscription.scheduled_plan)), is_null(subscription.scheduled_users_to_deactivate)),
    )


@rules_of(Subscription, "subscriptions", belongs_to=lambda subscription: subscription.organization_id, origin="gapless")
def subscription_rules(subscription: Subscription) -> Iterator[Rule]:
    """What holds for every subscription."""
    yield from _period_rules(subscription)
    yield from _plan_rules(subscription)
    yield Unique(
        "subscriptions_organization_id_unique",
        "The organization has a subscription already.",
        subscription.organization_id,
    )
    home = Reference(
        "subscriptions_organization_id_fkey",
        "A subscription belongs to an organization that is there.",
        subscription.organization_id,
        Organization,
        OnDelete.CASCADE,
        on_soft_delete=OnSoftDelete.REMOVE,
        source=seed("GAP-205"),
    )
    yield home
    yield live_organization(home)
    before = previous(subscription)
    not_earlier = nullable(subscription.payment_failed_at) >= nullable(before.payment_failed_at)
    yield forward_rule("subscriptions", "payment_failed_at", not_earlier)
    yield Index(
        "idx_subscriptions_status",
        "Finds subscriptions by status and by the end of their period.",
        (subscription.status, subscription.current_period_end),
        source=seed("GAP-200"),
    )
