"""The use cases around an organization: it is founded, renamed, deleted and restored."""

from collections.abc import Iterable
from datetime import timedelta

import attrs

from gapless.domain.audit import Actor
from gapless.domain.events import OrganizationDeleted
from gapless.domain.json_object import JsonObject
from gapless.domain.organizations import Organization
from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue
from gapless.domain.ports import Clock, IdFactory, Store
from gapless.domain.rules.queries import Assignment, assign
from gapless.domain.soft_deletion import Deletion, deleted, restored
from gapless.domain.team import Team
from gapless.domain.users import Language, Role, User
from gapless.domain.values import OrganizationId, UserId, normalise_email_address, normalise_slug
from gapless.services.arguments import require_ids
from gapless.services.recording import Recording
from gapless.services.retention import DEFAULT_RETENTION, require_restorable, retention_days

DELETION_SECONDS = 10.0


@attrs.frozen
class Founded:
    """What founding an organization makes: the organization, and its first owner."""

    organization: Organization
    owner: User


@attrs.frozen(kw_only=True)
class Organizations:
    """Founds, renames, deletes and restores organizations.

    Every use case may also raise InvalidValue (an id or the actor is none), ConcurrencyConflict, DeadlineExceeded,
    CommitUnknown and StoreUnavailable; see `gapless.retrying`.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        plans: the plans that quotas are taken from.
        retention: how long after its deletion an organization can be restored.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _plans: PlanCatalogue = DEFAULT_PLANS
    _retention: timedelta = DEFAULT_RETENTION

    async def found(  # noqa: PLR0913  # an organization and its owner are founded together
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
    ) -> Founded:
        """Founds an organization with its first owner; the quotas are those of the plan.

        Args:
            name: the organization's, 2 to 100 characters.
            slug: its name in addresses; white space around it and capitals are mended.
            owner_email: the owner's address; white space around it and capitals are mended.
            owner_name: the owner's name.
            plan: the name of a plan of the catalogue.
            billing_email: where invoices go, if that is known.
            owner_language: the language that the owner is addressed in.
            actor: who acts; usually the job that signs people up.

        Returns:
            The organization and its owner, as stored.

        Raises:
            InvalidValue: there is no such plan.
            RuleViolated: a rule of organizations or users, e.g. `organizations_slug_unique`, or `team_members_quota` if
                the plan has no seat.
        """
        record = self._recording(actor)
        limits = self._plans.limits(plan)
        organization = Organization(
            id=OrganizationId(self._ids.new()),
            created_at=record.at,
            name=name,
            slug=normalise_slug(slug),
            billing_email=None if billing_email is None else normalise_email_address(billing_email),
            call_minutes_quota=limits.call_minutes,
            team_members_quota=limits.team_members,
            phone_numbers_quota=limits.phone_numbers,
            storage_quota=limits.storage,
        )
        owner = User(
            organization_id=organization.id,
            id=UserId(self._ids.new()),
            created_at=record.at,
            email=normalise_email_address(owner_email),
            name=owner_name,
            role=Role.OWNER,
            language=owner_language,
        )
        Team(organization=organization, owners=0, members=0).replacing(None, owner)
        async with self._store.founding(organization.id) as unit:
            founded = await unit.organizations.add(
                organization, record.entry("organization.founded", None, organization)
            )
            owner = await unit.users.add(owner, record.entry("user.invited", None, owner))
            await unit.commit()
        return Founded(founded, owner)

    async def get(self, organization_id: OrganizationId) -> Organization:
        """The organization, as it is now.

        Raises:
            NotFound: there is none, or it is deleted.
        """
        require_ids(organization_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.organizations.get(organization_id)

    async def rename(self, organization_id: OrganizationId, name: str, *, actor: Actor) -> Organization:
        """Gives the organization another name; the name that it has changes nothing and logs nothing.

        Raises:
            NotFound: there is no such organization, or it is deleted.
            RuleViolated: `check_org_name_length`.
        """
        require_ids(organization_id)
        async with self._store.unit(organization_id) as unit:
            record = self._recording(actor)
            before = await unit.organizations.get(organization_id)
            after = before.renamed(name)
            if after == before:
                return before
            renamed = await unit.organizations.save(after, record.entry("organization.renamed", before, after))
            await unit.commit()
        return renamed

    async def delete(self, organization_id: OrganizationId, *, actor: Actor) -> Organization:
        """Deletes the organization and its live users softly, as one deletion (INTEGRITY-001).

        OrganizationDeleted goes to the outbox. The entry says for how many days all of it can be restored.

        Returns:
            The organization, as stored.

        Raises:
            NotFound: there is no such organization, or it is deleted already.
            DeadlineExceeded: it took longer than 10 seconds; nothing of it was kept.
            RuleViolated: a rule of the catalogue that a deleted organization would break.
        """
        require_ids(organization_id)
        async with self._store.unit(organization_id, seconds=DELETION_SECONDS) as unit:
            record = self._recording(actor)
            before = await unit.organizations.get(organization_id)
            deletion = record.deletion()
            after = deleted(before, deletion)
            metadata = JsonObject({"retentionDays": retention_days(self._retention)})
            entry = record.entry("organization.deleted", before, after, metadata)
            events = record.events(organization_id, [OrganizationDeleted(organization_id=organization_id)])
            stored = await unit.organizations.save(after, entry, events)
            await unit.users.update_where(lambda user: user.is_live, lambda user: _deleting(user, deletion), entry)
            await unit.commit()
        return stored

    async def restore(self, organization_id: OrganizationId, *, actor: Actor) -> Organization:
        """Brings a deleted organization back, with exactly the users of its deletion (INTEGRITY-006).

        Sessions that ended stay ended. Users who had been removed one by one before stay removed.

        Returns:
            The organization, as stored.

        Raises:
            NotFound: there is no such organization.
            InvalidState: it is not deleted.
            RetentionExpired: it was deleted too long ago.
            RuleViolated: what it would come back with breaks a rule: `team_members_quota`, if its quota shrank
                meanwhile; `last_owner`, if no owner is among its users.
        """
        require_ids(organization_id)
        async with self._store.unit(organization_id) as unit:
            record = self._recording(actor)
            before = await unit.organizations.get(organization_id, include_deleted=True)
            require_restorable(before, self._retention, record.at)
            after = restored(before)
            entry = record.entry("organization.restored", before, after)
            stored = await unit.organizations.save(after, entry)
            if (batch := before.deletion_id) is not None:
                await unit.users.update_where(
                    lambda user: user.deletion_id == batch, _restoring, entry, include_deleted=True
                )
            await unit.commit()
        return stored

    def _recording(self, actor: Actor) -> Recording:
        return Recording(self._ids, self._clock.now(), actor)


def _deleting(user: User, deletion: Deletion) -> Iterable[Assignment]:
    return (
        assign(user.is_deleted, True),
        assign(user.deleted_at, deletion.at),
        assign(user.deleted_by, deletion.by),
        assign(user.deletion_id, deletion.id),
    )


def _restoring(user: User) -> Iterable[Assignment]:
    return (
        assign(user.is_deleted, False),
        assign(user.deleted_at, None),
        assign(user.deleted_by, None),
        assign(user.deletion_id, None),
    )
