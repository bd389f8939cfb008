"""Scheduled downgrades: who is to lose the seat, and what happens when the time has come."""

from __future__ import annotations

from collections.abc import Sequence

from gapless.domain.errors import DowngradeExceedsPlan, InvalidState, NotFound
from gapless.domain.organizations import Organization
from gapless.domain.plans import PlanCatalogue
from gapless.domain.ports import UnitOfWork
from gapless.domain.subscriptions import DOWNGRADE_REASON, Subscription
from gapless.domain.team import Team
from gapless.domain.users import User, lost_rights
from gapless.domain.values import UserId
from gapless.services.plan_changes import follow_plan
from gapless.services.recording import Recording


async def with_downgrade(unit: UnitOfWork, before: Subscription, plan: str, users: Sequence[UserId]) -> Subscription:
    """The subscription with a downgrade to this plan to come, with which these users lose their seats.

    Raises:
        InvalidState: it is on that plan already.
        NotFound: one of the users is not there, is deleted, or belongs to another organization.
    """
    if before.plan == plan:
        raise InvalidState("Subscription", before.id, "The subscription is on this plan already.")
    # All are read, not those asked for, so that the statement does not grow with the list of a caller.
    there = {user.id for user in await unit.users.find()}
    for user in users:
        if user not in there:
            raise NotFound("User", user)
    return before.scheduled(plan, users)


def scheduled_plan(subscription: Subscription) -> str:
    """The plan of the downgrade to come.

    Raises:
        InvalidState: none is scheduled.
    """
    if subscription.scheduled_plan is None:
        raise InvalidState("Subscription", subscription.id, "No downgrade is scheduled.")
    return subscription.scheduled_plan


async def execute_downgrade(
    unit: UnitOfWork, before: Subscription, plans: PlanCatalogue, record: Recording
) -> Subscription:
    """Carries out the scheduled downgrade, in this unit of work (INTEGRITY-003); all is judged before it writes.

    Args:
        unit: holds the organization's lock, so that nobody joins or leaves meanwhile.
        before: the subscription as the unit sees it.
        plans: where the limits of the scheduled plan are.
        record: makes one entry for each row that changes.

    Raises:
        InvalidState: no downgrade is scheduled.
        InvalidValue: there is no such plan any more.
        RuleViolated: `last_owner`, if no active owner would be left.
        DowngradeExceedsPlan: the members left are more than the seats of the plan.
    """
    plan = scheduled_plan(before)
    limits = plans.limits(plan)
    organization = await unit.organizations.get(before.organization_id)
    members = await unit.users.find(lambda user: user.is_member)
    leaving = frozenset(before.scheduled_users_to_deactivate or ())
    gone = [(user, user.deactivated(record.at, DOWNGRADE_REASON)) for user in members if user.id in leaving]
    left = _team_without(organization, members, gone).members
    if left > limits.team_members:
        raise DowngradeExceedsPlan("Subscription", before.id, left, limits.team_members)
    after = before.on_plan(plan)
    stored = await unit.of(Subscription).save(after, record.entry("subscription.downgraded", before, after))
    await follow_plan(unit, organization, limits, record)
    for member, inactive in gone:
        events = record.events(organization.id, lost_rights(member, inactive))
        await unit.users.save(inactive, record.entry("user.deactivated", member, inactive), events)
    return stored


def _team_without(organization: Organization, members: Sequence[User], gone: Sequence[tuple[User, User]]) -> Team:
    team = Team(organization=organization, owners=sum(1 for member in members if member.is_owner), members=len(members))
    for member, inactive in gone:
        team = team.replacing(member, inactive)
    return team
