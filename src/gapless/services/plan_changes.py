"""What happens to an organization and its subscription when it takes a plan, keeps it, or takes another."""

from __future__ import annotations

from datetime import datetime

from gapless.domain.errors import InvalidState
from gapless.domain.organizations import Organization
from gapless.domain.plans import PlanLimits
from gapless.domain.ports import UnitOfWork
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.services.arguments import require_boolean
from gapless.services.recording import Recording


def first_status(trial: object) -> SubscriptionStatus:
    """How a subscription stands when it begins.

    Raises:
        InvalidValue: it is not said by True or False whether it begins with a trial.
    """
    require_boolean("trial", trial)
    return SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE


def running(subscription: Subscription) -> Subscription:
    """The subscription, which has not ended.

    Raises:
        InvalidState: it is canceled.
    """
    if subscription.status is SubscriptionStatus.CANCELED:
        raise InvalidState("Subscription", subscription.id, "The subscription is canceled; subscribe again.")
    return subscription


def renewed(before: Subscription, start: datetime, end: datetime) -> Subscription:
    """The subscription in its next billing period (UTC); the period that it has changes nothing.

    Raises:
        InvalidState: it is canceled, or in a later period already: renewals that come late change nothing.
        RuleViolated: `check_period_end_after_start`.
    """
    after = running(before).renewed(start, end)  # which judges the times, before they are compared
    if (after.current_period_start, after.current_period_end) == (
        before.current_period_start,
        before.current_period_end,
    ):
        return before
    if after.current_period_start < before.current_period_start:
        raise InvalidState("Subscription", before.id, "The subscription is in a later billing period already.")
    return after


async def remove_canceled(unit: UnitOfWork, record: Recording) -> None:
    """Makes place, in this unit of work, for a new subscription of an organization whose old one has ended."""
    for ended in await unit.of(Subscription).find(lambda row: row.status == SubscriptionStatus.CANCELED):
        await unit.of(Subscription).remove(ended, record.entry("subscription.replaced", ended, None))


async def follow_plan(unit: UnitOfWork, before: Organization, limits: PlanLimits, record: Recording) -> None:
    """Gives the organization the quotas of a plan, in this unit of work; those that it has change and log nothing.

    Raises:
        RuleViolated: the plan has a limit that no organization can have.
    """
    after = before.with_limits(limits)
    if after != before:
        await unit.organizations.save(after, record.entry("organization.quotas.changed", before, after))
