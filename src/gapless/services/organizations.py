"""The use cases around an organization: it is created, changed, deleted and restored."""

from collections.abc import Callable
from datetime import timedelta
from operator import attrgetter

import attrs

from gapless.application.arguments import require_ids
from gapless.application.audit_records import Recorder
from gapless.application.changes import change_row
from gapless.application.retention import DEFAULT_RETENTION
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue, PlanLimits
from gapless.domain.users import Language, Role, User
from gapless.domain.values import normalise_email_address, normalise_slug
from gapless.kit import Catalogue
from gapless.kit.audit import Actor, Erasure
from gapless.kit.ids import UserId
from gapless.kit.ports import Clock, IdFactory, Store
from gapless.services.organization_deletion import (
    RestoredOrganization,
    delete_organization,
    lift_erasure,
    request_erasure,
    restore_organization,
)

DELETION_SECONDS = 10.0


@attrs.frozen
class CreatedOrganization:
    """What `Organizations.create` returns: the organization and its first owner."""

    organization: Organization
    owner: User


@attrs.frozen(kw_only=True)
class Organizations:
    """Creates, changes, deletes and restores organizations.

    Every use case may also raise InvalidValue (what is given is not an id, or not an actor), ConcurrencyConflict,
    DeadlineExceeded, CommitUnknown and StoreUnavailable; see `gapless.retrying`.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue of the store; it says which rows are deleted together with an organization, and which
            rules are checked at commit.
        plans: the plans that quotas are taken from.
        retention: how long after its deletion an organization can be restored.
        jobs: the same rows, with the rights of jobs; `store` itself if none is given.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _plans: PlanCatalogue = DEFAULT_PLANS
    _retention: timedelta = DEFAULT_RETENTION
    _jobs: Store = attrs.Factory(attrgetter("_store"), takes_self=True)

    async def create(  # noqa: PLR0913  # an organization and its owner are made together
        self,
        name: str,
        slug: str,
        owner_email: str,
        owner_name: str,
        *,
        plan: str = "starter",
        billing_email: str | None = None,
        owner_language: Language = Language.ENGLISH,
        actor: Actor,
    ) -> CreatedOrganization:
        """Creates an organization with its first owner, and with the quotas of the plan.

        Args:
            name: the name of the organization, 2 to 100 characters.
            slug: its name in addresses; white space around it is removed, and capitals become lower case.
            owner_email: the owner's address; white space around it is removed, and capitals become lower case.
            owner_name: the owner's name.
            plan: the name of a plan of the catalogue.
            billing_email: the address to which invoices go; None if it is not known.
            owner_language: the language that the owner is addressed in.
            actor: who acts; usually the job that signs people up.

        Returns:
            The organization and its owner, as stored.

        Raises:
            InvalidValue: the catalogue of plans has no such plan.
            RuleViolated: a rule of organizations or users, such as `organizations_slug_unique`, or `team_members_quota`
                if the plan has no seat.
        """
        recorder = self._recorder(actor)
        organization = self._without_members(name, slug, billing_email, self._plans.limits(plan), recorder)
        owner = User(
            organization_id=organization.id,
            id=UserId(self._ids.new()),
            created_at=recorder.at,
            email=normalise_email_address(owner_email),
            name=owner_name,
            role=Role.OWNER,
            language=owner_language,
        )
        for invariant in self._catalogue.invariants_of(User, below=Organization):
            invariant.require((None, organization), [(None, owner)])
        async with self._store.creating(organization.id) as unit:
            created = await unit.of(Organization).add(
                organization, recorder.audit("organization.founded", None, organization)
            )
            owner = await unit.of(User).add(owner, recorder.audit("user.invited", None, owner))
            await unit.commit()
        return CreatedOrganization(created, owner)

    def _without_members(
        self, name: str, slug: str, billing_email: str | None, limits: PlanLimits, recorder: Recorder
    ) -> Organization:
        return Organization(
            id=OrganizationId(self._ids.new()),
            created_at=recorder.at,
            name=name,
            slug=normalise_slug(slug),
            billing_email=None if billing_email is None else normalise_email_address(billing_email),
            call_minutes_quota=limits.call_minutes,
            team_members_quota=limits.team_members,
            phone_numbers_quota=limits.phone_numbers,
            storage_quota=limits.storage,
        )

    async def get(self, organization_id: OrganizationId) -> Organization:
        """The organization, as it is now.

        Raises:
            NotFound: there is no such organization, or it is deleted.
        """
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(Organization).get(organization_id)

    async def rename(self, organization_id: OrganizationId, name: str, *, actor: Actor) -> Organization:
        """Gives the organization another name; its present name changes nothing and adds no audit record.

        Raises:
            NotFound: there is no such organization, or it is deleted.
            RuleViolated: `check_org_name_length`.
        """
        return await self._change(organization_id, "organization.renamed", lambda before: before.renamed(name), actor)

    async def change_billing_email(
        self, organization_id: OrganizationId, billing_email: str | None, *, actor: Actor
    ) -> Organization:
        """Sends the invoices to another address, or to nobody; the present address changes nothing.

        Args:
            organization_id: whose invoices.
            billing_email: white space around it is removed, capitals become lower case; None if nobody gets them.
            actor: who acts.

        Raises:
            NotFound: there is no such organization, or it is deleted.
            RuleViolated: `check_billing_email`, `organizations_billing_email_length`.
        """
        address = None if billing_email is None else normalise_email_address(billing_email)
        return await self._change(
            organization_id, "organization.billing_email.changed", lambda before: before.billed_to(address), actor
        )

    async def delete(self, organization_id: OrganizationId, *, actor: Actor) -> Organization:
        """Soft-deletes the organization with its live users and knowledge items, as one deletion (INTEGRITY-001).

        Its subscription is removed for good, and its phone numbers are released: the audit record keeps their values,
        without what is personal, under `phone_numbers` and `subscription`. It also says for how many days everything
        else can be restored, and how many calls lose the link to the number that was called. OrganizationDeleted goes
        to the outbox, and PhoneNumberReleased for each number.

        Returns:
            The organization, as stored.

        Raises:
            NotFound: there is no such organization, or it is deleted already.
            CallsInProgress: calls are going on (`no_active_calls`); the error says how many.
            DeadlineExceeded: it took longer than 10 seconds; nothing was deleted.
            RuleViolated: `no_active_calls`, if a call was started meanwhile, and not by a use case.
        """
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id, seconds=DELETION_SECONDS) as unit:
            stored = await delete_organization(
                unit, organization_id, self._catalogue, self._recorder(actor), self._retention
            )
            await unit.commit()
        return stored

    async def restore(self, organization_id: OrganizationId, *, actor: Actor) -> RestoredOrganization:
        """Restores an organization, with exactly the users and knowledge items of its deletion (INTEGRITY-006).

        A user or an item that had been removed before the deletion stays removed, and sessions that ended stay ended.

        Returns:
            The organization, how many rows came back with it, and what did not come back: its numbers, its plan, and
                the links of calls to numbers.

        Raises:
            NotFound: there is no such organization.
            InvalidState: it is not deleted, or its purge has begun, or it is marked for erasure (call `lift_erasure`
                first).
            RetentionExpired: it was deleted too long ago.
            RuleViolated: the restored rows would break a rule: `team_members_quota`, if the quota has become smaller
                meanwhile; `last_owner`, if none of the users is an active owner.
        """
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id) as unit:
            result = await restore_organization(
                unit, organization_id, self._catalogue, self._recorder(actor), self._retention
            )
            await unit.commit()
        return result

    async def mark_for_erasure(self, organization_id: OrganizationId, reason: str, *, actor: Actor) -> Erasure:
        """Marks an organization, deleted or not, so that its purge removes its audit trail too (X-10).

        Only a role with the rights of jobs can set and lift the mark. An organization that is marked can't be restored.
        The mark stays after the purge, as the record of why there is no trail.

        Args:
            organization_id: whose trail is to be removed.
            reason: why, 1 to 500 characters.
            actor: who acts.

        Raises:
            NotFound: there is no such organization.
            RuleViolated: `erasures_root_id_unique`, if it is marked already; `erasures_reason_length`.
            AccessDenied: `jobs` has only the rights of requests; open the application with `jobs_engine`.
        """
        require_ids(organization_id=organization_id)
        async with self._jobs.unit(organization_id) as unit:
            mark = await request_erasure(unit, organization_id, reason, self._recorder(actor))
            await unit.commit()
        return mark

    async def lift_erasure(self, organization_id: OrganizationId, *, actor: Actor) -> None:
        """Takes back the mark of `mark_for_erasure`, as a job; an organization without a mark stays as it is.

        Args:
            organization_id: whose trail is to be kept again.
            actor: who acts.

        Raises:
            NotFound: there is no such organization; one that was purged has no trail left to keep.
            AccessDenied: `jobs` has only the rights of requests; open the application with `jobs_engine`.
        """
        require_ids(organization_id=organization_id)
        async with self._jobs.unit(organization_id) as unit:
            await lift_erasure(unit, organization_id, self._recorder(actor))
            await unit.commit()

    async def _change(
        self,
        organization_id: OrganizationId,
        action: str,
        change: Callable[[Organization], Organization],
        actor: Actor,
    ) -> Organization:
        require_ids(organization_id=organization_id)
        return await change_row(
            self._store,
            organization_id,
            Organization,
            organization_id,
            action,
            lambda organization, _: change(organization),
            lambda: self._recorder(actor),
        )

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)
