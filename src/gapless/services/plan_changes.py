"""What happens to an organization and its subscription when it takes a plan, keeps it, or takes another."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from gapless.application.audit_records import Recorder
from gapless.domain.errors import PlanNotSmaller, PlanTooSmall
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.plans import PlanLimits
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.usage import warned
from gapless.domain.users import User
from gapless.kit import AuditedEntity, Catalogue, Transition
from gapless.kit.booleans import require_boolean
from gapless.kit.errors import InvalidState
from gapless.kit.invariants import InvariantValidator, refuses_added
from gapless.kit.ports import UnitOfWork
from gapless.services.periods import require_not_earlier

COUNTED: Mapping[str, type[AuditedEntity]] = {"team_members": User, "phone_numbers": PhoneNumber}
"""The limits of a plan that bound how many rows there are, and of which entity."""
REMEDIES = {
    "team_members": "deactivate members, or schedule a downgrade that names who loses the seat",
    "phone_numbers": "release phone numbers",
    "storage": "free storage",
}
"""What makes room below a limit. The minutes of a period can't be given back: a call that goes on may exceed them."""


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


async def remove_canceled(unit: UnitOfWork, following: Subscription, recorder: Recorder) -> None:
    """Makes place, in this unit of work, for a new subscription of an organization whose old one has ended.

    Raises:
        PeriodMismatch: the new one would begin before the last period of the old one did.
    """
    for ended in await unit.of(Subscription).find(lambda row: row.status == SubscriptionStatus.CANCELED):
        require_not_earlier(ended, following.current_period_start)
        await unit.of(Subscription).remove(ended, recorder.audit("subscription.replaced", ended, None))


def require_smaller(subscription: Subscription, organization: Organization, plan: str, limits: PlanLimits) -> None:
    """Refuses a downgrade that is none: to the plan that it has, or to one that gives more of something, or as much.

    The plan is held against the quotas of the organization, not against what the catalogue says of its present plan:
    plans change, and what counts is what the organization would lose.

    Raises:
        InvalidState: the subscription is on that plan already.
        PlanNotSmaller: the plan is not smaller.
    """
    if subscription.plan == plan:
        message = "The subscription is on this plan already."
        raise InvalidState("Subscription", subscription.id, message, fields=("plan",))
    # Not against the present plan as it is sold today, if it still is (decision 0034).
    if not limits.is_smaller_than(organization.quotas):
        raise PlanNotSmaller("Subscription", subscription.id, plan, organization.quotas.below(limits))


async def require_room(
    unit: UnitOfWork,
    organization: Organization,
    plan: str,
    limits: PlanLimits,
    catalogue: Catalogue,
    *,
    members: int | None = None,
) -> None:
    """Refuses a plan with which a quota would fall below what is used of it, by the rules that declare the quotas.

    A quota that stays or grows is not checked: whoever is past one already may still do everything else.

    Args:
        unit: holds the organization's lock, so that nothing is added meanwhile.
        organization: whose plan it would be.
        plan: the name of the plan.
        limits: what it allows.
        catalogue: that of the store, whose rules are asked.
        members: how many there will be, if others than are there now.

    Raises:
        PlanTooSmall: it names every quota that is exceeded, and says what makes room.
    """
    after = on_plan(organization, limits, catalogue)
    exceeded: dict[str, tuple[int, int]] = {}
    for name, entity in COUNTED.items():
        invariant = catalogue.invariant(entity, quota_of(name))
        known = members if entity is User else None
        if invariant is not None and (found := await _excess(unit, invariant, organization, after, known)):
            exceeded[name] = found
    if "storage" in limits.below(organization.quotas) and _has_too_much_stored(catalogue, after):
        exceeded["storage"] = organization.used_storage, limits.storage
    if exceeded:
        told = "; ".join(f"{name} {amount} of {most}: {REMEDIES[name]}" for name, (amount, most) in exceeded.items())
        message = f"More is used than the plan {plan!r} allows ({told})."
        raise PlanTooSmall("Organization", organization.id, plan, exceeded, message)


def quota_of(limit: str) -> str:
    """The quota that a limit of a plan becomes: the field of the organization, and the rule that holds it, by name."""
    return f"{limit}_quota"


def on_plan(organization: Organization, limits: PlanLimits, catalogue: Catalogue) -> Organization:
    """The organization with the quotas of a plan, to ask rules about; `follow_plan` checks whether it can have them."""
    quotas: dict[str, int] = attrs.asdict(limits)
    model = catalogue.model(Organization)
    return model.evolved(organization, {quota_of(name): limit for name, limit in quotas.items()})


async def _excess(
    unit: UnitOfWork,
    invariant: InvariantValidator[AuditedEntity],
    before: Organization,
    after: Organization,
    used: int | None,
) -> tuple[int, int] | None:
    """How many rows there are and how many may be, if a limit shrinks below them; else None, without a request."""
    most, limit = invariant.limit(before), invariant.limit(after)
    if limit is None or (most is not None and limit >= most):
        return None
    if used is None:
        used = await unit.of(invariant.model.entity).count(invariant.counted, include_deleted=True)
    return (used, limit) if invariant.is_broken(after, used) else None


def _has_too_much_stored(catalogue: Catalogue, after: Organization) -> bool:
    """Whether more is stored than the rule would let an organization begin with: a change may leave what was there."""
    rules = [rule for rule in catalogue.model(Organization).of_kind(Transition) if rule.name == quota_of("storage")]
    return any(refuses_added(rule, after) for rule in rules)


async def follow_plan(unit: UnitOfWork, before: Organization, limits: PlanLimits, recorder: Recorder) -> None:
    """Gives the organization the quotas of a plan, in this unit of work; those that it has change and log nothing.

    QuotaWarning goes to the outbox for each level that a smaller quota puts it past.

    Raises:
        RuleViolated: the plan has a limit that no organization can have.
    """
    after, warnings = warned(before, before.with_limits(limits))
    if after != before:
        audit = recorder.audit("organization.quotas.changed", before, after)
        await unit.of(Organization).save(after, audit, recorder.events(before.id, warnings))
