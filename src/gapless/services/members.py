"""The use cases around the members of an organization: invite, change, deactivate, remove, restore and list them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from operator import attrgetter

import attrs

from gapless.application.arguments import plain_id, require_ids
from gapless.application.audit_records import Recorder
from gapless.application.changes import change_row
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.application.retention import DEFAULT_RETENTION, require_restorable
from gapless.application.supplements import supplement_in
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Language, Role, User, lost_rights
from gapless.domain.values import normalise_email_address
from gapless.kit import Catalogue
from gapless.kit.audit import Actor
from gapless.kit.errors import RuleViolated
from gapless.kit.ids import UserId
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.kit.soft_deletion import deleted, restored
from gapless.services.person_erasure import PersonErasure

MemberPage = Page[User]
Entering = tuple[User | None, User]
"""A user before and after taking a seat: None before an invitation."""


@attrs.frozen(kw_only=True)
class Members:
    """Invites members, changes them, lets them leave and brings them back.

    Every use case may also raise InvalidValue (what is given is not an id, or not an actor), ConcurrencyConflict,
    DeadlineExceeded, CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised as well if the
    organization is not there. A use case that would change nothing writes nothing and adds no audit record.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue of the store; its rules that count users explain why somebody can't take a seat.
        retention: how long after the removal a member can be restored.
        jobs: the same rows, with the rights of jobs; `store` itself if none is given.
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
            email: the address; white space around it is removed, and capitals become lower case.
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

        async def invited(_: UnitOfWork, recorder: Recorder) -> Entering:
            return None, User(
                organization_id=organization_id,
                id=UserId(self._ids.new()),
                created_at=recorder.at,
                email=normalise_email_address(email),
                name=name,
                role=role,
                language=language,
            )

        return await self._enter(organization_id, "user.invited", invited, actor)

    async def rename(self, organization_id: OrganizationId, user_id: UserId, name: str, *, actor: Actor) -> User:
        """Gives a user another name.

        Raises:
            NotFound: there is no such user, or it is deleted.
            RuleViolated: `check_name_length`.
        """
        return await self._change(organization_id, user_id, "user.renamed", lambda user, _: user.renamed(name), actor)

    async def change_role(self, organization_id: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> User:
        """Gives a user another role (INTEGRITY-002); a lower role revokes the user's sessions.

        Raises:
            NotFound: there is no such user, or it is deleted.
            RuleViolated: `last_owner`, if no active owner would be left; `users_role_known`.
        """
        # Owners are not counted here: the commit counts them, and this would be one more request (decision 0004).
        return await self._change(
            organization_id, user_id, "user.role.changed", lambda user, _: user.with_role(role), actor
        )

    async def deactivate(
        self, organization_id: OrganizationId, user_id: UserId, reason: str | None = None, *, actor: Actor
    ) -> User:
        """Takes away a member's seat until `reactivate` (INTEGRITY-008), and revokes the sessions.

        A user who is inactive already stays as they are.

        Raises:
            NotFound: there is no such user, or it is deleted.
            RuleViolated: `last_owner`, if no active owner would be left; `users_deactivation_reason_length`.
        """

        def deactivated(user: User, recorder: Recorder) -> User:
            after = user.deactivated(recorder.at, reason)
            return after if user.is_active else user

        return await self._change(organization_id, user_id, "user.deactivated", deactivated, actor)

    async def reactivate(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> User:
        """Gives an inactive user a seat again (INTEGRITY-008); an active user stays as they are.

        Raises:
            NotFound: there is no such user, or it is deleted.
            RuleViolated: `team_members_quota`, if no seat is free.
        """
        require_ids(organization_id=organization_id, user_id=user_id)

        async def reactivated(unit: UnitOfWork, _: Recorder) -> Entering:
            before = await unit.of(User).get(user_id)
            return before, before if before.is_active else before.reactivated()

        return await self._enter(organization_id, "user.reactivated", reactivated, actor)

    async def remove(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> User:
        """Soft-deletes a user (INTEGRITY-008); the sessions of a member are revoked.

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
        """Restores a removed user, active or inactive as before (INTEGRITY-008).

        Raises:
            NotFound: there is no such user, or its organization is deleted.
            InvalidState: the user is not deleted.
            RetentionExpired: the user was removed too long ago.
            RuleViolated: the user can't come back: `team_members_quota` (no seat is free), `users_email_unique`
                (another user has the address by now).
        """
        require_ids(organization_id=organization_id, user_id=user_id)

        async def returned(unit: UnitOfWork, recorder: Recorder) -> Entering:
            before = await unit.of(User).get(user_id, include_deleted=True)
            require_restorable(before, self._retention, recorder.at)
            return before, restored(before)

        return await self._enter(organization_id, "user.restored", returned, actor)

    async def erase(self, organization_id: OrganizationId, user_id: UserId, *, actor: Actor) -> int:
        """Removes the personal values of a removed user from the audit trail, as a job; who did what, and when, stays.

        The address, the name and the reason for a deactivation are removed from the audit records about the user, and
        the place from which the user acted from the records of what the user did. An audit record `user.erased` says
        so, without any of these values.

        The work is done in several units of work of a bounded size: if a run was stopped, the next one finishes it. A
        user who is erased already stays as they are, and no record is added again. The row of the user stays until its
        purge; a user can be erased before the purge or after it.

        Args:
            organization_id: whose trail.
            user_id: the user, purged or not.
            actor: who acts.

        Returns:
            How many times something was removed from an audit record; the values and the place count separately.

        Raises:
            NotFound: the organization never had this user, or there is no such organization.
            InvalidState: the user is not removed; call `remove` first.
            AccessDenied: `jobs` has only the rights of requests, and nothing was changed; open the application with
                `jobs_engine`.
        """
        erasure = PersonErasure(
            store=self._jobs,
            organization_id=OrganizationId(plain_id("organization_id", organization_id)),
            user_id=UserId(plain_id("user_id", user_id)),
            recorder=lambda: self._recorder(actor),
            trail=self._catalogue.trail,
        )
        return await erasure.run()

    async def seen(self, organization_id: OrganizationId, user_id: UserId) -> User:
        """Sets the time at which a user was last seen to now; this is not audited.

        Raises:
            NotFound: there is no such user, or it is deleted.
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
            NotFound: there is no such user, or it is deleted.
        """
        require_ids(organization_id=organization_id, user_id=user_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(User).get(user_id)

    async def list_members(
        self,
        organization_id: OrganizationId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> MemberPage:
        """Lists the users who are not deleted, active or not, in the order of their ids.

        With the ids that are made by default this is the order in which they were added.

        Args:
            organization_id: whose team it is; an organization that is not there, or is deleted, has no members.
            after: `next` of the page before; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000.
        """
        return await self._page(organization_id, lambda user: user.is_live, (after, before), limit, "members")

    async def list_deleted(
        self,
        organization_id: OrganizationId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> MemberPage:
        """Lists the deleted users, in the order of their ids; arguments and errors are those of `list_members`."""
        return await self._page(
            organization_id, lambda user: user.is_deleted, (after, before), limit, "deleted members"
        )

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
        places: tuple[str | None, str | None],
        limit: int,
        listing: str,
    ) -> MemberPage:
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            users, (after, before) = reading.of(User), places
            return await page_of(users, among, None, after, limit, include_deleted=True, listing=listing, before=before)

    async def _enter(
        self,
        organization_id: OrganizationId,
        action: str,
        change: Callable[[UnitOfWork, Recorder], Awaitable[Entering]],
        actor: Actor,
    ) -> User:
        """Lets a user take a seat, if there is one: nothing is counted before the commit counts (decision 0050)."""
        entering: Entering | None = None
        try:
            async with self._store.unit(organization_id) as unit:
                recorder = self._recorder(actor)
                before, after = entering = await change(unit, recorder)
                if after == before:
                    return after
                users, audit = unit.of(User), recorder.audit(action, before, after)
                stored = await (users.add(after, audit) if before is None else users.save(after, audit))
                await unit.commit()
                return stored
        except RuleViolated as error:
            refusal = error
        if entering is not None:
            await self._require_seat(organization_id, entering, refusal)
        raise refusal

    async def _require_seat(self, organization_id: OrganizationId, entering: Entering, refusal: RuleViolated) -> None:
        """Looks, after a refusal, whether there was another reason before it: a deleted organization, or no free seat.

        A store refuses for the first rule that it meets, and it counts at the end.
        """
        invariants = self._catalogue.invariants_of(User, below=Organization)
        if refusal.rule in {invariant.rule.name for invariant in invariants}:
            return
        async with self._store.reading(organization_id) as reading:
            organization = await reading.of(Organization).get(organization_id)
            home = organization, organization
            for invariant in invariants:
                if invariant.is_pending(home, [entering]):
                    number = await reading.of(User).count(invariant.counted, include_deleted=True)
                    limit = await supplement_in(reading, invariant, organization)
                    invariant.require(home, [entering], number=number, supplement=limit)

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)
