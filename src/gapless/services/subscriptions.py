"""The use cases around subscriptions: plans, downgrades and payments."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import attrs

from gapless.application.arguments import near, plain_ids, require_ids, text
from gapless.application.audit_records import Recorder
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue
from gapless.domain.subscriptions import Subscription, SubscriptionId, SubscriptionStatus
from gapless.kit import Catalogue, all_of
from gapless.kit.audit import Actor
from gapless.kit.errors import NotFound
from gapless.kit.ids import UserId
from gapless.kit.ports import Clock, IdFactory, ReadRepository, Store, UnitOfWork
from gapless.services.downgrades import execute_downgrade, scheduled_plan, with_downgrade
from gapless.services.payments import clear_failures, count_failure
from gapless.services.periods import renewed
from gapless.services.plan_changes import first_status, follow_plan, remove_canceled, require_room, running

logger = logging.getLogger("gapless.subscriptions")

SubscriptionPage = Page[Subscription]


@attrs.frozen(kw_only=True)
class Subscriptions:
    """Subscribes organizations to plans, changes and renews subscriptions, and counts payments.

    Every use case may also raise InvalidValue (what is given is not an id, or not an actor), ConcurrencyConflict,
    DeadlineExceeded, CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised if the organization
    has no subscription. A use case that would change nothing writes nothing and adds no audit record.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue of the store; its rules say whether a plan has room for what the organization uses.
        plans: the plans that quotas are taken from.
        jobs: the same rows, with the rights of jobs; `store` itself if none is given.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _plans: PlanCatalogue = DEFAULT_PLANS
    _jobs: Store = attrs.Factory(attrgetter("_store"), takes_self=True)

    async def subscribe(
        self,
        organization_id: OrganizationId,
        plan: str,
        period_start: datetime,
        period_end: datetime,
        *,
        trial: bool = False,
        actor: Actor,
    ) -> Subscription:
        """Subscribes the organization to a plan, whose limits become its quotas, in place of a canceled subscription.

        Args:
            organization_id: the organization that subscribes.
            plan: the name of a plan of the catalogue.
            period_start: when the first billing period begins, in UTC.
            period_end: when that period ends, in UTC.
            trial: whether that period is a trial.
            actor: who acts.

        Returns:
            The subscription, as stored.

        Raises:
            InvalidValue: there is no such plan, or the period begins more than 92 days ahead of the clock, or ends more
                than ten years ahead.
            NotFound: there is no such organization, or it is deleted.
            PlanTooSmall: the organization uses more members, phone numbers or storage than the plan allows, and the
                plan allows less than before.
            PeriodMismatch: the period begins before the last period of the canceled subscription began.
            RuleViolated: `subscriptions_organization_id_unique` (it has a subscription that is not canceled),
                `check_period_end_after_start`.
        """
        require_ids(organization_id=organization_id)
        now = self._clock.now()
        period_start = near("period_start", period_start, now)
        period_end = near("period_end", period_end, now)
        limits, status = self._plans.limits(plan), first_status(trial)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            organization = await unit.of(Organization).get(organization_id)
            subscription = Subscription(
                organization_id=organization_id,
                id=SubscriptionId(self._ids.new()),
                created_at=recorder.at,
                plan=plan,
                status=status,
                current_period_start=period_start,
                current_period_end=period_end,
            )
            await require_room(unit, organization, plan, limits, self._catalogue)
            await remove_canceled(unit, subscription, recorder)
            audit = recorder.audit("subscription.started", None, subscription)
            stored = await unit.of(Subscription).add(subscription, audit)
            await follow_plan(unit, organization, limits, recorder)
            await unit.commit()
        return stored

    async def get(self, organization_id: OrganizationId) -> Subscription:
        """Reads the subscription of the organization as it is now, canceled or not."""
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            return await _only(reading.of(Subscription), organization_id)

    async def change_plan(self, organization_id: OrganizationId, plan: str, *, actor: Actor) -> Subscription:
        """Puts the organization on a greater or a smaller plan at once, with the quotas of that plan.

        A change to another plan drops a scheduled downgrade. A change to the present plan leaves the subscription as it
        is, and sets the quotas to the limits that the plan has now.

        Raises:
            InvalidValue: there is no such plan.
            InvalidState: the subscription is canceled.
            PlanTooSmall: the organization uses more members, phone numbers or storage than the plan allows, and the
                plan allows less than before. A change of plan takes no seat away; `schedule_downgrade` names who loses
                one.
        """
        plan = text("plan", plan)
        limits = self._plans.limits(plan)

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            after = before if running(before).plan == plan else before.on_plan(plan)
            organization = await unit.of(Organization).get(organization_id)
            await require_room(unit, organization, plan, limits, self._catalogue)
            stored = await _saved(unit, "subscription.plan.changed", before, after, recorder)
            await follow_plan(unit, organization, limits, recorder)
            return stored

        return await self._carry_out(organization_id, change, actor)

    async def renew(
        self, organization_id: OrganizationId, period_start: datetime, period_end: datetime, *, actor: Actor
    ) -> Subscription:
        """Begins the next billing period, or corrects the end of the present one; `Usage` resets what was used.

        Times are in UTC. The next period begins exactly when the present one ends; a trial ends then. A period that
        begins when the present one began is the present one: its end is corrected, and a trial goes on until then.

        Raises:
            InvalidValue: the period begins more than 92 days ahead of the clock, or ends more than ten years ahead.
            InvalidState: the subscription is canceled.
            PeriodMismatch: the period is an earlier one, or overlaps the present one, or leaves a gap after it.
            RuleViolated: `check_period_end_after_start`.
        """
        now = self._clock.now()
        period_start = near("period_start", period_start, now)
        period_end = near("period_end", period_end, now)

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            after = renewed(running(before), period_start, period_end)
            corrected = after.current_period_start == before.current_period_start
            action = "subscription.period.corrected" if corrected else "subscription.renewed"
            return await _saved(unit, action, before, after, recorder)

        return await self._carry_out(organization_id, change, actor)

    async def cancel(self, organization_id: OrganizationId, *, actor: Actor) -> Subscription:
        """Cancels the subscription and drops a scheduled downgrade; the quotas stay until the host changes them."""

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            return await _saved(unit, "subscription.canceled", before, before.canceled(), recorder)

        return await self._carry_out(organization_id, change, actor)

    async def schedule_downgrade(
        self, organization_id: OrganizationId, plan: str, users_to_deactivate: Sequence[UserId], *, actor: Actor
    ) -> Subscription:
        """Schedules a downgrade, in place of an earlier one; whether the plan has room is checked when it is executed.

        Args:
            organization_id: whose subscription it is.
            plan: the name of a smaller plan of the catalogue: none of its limits is greater than the organization's
                quota, and at least one is less.
            users_to_deactivate: the ids of the users who lose their seats, in this order, if the plan has too few.
            actor: who acts.

        Raises:
            InvalidValue: there is no such plan, or the users are not a sequence of ids.
            InvalidState: the subscription is canceled, or on that plan already.
            PlanNotSmaller: the plan is not smaller; take it by `change_plan`.
            NotFound: one of the users is not of this organization, or is deleted.
        """
        users, plan = plain_ids("users_to_deactivate", users_to_deactivate), text("plan", plan)
        limits = self._plans.limits(plan)

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            after = await with_downgrade(unit, running(before), plan, limits, users)
            return await _saved(unit, "subscription.downgrade.scheduled", before, after, recorder)

        return await self._carry_out(organization_id, change, actor)

    async def cancel_downgrade(self, organization_id: OrganizationId, *, actor: Actor) -> Subscription:
        """Drops the scheduled downgrade.

        Raises:
            InvalidState: no downgrade is scheduled.
        """

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            scheduled_plan(before)
            return await _saved(unit, "subscription.downgrade.canceled", before, before.unscheduled(), recorder)

        return await self._carry_out(organization_id, change, actor)

    async def execute_scheduled_downgrade(self, organization_id: OrganizationId, *, actor: Actor) -> Subscription:
        """Puts the organization on the scheduled plan, with its quotas, and frees seats (INTEGRITY-003).

        If the plan has fewer seats than there are members, the scheduled users who are still members are deactivated in
        the order in which they were named, until the rest fit, and their sessions are revoked. If this fails, nothing
        changes, and the downgrade stays scheduled. The host decides when to call this, usually when the period ends
        (`ending_before`).

        Raises:
            InvalidState: no downgrade is scheduled, or it was executed already.
            InvalidValue: the catalogue of plans no longer has the plan.
            PlanNotSmaller: the plan or the quotas have changed, and the plan is no longer smaller.
            RuleViolated: `last_owner`, if no active owner would be left.
            DowngradeExceedsPlan: more members would be left than the plan has seats.
            PlanTooSmall: the organization has more phone numbers, or uses more storage, than the plan allows.
        """

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            return await execute_downgrade(unit, before, self._plans, self._catalogue, recorder)

        return await self._carry_out(organization_id, change, actor)

    async def payment_failed(self, organization_id: OrganizationId, event_id: str, *, actor: Actor) -> Subscription:
        """Counts a failed payment (INTEGRITY-005); the third in a row makes the subscription PAST_DUE.

        Args:
            organization_id: the organization that did not pay.
            event_id: the provider's id of this event, 1 to 200 characters; the same id again changes nothing.
            actor: who acts; usually the job that hears of payments.

        Returns:
            The subscription, as stored; if the event was handled before, as it is now.

        Raises:
            QueryRefused, RuleViolated: the event's id is not a text of 1 to 200 characters.
        """

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            return await count_failure(unit, before, event_id, recorder)

        return await self._carry_out(organization_id, change, actor)

    async def payment_succeeded(self, organization_id: OrganizationId, event_id: str, *, actor: Actor) -> Subscription:
        """Counts a payment (INTEGRITY-010): the failures before it no longer count, and PAST_DUE becomes ACTIVE.

        Arguments, result and errors are those of `payment_failed`.
        """

        async def change(unit: UnitOfWork, before: Subscription, recorder: Recorder) -> Subscription:
            return await clear_failures(unit, before, event_id, recorder)

        return await self._carry_out(organization_id, change, actor)

    async def ending_before(
        self,
        status: SubscriptionStatus,
        at: datetime,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> SubscriptionPage:
        """Lists the subscriptions of all organizations whose period ends before a time, soonest first; for a job.

        A subscription that can't be read, because somebody wrote it while the checks were off, is left out and logged.

        Args:
            status: only subscriptions with this status.
            at: only subscriptions whose period ends before this time (UTC).
            after: `next` of the page before, even if its subscriptions were renewed since; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the status is not a member of SubscriptionStatus, the time is not a datetime with a time zone,
                or the limit is not a whole number from 1 to 1000.
        """
        async with self._jobs.system() as unit:
            page = await page_of(
                unit.of(Subscription),
                lambda row: all_of(row.status == status, row.current_period_end < at),
                lambda row: row.current_period_end,
                after,
                limit,
                listing="ending",
                before=before,
            )
        for row in page.left_out:
            logger.error("subscription left out, because it can't be read: mend it (docs/operations.md): %s", row)
        return page

    async def _carry_out(
        self,
        organization_id: OrganizationId,
        change: Callable[[UnitOfWork, Subscription, Recorder], Awaitable[Subscription]],
        actor: Actor,
    ) -> Subscription:
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            stored = await change(unit, await _only(unit.of(Subscription), organization_id), recorder)
            await unit.commit()
        return stored

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)


async def _only(subscriptions: ReadRepository[Subscription, UUID], organization_id: OrganizationId) -> Subscription:
    found = await subscriptions.find()
    if not found:
        raise NotFound("Subscription", organization_id)
    return found[0]


async def _saved(
    unit: UnitOfWork, action: str, before: Subscription, after: Subscription, recorder: Recorder
) -> Subscription:
    if after == before:
        return before
    return await unit.of(Subscription).save(after, recorder.audit(action, before, after))
