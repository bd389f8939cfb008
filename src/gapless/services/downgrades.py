"""Scheduled downgrades: which members will lose their seats, and how a downgrade is executed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gapless.application.audit_records import Recorder
from gapless.application.supplements import supplement_in
from gapless.domain.errors import DowngradeExceedsPlan
from gapless.domain.organizations import Organization
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.subscriptions import DOWNGRADE_REASON, Subscription
from gapless.domain.users import User, lost_rights
from gapless.kit import Catalogue
from gapless.kit.audit import NO_METADATA
from gapless.kit.errors import InvalidState, NotFound
from gapless.kit.ids import UserId
from gapless.kit.invariants import InvariantValidator, counted_by
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import UnitOfWork
from gapless.services.plan_changes import follow_plan, on_plan, quota_of, require_room, require_smaller, running


async def with_downgrade(
    unit: UnitOfWork, before: Subscription, plan: str, limits: PlanLimits, users: Sequence[UserId]
) -> Subscription:
    """The subscription with this downgrade scheduled; these users may lose their seats by it.

    Raises:
        InvalidState: the subscription is on that plan already.
        PlanNotSmaller: the plan is not smaller than what the organization has.
        NotFound: one of the users is not there, is deleted, or belongs to another organization.
    """
    require_smaller(before, await unit.of(Organization).get(before.organization_id), plan, limits)
    # All users are read, not only the named ones, so that the statement does not grow with the caller's list.
    there = {user.id for user in await unit.of(User).find()}
    for user in users:
        if user not in there:
            raise NotFound("User", user, fields=("users_to_deactivate",))
    return before.scheduled(plan, users)


def scheduled_plan(subscription: Subscription) -> str:
    """The plan of the scheduled downgrade.

    Raises:
        InvalidState: no downgrade is scheduled.
    """
    if subscription.scheduled_plan is None:
        raise InvalidState("Subscription", subscription.id, "No downgrade is scheduled.")
    return subscription.scheduled_plan


async def execute_downgrade(
    unit: UnitOfWork, before: Subscription, plans: PlanCatalogue, catalogue: Catalogue, recorder: Recorder
) -> Subscription:
    """Executes the scheduled downgrade in this unit of work (INTEGRITY-003); it checks everything before it writes.

    If the plan has fewer seats than there are members, the scheduled users who are still members lose theirs, in the
    order in which they were named, until the rest fit. The audit record says who kept the seat.

    Args:
        unit: holds the organization's lock, so that nobody joins or leaves meanwhile.
        before: the subscription as the unit sees it.
        plans: where the limits of the scheduled plan are.
        catalogue: the catalogue of the store; its rules say who takes a seat, how many there are, and who has to stay.
        recorder: makes one audit record for each row that changes.

    Raises:
        InvalidState: no downgrade is scheduled, or the subscription is canceled, or on that plan already.
        InvalidValue: the catalogue of plans no longer has the plan.
        PlanNotSmaller: the plan is no longer smaller than what the organization has.
        RuleViolated: `last_owner`, if no active owner would be left.
        DowngradeExceedsPlan: more members would be left than the plan has seats.
        PlanTooSmall: the organization has more phone numbers, or uses more storage, than the plan allows.
    """
    plan = scheduled_plan(running(before))
    limits = plans.limits(plan)
    organization = await unit.of(Organization).get(before.organization_id)
    require_smaller(before, organization, plan, limits)
    quotas = organization, on_plan(organization, limits, catalogue)
    invariants = catalogue.invariants_of(User, below=Organization)
    seats = catalogue.invariant(User, quota_of("team_members"))
    users = await unit.of(User).find(counted_by(invariants), include_deleted=True)
    members = [user for user in users if seats is not None and seats.counts(user)]
    most = None if seats is None else seats.limit(quotas[1])
    inactive = {user.id: user.deactivated(recorder.at, DOWNGRADE_REASON) for user in members}
    freeing = [user for user in members if seats is not None and not seats.counts(inactive[user.id])]
    leaving, kept = _leaving(freeing, before, 0 if most is None else len(members) - most)
    gone = [(user, inactive[user.id]) for user in leaving]
    # That of the seats has an error of its own, with the numbers.
    await _require_others(unit, [each for each in invariants if each is not seats], quotas, gone, users)
    left = len(members) - len(gone)
    if most is not None and seats is not None and seats.is_broken(quotas[1], left):
        raise DowngradeExceedsPlan("Subscription", before.id, plan, left, most)
    await require_room(unit, organization, plan, limits, catalogue, members=left)
    after, told = before.on_plan(plan), _told(kept)
    stored = await unit.of(Subscription).save(after, recorder.audit("subscription.downgraded", before, after, told))
    await follow_plan(unit, organization, limits, recorder)
    await _deactivate(unit, gone, recorder)
    return stored


async def _require_others(
    unit: UnitOfWork,
    invariants: Iterable[InvariantValidator[User]],
    quotas: tuple[Organization, Organization],
    gone: Iterable[tuple[User, User]],
    users: Sequence[User],
) -> None:
    """Refuses a downgrade by an invariant: those of the members, with these before and after it."""
    for invariant in invariants:
        supplement = await supplement_in(unit, invariant, quotas[1])
        invariant.require(quotas, gone, number=invariant.number(users), supplement=supplement)


def _leaving(
    freeing: Sequence[User], subscription: Subscription, surplus: int
) -> tuple[Sequence[User], Sequence[User]]:
    """Splits the scheduled users into those who lose their seats, in the order in which they were named, and the rest.

    Args:
        freeing: the members who free a seat when they are deactivated.
        subscription: names the scheduled users.
        surplus: how many members there are above the seats of the plan; 0 or less if all fit.
    """
    by_id = {member.id: member for member in freeing}
    named = [by_id[user] for user in subscription.scheduled_users_to_deactivate or () if user in by_id]
    return named[: max(0, surplus)], named[max(0, surplus) :]


async def _deactivate(unit: UnitOfWork, gone: Sequence[tuple[User, User]], recorder: Recorder) -> None:
    """Writes each member as it is without its seat."""
    for member, after in gone:
        events = recorder.events(member.organization_id, lost_rights(member, after))
        await unit.of(User).save(after, recorder.audit("user.deactivated", member, after), events)


def _told(kept: Sequence[User]) -> JsonObject:
    return JsonObject({"keptUsers": [str(user.id) for user in kept]}) if kept else NO_METADATA
