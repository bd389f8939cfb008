"""The use cases around the members of an organization: they come, change, leave and come back."""

from collections.abc import Callable
from datetime import timedelta
from operator import attrgetter

import attrs

from gapless.application.arguments import plain_id, require_ids
from gapless.application.audit_records import Recorder
from gapless.application.changes import change_row
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.application.retention import DEFAULT_RETENTION, require_restorable
from gapless.domain.organizations import Organization
from gapless.domain.users import Language, Role, User, lost_rights
from gapless.domain.values import normalise_email_address
from gapless.kit import Catalogue
from gapless.kit.audit import Actor
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.kit.soft_deletion import deleted, restored
from gapless.services.person_erasure import PersonErasure

MemberPage = Page[User]


@attrs.frozen(kw_only=True)
class Members:
    """Invites members, changes them, lets them leave and brings them back.

    Every use case may also raise InvalidValue (an id or the actor is none), ConcurrencyConflict, DeadlineExceeded,
    CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised as well if the organization is not
    there. What a use case leaves as it is, it neither writes nor logs.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        catalogue: that of the store; its rules over a team are asked before anything is written.
        retention: how long after the removal a member can be restored.
        jobs: the same rows with the rights of jobs; those of the store if nothing else is said.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _retention: timedelta = DEFAULT_RETENTION
    _jobs: Store = attrs.Factory(attrgetter("_store"), takes_self=True)

    async def invite(
        self,
        organization_id: OrganizationId,
        email: str,
        name: str,
        role: Role,
        language: Language = Language.ENGLISH,
        *,
        actor: Actor,
    ) -> User:
        """Takes a new member into the team.

        Args:
            organization_id: whose team it is.
            email: the address; white space around it and capitals are mended.
            name: 2 to 100 characters.
            role: what the member may do.
            language: the language that the member is addressed in.
            actor: who acts.

        Returns:
            The member, as stored.

        Raises:
            NotFound: there is no such organization, or it is deleted.
            RuleViolated: `team_members_quota` (no seat is free), `users_email_unique` (the address is taken), or a rule
                over the user's fields.
        """
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            user = User(
                organization_id=organization_id,
                id=UserId(self._ids.new()),
                created_at=recorder.at,
                email=normalise_email_address(email),
                name=name,
                role=role,
                language=language,
            )
            await self._require_allowed(unit, None, user)
            invited = await unit.of(User).add(user, recorder.audit("user.invited", None, user))
            await unit.commit()
        return invited

    async def rename(self, organization_id: OrganizationId, user_id: UserId, name: str, *, actor: Actor) -> User:
        """Gives a user another name.

        Raises:
            NotFound: there is no such user, or a deleted one.
            RuleViolated: `check_name_length`.
        """
        return await self._change(organization_id, user_id, "user.renamed", lambda user, _: user.renamed(name), actor)

    async def change_role(self, organization_id: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> User:
        """Gives a user another role (INTEGRITY-002); the sessions are revoked if it is a lower one.

        Raises:
            NotFound: there is no such user, or a deleted one.
            RuleViolated: `last_owner`, if no active owner would be left; `users_role_known`.
        """
        # Nobody counts owners here: the commit does on the same rows, and it would be a request more (decision 0004).
        return await self._change(
            organization_id, user_id, "user.role.changed", lambda user, _: user.with_role(role), actor
        )

    async def deactivate(
        self, organization_id: OrganizationId, user_id: UserId, reason: str | None = None, *, actor: Actor
    ) -> User:
        """Takes a member's seat for now (INTEGRITY-008); the sessions are revoked. Of an inactive user nothing changes.

        Raises:
            NotFound: there is no such user, or a deleted one.
            RuleViolated: `last_owner`, if no active owner would be left; `users_deactivation_reason_length`.
        """

        def deactivated(user: User, recorder: Recorder) -> User:
            after = user.deactivated(recorder.at, reason)
            return after if user.is_active else user

        return await self._change(organization_id, user_id, "user.deactivated", deactivated, actor)

    async def reactivate(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> User:
        """Gives an inactive user a seat again (INTEGRITY-008). Of an active one nothing changes.

        Raises:
            NotFound: there is no such user, or a deleted one.
            RuleViolated: `team_members_quota`, if no seat is free.
        """
        require_ids(organization_id=organization_id, user_id=user_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            before = await unit.of(User).get(user_id)
            if before.is_active:
                return before
            after = before.reactivated()
            await self._require_allowed(unit, before, after)
            stored = await unit.of(User).save(after, recorder.audit("user.reactivated", before, after))
            await unit.commit()
        return stored

    async def remove(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> User:
        """Deletes a user softly (INTEGRITY-008); the sessions of a member are revoked.

        Returns:
            The deleted user, as stored.

        Raises:
            NotFound: there is no such user, or it is deleted already.
            RuleViolated: `last_owner`, if no active owner would be left.
        """
        return await self._change(
            organization_id, user_id, "user.removed", lambda user, recorder: deleted(user, recorder.deletion()), actor
        )

    async def restore(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> User:
        """Brings a removed user back, as active as before (INTEGRITY-008).

        Raises:
            NotFound: there is no such user, or its organization is deleted.
            InvalidState: the user is not deleted.
            RetentionExpired: the user was removed too long ago.
            RuleViolated: what blocks it: `team_members_quota` (no seat is free), `users_email_unique` (somebody else
                has the address by now).
        """
        require_ids(organization_id=organization_id, user_id=user_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            before = await unit.of(User).get(user_id, include_deleted=True)
            require_restorable(before, self._retention, recorder.at)
            after = restored(before)
            await self._require_allowed(unit, before, after)
            stored = await unit.of(User).save(after, recorder.audit("user.restored", before, after))
            await unit.commit()
        return stored

    async def erase(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> int:
        """Takes the values of a removed user out of the audit trail, as a job; who did what, and when, stays.

        What is personal of a user (address, name, why they were deactivated) goes from the images of the audit records
        about them, and from where they acted goes from those that they caused. `user.erased` tells that, with no value
        in it.
        It happens in units of work of a bounded size: a run that was stopped is finished by the next one. Who is erased
        already is left as they are, and not told again. The row of the user stays until its purge, before or after.

        Args:
            organization_id: whose trail.
            user_id: who, purged or not.
            actor: who acts.

        Returns:
            How often something was taken out of an audit record: an image, and from where the user acted, count each.

        Raises:
            NotFound: nobody of this id was ever here, or there is no such organization.
            InvalidState: the user is not removed: `remove` first.
            AccessDenied: the role of the jobs has the rights of requests alone; nothing was touched.
        """
        erasure = PersonErasure(
            store=self._jobs,
            organization_id=OrganizationId(plain_id("organization_id", organization_id)),
            user_id=UserId(plain_id("user_id", user_id)),
            recorder=lambda: self._recorder(actor),
        )
        return await erasure.run()

    async def seen(self, organization_id: OrganizationId, user_id: UserId) -> User:
        """Notes that a user was here just now; it is not audited.

        Raises:
            NotFound: there is no such user, or a deleted one.
        """
        require_ids(organization_id=organization_id, user_id=user_id)
        async with self._store.unit(organization_id) as unit:
            before = await unit.of(User).get(user_id)
            stored = await unit.of(User).save_unaudited(before.seen(self._clock.now()))
            await unit.commit()
        return stored

    async def get(self, organization_id: OrganizationId, user_id: UserId) -> User:
        """A user, active or not, as it is now.

        Raises:
            NotFound: there is no such user, or a deleted one.
        """
        require_ids(organization_id=organization_id, user_id=user_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(User).get(user_id)

    async def list_members(
        self, organization_id: OrganizationId, *, after: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> MemberPage:
        """The users who are not deleted, active or not, in the order of their ids: by default that of their coming.

        Args:
            organization_id: whose team it is; one that is not there, or deleted, has no members.
            after: `next` of the page before; None for the first page.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is no `next` of this listing.
            QueryRefused: the limit is none.
        """
        return await self._page(organization_id, lambda user: user.is_live, after, limit, "members")

    async def list_deleted(
        self, organization_id: OrganizationId, *, after: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> MemberPage:
        """The deleted users, in the order of their ids; arguments and errors as `list_members`."""
        return await self._page(organization_id, lambda user: user.is_deleted, after, limit, "deleted members")

    async def _change(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        action: str,
        change: Callable[[User, Recorder], User],
        actor: Actor,
    ) -> User:
        require_ids(organization_id=organization_id, user_id=user_id)
        return await change_row(
            self._store,
            organization_id,
            User,
            user_id,
            action,
            change,
            lambda: self._recorder(actor),
            events=lost_rights,
        )

    async def _page(
        self,
        organization_id: OrganizationId,
        among: Callable[[User], bool],
        after: str | None,
        limit: int,
        listing: str,
    ) -> MemberPage:
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            users = reading.of(User)
            return await page_of(users, among, None, after, limit, include_deleted=True, listing=listing)

    async def _require_allowed(self, unit: UnitOfWork, before: User | None, after: User) -> None:
        """Refuses, before anything is written, what the rules that count users refuse at commit, and names no other.

        Under the organization's lock nobody else changes what they count.
        """
        organization = await unit.of(Organization).get(after.organization_id)
        home, change = (organization, organization), (before, after)
        for invariant in self._catalogue.invariants_of(User):
            if invariant.is_pending(home, [change]):
                number = await unit.of(User).count(invariant.counted, include_deleted=True)
                invariant.require(home, [change], number=number)

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)
