"""The use cases around the notes on calls."""

import attrs

from gapless.application.arguments import require_ids
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.domain.calls import Call, CallId, CallNote, CallNoteId
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import User
from gapless.kit.ids import UserId
from gapless.kit.ports import Clock, IdFactory, Store

NotePage = Page[CallNote]


@attrs.frozen(kw_only=True)
class CallNotes:
    """Keeps what users note on calls. Notes are not audited, because each note says who wrote it.

    Every use case may also raise InvalidValue (what is given is not an id), ConcurrencyConflict, DeadlineExceeded,
    CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised as well if the organization is not
    there.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory

    async def annotate(self, organization_id: OrganizationId, call_id: CallId, user_id: UserId, body: str) -> CallNote:
        """Adds a note to a call, whether it is going on or has ended.

        Args:
            organization_id: whose call it is.
            call_id: the call.
            user_id: the user who wrote the note, active or not.
            body: 1 to 5000 characters.

        Returns:
            The note, as stored.

        Raises:
            NotFound: there is no such call, or no such user, or the user is deleted.
            RuleViolated: `call_notes_body_length`, or `live_organization` (the organization is deleted).
        """
        require_ids(organization_id=organization_id, call_id=call_id, user_id=user_id)
        async with self._store.unit(organization_id) as unit:
            await unit.of(Call).get(call_id)
            await unit.of(User).get(user_id)
            note = CallNote(
                organization_id=organization_id,
                id=CallNoteId(self._ids.new()),
                created_at=self._clock.now(),
                call_id=call_id,
                user_id=user_id,
                body=body,
            )
            kept = await unit.of(CallNote).add(note)
            await unit.commit()
        return kept

    async def edit(self, organization_id: OrganizationId, note_id: CallNoteId, body: str) -> CallNote:
        """Gives a note another text; its present text changes nothing.

        Raises:
            NotFound: there is no such note.
            RuleViolated: `call_notes_body_length`.
        """
        require_ids(organization_id=organization_id, note_id=note_id)
        async with self._store.unit(organization_id) as unit:
            before = await unit.of(CallNote).get(note_id)
            after = before.reworded(body)
            if after == before:
                return before
            edited = await unit.of(CallNote).save(after)
            await unit.commit()
        return edited

    async def remove(self, organization_id: OrganizationId, note_id: CallNoteId) -> None:
        """Removes a note for good.

        Raises:
            NotFound: there is no such note.
        """
        require_ids(organization_id=organization_id, note_id=note_id)
        async with self._store.unit(organization_id) as unit:
            await unit.of(CallNote).remove(await unit.of(CallNote).get(note_id))
            await unit.commit()

    async def list_notes(
        self,
        organization_id: OrganizationId,
        call_id: CallId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> NotePage:
        """Lists the notes on a call, in the order of their ids.

        With the ids that are made by default this is the order in which they were written.

        Args:
            organization_id: whose call it is.
            call_id: the call; a call that is not there has no notes.
            after: `next` of the page before, even if its notes have changed or gone since; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000.
        """
        require_ids(organization_id=organization_id, call_id=call_id)
        async with self._store.reading(organization_id) as reading:
            return await page_of(
                reading.of(CallNote),
                lambda note: note.call_id == call_id,
                None,
                after,
                limit,
                listing="notes",
                before=before,
            )
