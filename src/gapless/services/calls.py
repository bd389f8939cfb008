"""The use cases around calls: they start, end, are rated and listed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs

from gapless.application.arguments import require_ids
from gapless.application.audit_records import Recorder
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.domain.calls import Call, Caller, CallId, CallStatus, Handler
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId
from gapless.domain.users import User
from gapless.domain.values import E164, parse_e164
from gapless.kit import all_of, any_of, descending, is_null, model_of
from gapless.kit.errors import InvalidState, InvalidValue
from gapless.kit.ids import UserId
from gapless.kit.misfits import misfit
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.services.usage import COUNTING, add_minutes

CallPage = Page[Call]
NumberReader = Callable[[str], E164]
SHORTEST = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class Calls:
    """Starts, finishes, rates and lists calls.

    Every use case may also raise InvalidValue (what is given is not an id), ConcurrencyConflict, DeadlineExceeded,
    CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised as well if the organization is not
    there. A use case that would change nothing writes nothing. Calls are not audited.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        read_number: reads a caller's number that is not in the form of E.164, and raises InvalidValue if it can't.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _read_number: NumberReader = parse_e164

    async def start(
        self,
        organization_id: OrganizationId,
        phone_number_id: PhoneNumberId,
        caller_number: str | None = None,
        *,
        handled_by: Handler = Handler.AI,
        handled_by_user_id: UserId | None = None,
    ) -> Call:
        """Begins a call to one of the organization's numbers.

        Args:
            organization_id: the organization that is called.
            phone_number_id: the number that is called.
            caller_number: the caller's number in the form of E.164; None if the caller withholds it. Any other text
                ("anonymous", a SIP address) counts as withheld too, and is kept as the call's `caller_text`.
            handled_by: who talks to the caller.
            handled_by_user_id: the user who talks to the caller; None if the AI does, or the person is not known.

        Returns:
            The call, as stored.

        Raises:
            NotFound: the organization has no such phone number, or no such user.
            InvalidState: the user is deactivated.
            RuleViolated: `call_minutes_quota` (all minutes are used up), `live_organization`, or a rule over the call's
                fields.
        """
        require_ids(organization_id=organization_id, phone_number_id=phone_number_id)
        if handled_by_user_id is not None:
            require_ids(handled_by_user_id=handled_by_user_id)
        caller = Caller.of(caller_number)
        async with self._store.unit(organization_id) as unit:
            number = await unit.of(PhoneNumber).get(phone_number_id)
            if handled_by_user_id is not None:
                await _require_member(unit, handled_by_user_id)
            now = self._clock.now()
            call = Call(
                organization_id=organization_id,
                id=CallId(self._ids.new()),
                created_at=now,
                phone_number_id=number.id,
                caller_number=caller.number,
                caller_text=caller.text,
                status=CallStatus.ACTIVE,
                started_at=now,
                handled_by=handled_by,
                handled_by_user_id=handled_by_user_id,
            )
            started = await unit.of(Call).add(call)
            await unit.commit()
        return started

    async def take_over(self, organization_id: OrganizationId, call_id: CallId, user_id: UserId) -> Call:
        """Lets a user handle a call that is going on, whether the AI or another user handled it before.

        Raises:
            NotFound: there is no such call or no such user, or the user is deleted.
            InvalidState: the call has ended, or the user is deactivated.
        """
        require_ids(organization_id=organization_id, call_id=call_id, user_id=user_id)
        async with self._store.unit(organization_id) as unit:
            before = await _going_on(unit, call_id)
            await _require_member(unit, user_id)
            return await _saved(unit, before, before.taken_over(user_id))

    async def finish(
        self,
        organization_id: OrganizationId,
        call_id: CallId,
        status: CallStatus = CallStatus.COMPLETED,
        *,
        outcome: str | None = None,
        sentiment: str | None = None,
    ) -> Call:
        """Ends a call, and counts its minutes if it was answered, even beyond the quota (INTEGRITY-009).

        A call ends at least a microsecond after its start, whatever the clock says. For each warning level of the quota
        that the minutes reach, QuotaWarning goes to the outbox.

        Args:
            organization_id: the organization that was called.
            call_id: the call.
            status: how it ended; a MISSED call has no duration.
            outcome: what came of it, in the host's own words, at most 50 characters.
            sentiment: how the caller felt, in the host's own words, at most 50 characters.

        Returns:
            The call, as stored.

        Raises:
            NotFound: there is no such call.
            InvalidState: the call has ended already.
            InvalidValue: the status is not a member of CallStatus.
            RuleViolated: `calls_status_ended_at_agree` if the status is ACTIVE, or a rule over the call's fields.
        """
        require_ids(organization_id=organization_id, call_id=call_id)
        async with self._store.unit(organization_id) as unit:
            before = await _going_on(unit, call_id)
            recorder = Recorder(self._ids, self._clock.now(), COUNTING)
            end = max(recorder.at, before.started_at + SHORTEST)
            finished = await unit.of(Call).save(before.finished(_member(status), end, outcome, sentiment))
            if finished.minutes:
                await add_minutes(unit, organization_id, finished.minutes, recorder)
            await unit.commit()
        return finished

    async def rate(
        self,
        organization_id: OrganizationId,
        call_id: CallId,
        *,
        call_quality: int | None = None,
        ai_confidence: int | None = None,
    ) -> Call:
        """Says how good a call was (1 to 5) and how sure the AI was of itself (0 to 100), during the call or later.

        An argument that is None leaves its value as it is.

        Raises:
            NotFound: there is no such call.
            RuleViolated: `check_call_quality_range`, `check_ai_confidence_range`.
        """
        require_ids(organization_id=organization_id, call_id=call_id)
        async with self._store.unit(organization_id) as unit:
            before = await unit.of(Call).get(call_id)
            after = before.rated(
                before.call_quality if call_quality is None else call_quality,
                before.ai_confidence if ai_confidence is None else ai_confidence,
            )
            return await _saved(unit, before, after)

    async def get(self, organization_id: OrganizationId, call_id: CallId) -> Call:
        """Reads a call as it is now; the calls of a deleted organization can still be read.

        Raises:
            NotFound: there is no such call.
        """
        require_ids(organization_id=organization_id, call_id=call_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(Call).get(call_id)

    async def list_calls(  # noqa: PLR0913  # people look for calls by any of these
        self,
        organization_id: OrganizationId,
        *,
        caller_number: str | None = None,
        outcome: str | None = None,
        handled_by: Handler | None = None,
        handled_by_user_id: UserId | None = None,
        started_from: datetime | None = None,
        started_before: datetime | None = None,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> CallPage:
        """Lists the calls that match every argument that is given, newest first.

        Args:
            organization_id: the organization that was called; one that is not there has no calls, a deleted one keeps
                its calls.
            caller_number: only calls of this caller, given as to `start`: a number, or the text that came in place of
                it. With the extra gapless[phone] a number may have any spelling with a country code that
                `parse_phone_number` of `gapless.inputs` reads.
            outcome: only calls with exactly this outcome.
            handled_by: only calls that the AI handled, or only calls that people handled.
            handled_by_user_id: only calls that this user handled.
            started_from: only calls that started at this time or later.
            started_before: only calls that started before this time.
            after: `next` of the page before; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000, or no call can have a value that is looked
                for.
        """
        require_ids(organization_id=organization_id)
        wanted = matching(
            callers=() if caller_number is None else self._sought(caller_number),
            outcome=outcome,
            handled_by=handled_by,
            handled_by_user_id=handled_by_user_id,
            started_from=started_from,
            started_before=started_before,
        )
        async with self._store.reading(organization_id) as reading:
            return await page_of(reading.of(Call), wanted, newest_first, after, limit, listing="calls", before=before)

    def _sought(self, given: str) -> tuple[Caller, ...]:
        """The callers to look for: the caller as given, and the number that `read_number` reads in it."""
        told = Caller.of(given)
        if told.number is not None:
            return (told,)
        try:
            return told, Caller(self._read_number(given), None)
        except InvalidValue:
            return (told,)

    async def count_active(self, organization_id: OrganizationId) -> int:
        """How many calls are going on."""
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(Call).count(lambda call: call.is_active)


def matching(
    *,
    callers: tuple[Caller, ...] = (),
    outcome: str | None = None,
    handled_by: Handler | None = None,
    handled_by_user_id: UserId | None = None,
    started_from: datetime | None = None,
    started_before: datetime | None = None,
) -> Callable[[Call], bool]:
    """The condition of a listing: a call is from one of the callers and fits all else; see `Calls.list_calls`."""

    def fits(call: Call) -> bool:
        return all_of(
            not callers or any_of(*(_is_from(call, caller) for caller in callers)),
            outcome is None or call.outcome == outcome,
            handled_by is None or call.handled_by == handled_by,
            handled_by_user_id is None or call.handled_by_user_id == handled_by_user_id,
            started_from is None or call.started_at >= started_from,
            started_before is None or call.started_at < started_before,
        )

    return fits


def _is_from(call: Call, caller: Caller) -> bool:
    if caller.number is not None:
        return call.caller_number == caller.number
    if caller.text is not None:
        return call.caller_text == caller.text
    return all_of(is_null(call.caller_number), is_null(call.caller_text))


def newest_first(call: Call) -> object:
    """The order of a listing."""
    return descending(call.started_at), descending(call.id)


async def _going_on(unit: UnitOfWork, call_id: CallId) -> Call:
    call = await unit.of(Call).get(call_id)
    if not call.is_active:
        raise InvalidState("Call", call.id, f"Call {call.id} has ended already.")
    return call


async def _require_member(unit: UnitOfWork, user_id: UserId) -> None:
    user = await unit.of(User).get(user_id)
    if not user.is_member:
        message = f"User {user.id} is deactivated and takes no calls."
        raise InvalidState("User", user.id, message, fields=("handled_by_user_id",))


async def _saved(unit: UnitOfWork, before: Call, after: Call) -> Call:
    """Keeps a changed call and commits; one that did not change is not written."""
    if after == before:
        return before
    saved = await unit.of(Call).save(after)
    await unit.commit()
    return saved


def _member(status: object) -> CallStatus:
    """The member that a text stands for.

    Raises:
        InvalidValue: it stands for none.
    """
    column = model_of(Call).column("status")
    member = column.normalised(status)
    if not isinstance(member, CallStatus):
        wrong = misfit(column, status) or "is None"
        raise InvalidValue("call_status", f"The status of a call {wrong}.", fields=("status",))
    return member
