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
"""The limits of a plan that bound a number of rows, with the entity of those rows."""
REMEDIES = {
    "team_members": "deactivate members, or schedule a downgrade that names who loses the seat",
    "phone_numbers": "release phone numbers",
    "storage": "free storage",
}
"""What makes room below a limit. Minutes have no remedy: used ones can't be given back, and calls may exceed them."""


def first_status(trial: object) -> SubscriptionStatus:
    """The status of a subscription when it begins.

    Raises:
        InvalidValue: `trial` is neither True nor False.
    """
    require_boolean("trial", trial)
    return SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE


def running(subscription: Subscription) -> Subscription:
    """The subscription, if it is not canceled.

    Raises:
        InvalidState: it is canceled.
    """
    if subscription.status is SubscriptionStatus.CANCELED:
        raise InvalidState("Subscription", subscription.id, "The subscription is canceled: subscribe again.")
    return subscription


async def remove_canceled(unit: UnitOfWork, following: Subscription, recorder: Recorder) -> None:
    """Removes the canceled subscription of an organization in this unit of work, so that it can subscribe again.

    Raises:
        PeriodMismatch: the new subscription would begin before the last period of the old one began.
    """
    for ended in await unit.of(Subscription).find(lambda row: row.status == SubscriptionStatus.CANCELED):
        require_not_earlier(ended, following.current_period_start)
        await unit.of(Subscription).remove(ended, recorder.audit("subscription.replaced", ended, None))


def require_smaller(subscription: Subscription, organization: Organization, plan: str, limits: PlanLimits) -> None:
    """Refuses a downgrade to the present plan, or to a plan that is not smaller.

    A plan is smaller if none of its limits is greater than the quota of the organization, and one is less. It is not
    compared with the present plan in the catalogue: plans change, and what counts is what the organization would lose.

    Raises:
        InvalidState: the subscription is on that plan already.
        PlanNotSmaller: the plan is not smaller.
    """
    if subscription.plan == plan:
        message = "The subscription is on this plan already."
        raise InvalidState("Subscription", subscription.id, message, fields=("plan",))
    # Not compared with the present plan as it is sold today, if it still is (decision 0034).
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
    """Refuses a plan with less room than the organization uses; the rules that declare the quotas say so.

    A quota that stays or grows is not checked, so that an organization that is beyond it already may take the plan.

    Args:
        unit: holds the organization's lock, so that nothing is added meanwhile.
        organization: the organization that takes the plan.
        plan: the name of the plan.
        limits: the limits of the plan.
        catalogue: the catalogue of the store, whose rules are checked.
        members: how many members there will be; None for the present number.

    Raises:
        PlanTooSmall: more is used than the plan allows; the error names each limit, and says what makes room.
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
        message = f"The organization uses more than the plan {plan!r} allows ({told})."
        raise PlanTooSmall("Organization", organization.id, plan, exceeded, message)


def quota_of(limit: str) -> str:
    """The name of the quota that a limit of a plan becomes: it names the organization's field and the rule."""
    return f"{limit}_quota"


def on_plan(organization: Organization, limits: PlanLimits, catalogue: Catalogue) -> Organization:
    """The organization with the quotas of a plan, unvalidated, to check rules with; `follow_plan` validates it."""
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
    """How many rows there are and how many may be, if a limit becomes less than that; else None, without a query."""
    most, limit = invariant.limit(before), invariant.limit(after)
    if limit is None or (most is not None and limit >= most):
        return None
    if used is None:
        used = await unit.of(invariant.model.entity).count(invariant.counted, include_deleted=True)
    return (used, limit) if invariant.is_broken(after, used) else None


def _has_too_much_stored(catalogue: Catalogue, after: Organization) -> bool:
    """Whether more is stored than the quota allows; the rule alone would let a change of plan leave it so."""
    rules = [rule for rule in catalogue.model(Organization).of_kind(Transition) if rule.name == quota_of("storage")]
    return any(refuses_added(rule, after) for rule in rules)


async def follow_plan(unit: UnitOfWork, before: Organization, limits: PlanLimits, recorder: Recorder) -> None:
    """Gives the organization the quotas of a plan in this unit of work; if it has them already, nothing is written.

    For each warning level that is reached under a smaller quota, QuotaWarning goes to the outbox.

    Raises:
        RuleViolated: a limit of the plan is beyond what an organization can have as a quota.
    """
    after, warnings = warned(before, before.with_limits(limits))
    if after != before:
        audit = recorder.audit("organization.quotas.changed", before, after)
        await unit.of(Organization).save(after, audit, recorder.events(before.id, warnings))
