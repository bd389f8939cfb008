"""The call, and the notes that users write on it.

          ┌─> COMPLETED   it ended, and its minutes count
ACTIVE ───┼─> FAILED      it broke, and the minutes until then count
          └─> MISSED      nobody answered
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

import attrs

from gapless.domain.organizations import Organization, OrganizationId, live_organization
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId
from gapless.domain.users import User
from gapless.domain.values import E164, E164_PATTERN, GREATEST_E164_LENGTH, normalise_e164
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Check,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    all_of,
    any_of,
    between,
    descending,
    impersonal,
    is_null,
    length,
    matches,
    negate,
    nullable,
    personal,
    predicate,
    row,
    rules_of,
    seed,
)
from gapless.kit.accompanying_texts import GREATEST_LENGTH, REPLACED, accompanying_text
from gapless.kit.ids import UserId
from gapless.kit.plain import plain_text

CallId = NewType("CallId", UUID)
CallNoteId = NewType("CallNoteId", UUID)

MINUTE = timedelta(minutes=1)


class CallStatus(enum.Enum):
    """The states of a call."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    MISSED = "MISSED"
    FAILED = "FAILED"


class Handler(enum.Enum):
    """Who talks to the caller."""

    AI = "AI"
    HUMAN = "HUMAN"


@attrs.frozen(kw_only=True, slots=True)
class Call(Entity):
    """A call to one of the organization's numbers.

    Attributes:
        phone_number_id: the number that was called; None once that number was released and a cleanup has unlinked it.
        caller_number: the number of the caller; None if the caller withholds it.
        caller_text: what came in place of a number, such as "anonymous" or a SIP address; None if nothing came.
        duration_seconds: how long the call lasted, in whole seconds.
        outcome, sentiment: what came of the call, and how the caller felt, in the host's own words.
        handled_by_user_id: the user who took the call; None if the AI took it, or the user is removed.
        ai_confidence: 0 to 100.
        call_quality: 1 to 5.
    """

    organization_id: OrganizationId
    id: CallId
    created_at: datetime
    phone_number_id: PhoneNumberId | None = None
    caller_number: E164 | None = personal(default=None)
    caller_text: str | None = personal(default=None)
    status: CallStatus
    started_at: datetime
    ended_at: datetime | None = None
    duration_seconds: int | None = None
    outcome: str | None = impersonal(default=None)
    sentiment: str | None = impersonal(default=None)
    handled_by: Handler = Handler.AI
    handled_by_user_id: UserId | None = None
    ai_confidence: int | None = None
    call_quality: int | None = None
    version: int = 0

    @predicate
    def is_active(self) -> bool:
        """Whether the call is going on."""
        return self.status == CallStatus.ACTIVE

    @property
    def minutes(self) -> int:
        """The minutes that count towards the quota: the duration, rounded up."""
        return -(-(self.duration_seconds or 0) // 60)

    def finished(self, status: CallStatus, at: datetime, outcome: str | None, sentiment: str | None) -> Call:
        """The call once it has ended at this time (UTC); a missed call has no duration."""
        missed = status in (CallStatus.MISSED, CallStatus.MISSED.value)
        lasted = None if missed else (at - self.started_at) // timedelta(seconds=1)
        return attrs.evolve(
            self, status=status, ended_at=at, duration_seconds=lasted, outcome=outcome, sentiment=sentiment
        )

    def taken_over(self, user_id: UserId) -> Call:
        """The call with this user as its handler."""
        return attrs.evolve(self, handled_by=Handler.HUMAN, handled_by_user_id=user_id)

    def rated(self, call_quality: int | None, ai_confidence: int | None) -> Call:
        """The call with its quality (1 to 5) and the confidence of the AI (0 to 100)."""
        return attrs.evolve(self, call_quality=call_quality, ai_confidence=ai_confidence)


@attrs.frozen(kw_only=True, slots=True)
class CallNote(Entity):
    """A note that a user wrote on a call."""

    organization_id: OrganizationId
    id: CallNoteId
    created_at: datetime
    call_id: CallId
    user_id: UserId
    body: str = personal()
    version: int = 0

    def reworded(self, body: str) -> CallNote:
        """The note with another text."""
        return attrs.evolve(self, body=body)


@attrs.frozen
class Caller:
    """The caller, as a provider names them: a number, or a text in place of it, or neither."""

    number: E164 | None = attrs.field(repr=False)
    text: str | None = attrs.field(repr=False)

    @staticmethod
    def of(given: object) -> Caller:
        """Reads what a provider says of a caller; anything but a number in the form of E.164 is kept as a text."""
        said = plain_text(given)
        if said is not None:
            number = normalise_e164(said)
            if len(number) <= GREATEST_E164_LENGTH and matches(number, E164_PATTERN):
                return Caller(number, None)
        text = accompanying_text(given)
        return Caller(None, None if text is None or not text.strip(f" {REPLACED}") else text)


def _number_rules(call: Call) -> Iterator[Rule]:
    yield Check(
        "check_caller_number_format",
        "The caller's number has the form of E.164; it is null if the caller withholds it.",
        matches(nullable(call.caller_number), E164_PATTERN),
        source=seed("GAP-184"),
    )
    yield Check(
        "calls_caller_text_length",
        f"What came in place of a caller's number has at most {GREATEST_LENGTH} characters.",
        length(nullable(call.caller_text)) <= GREATEST_LENGTH,
    )
    yield Check(
        "calls_caller_number_caller_text_agree",
        "A caller whose number is known has no text in place of it.",
        any_of(is_null(call.caller_number), is_null(call.caller_text)),
    )
    yield Check(
        "check_duration_positive",
        "The duration of a call is not negative.",
        nullable(call.duration_seconds) >= 0,
        source=seed("GAP-185"),
    )
    yield Check(
        "check_ai_confidence_range",
        "The confidence of the AI lies between 0 and 100.",
        between(nullable(call.ai_confidence), 0, 100),
        source=seed("GAP-186"),
    )
    yield Check(
        "check_call_quality_range",
        "The quality of a call lies between 1 and 5.",
        between(nullable(call.call_quality), 1, 5),
        source=seed("GAP-187"),
    )
    for name, text in {"outcome": call.outcome, "sentiment": call.sentiment}.items():
        yield Check(
            f"calls_{name}_length",
            f"{name.capitalize()} has at most 50 characters.",
            length(nullable(text)) <= 50,
        )


def _state_rules(call: Call) -> Iterator[Rule]:
    yield Check(
        "check_end_after_start",
        "A call ends after it has started.",
        nullable(call.ended_at) > call.started_at,
        source=seed("GAP-188"),
    )
    yield Check(
        "calls_status_ended_at_agree",
        "A call that is going on has no end, and a completed call has an end.",
        all_of(
            any_of(call.status != CallStatus.ACTIVE, is_null(call.ended_at)),
            any_of(call.status != CallStatus.COMPLETED, negate(is_null(call.ended_at))),
        ),
    )
    yield Check(
        "calls_active_needs_number",
        "A call that is going on has a phone number, which therefore can't be released.",
        any_of(negate(call.is_active), negate(is_null(call.phone_number_id))),
    )
    yield Check(
        "calls_handled_by_user_id_human",
        "A call that a user handles is handled by a human.",
        any_of(is_null(call.handled_by_user_id), call.handled_by == Handler.HUMAN),
    )


def _references(call: Call) -> Iterator[Rule]:
    home = Reference(
        "calls_organization_id_fkey",
        "A call belongs to an organization that is there, and keeps it from being removed.",
        call.organization_id,
        Organization,
        OnDelete.RESTRICT,
        purged=True,
        source=seed("GAP-203"),
    )
    yield home
    yield Reference(
        "calls_phone_number_id_fkey",
        "A call goes to a number of its organization.",
        (call.organization_id, call.phone_number_id),
        PhoneNumber,
        OnDelete.SET_NULL,
        source=seed("GAP-209"),
    )
    yield Reference(
        "calls_handled_by_user_id_fkey",
        "A call is handled by a user of its organization.",
        (call.organization_id, call.handled_by_user_id),
        User,
        OnDelete.SET_NULL,
        source=seed("GAP-207"),
    )
    yield from _home_rules(home, call)


def _home_rules(home: Reference, call: Call) -> Iterator[Rule]:
    organization = row(Organization)
    yield live_organization(home)
    # Only for calls that are going on: a call that is added as completed took place already (decision 0016).
    yield AdmissionGuard(
        "call_minutes_quota",
        "The minutes of the organization are used up: no call can start before its quota is reset.",
        home,
        organization.has_minutes_left,
        of=call.is_active,
    )
    yield AtMost(
        "no_active_calls",
        "An organization can't be deleted while a call is going on.",
        home,
        of=call.is_active,
        limit=0,
        while_parent=organization.is_deleted,
    )


def _source_indexes(call: Call) -> Iterator[Rule]:
    latest = descending(call.started_at)
    yield Index(
        "idx_calls_org_date",
        "Lists the calls of an organization, newest first.",
        (call.organization_id, latest),
        source=seed("GAP-194"),
    )
    yield Index(
        "idx_calls_caller_date",
        "Lists the calls of a caller, newest first.",
        (call.caller_number, latest),
        source=seed("GAP-195"),
    )
    yield Index(
        "idx_calls_outcome_date",
        "Lists the calls of an outcome, newest first.",
        (call.outcome, latest),
        source=seed("GAP-196"),
    )
    yield Index(
        "idx_calls_handled_by",
        "Finds calls by who handled them.",
        (call.handled_by, call.handled_by_user_id),
        source=seed("GAP-197"),
    )
    yield Index(
        "idx_calls_sentiment",
        "Finds calls by sentiment.",
        call.sentiment,
        where=negate(is_null(call.sentiment)),
        source=seed("GAP-198"),
    )


def _own_indexes(call: Call) -> Iterator[Rule]:
    yield Index(
        "idx_calls_phone_number",
        "Finds the calls of a phone number that was released, batch by batch.",
        (call.organization_id, call.phone_number_id, call.id),
    )
    yield Index(
        "idx_calls_handler_date",
        "Lists the calls that a user handled, newest first, and finds them when the user is removed.",
        (call.organization_id, call.handled_by_user_id, descending(call.started_at)),
    )
    yield Index(
        "idx_calls_org_outcome_date",
        "Lists the calls of an organization by outcome, newest first.",
        (call.organization_id, call.outcome, descending(call.started_at)),
    )
    yield Index(
        "idx_calls_active",
        "Finds the calls that are going on in an organization.",
        call.organization_id,
        where=call.is_active,
    )


@rules_of(Call, "calls", belongs_to=lambda call: call.organization_id, origin="gapless")
def call_rules(call: Call) -> Iterator[Rule]:
    """What holds for every call, and for the calls of an organization together."""
    yield from _number_rules(call)
    yield from _state_rules(call)
    yield from _references(call)
    yield from _source_indexes(call)
    yield from _own_indexes(call)


@rules_of(CallNote, "call_notes", belongs_to=lambda note: note.organization_id, origin="gapless")
def call_note_rules(note: CallNote) -> Iterator[Rule]:
    """What holds for every note."""
    yield Check("call_notes_body_length", "A note has 1 to 5000 characters.", between(length(note.body), 1, 5000))
    home = Reference(
        "call_notes_organization_id_fkey",
        "A note belongs to an organization that is there.",
        note.organization_id,
        Organization,
        OnDelete.CASCADE,
    )
    yield home
    yield Reference(
        "call_notes_call_id_fkey",
        "A note is made on a call of its organization, and goes with it.",
        (note.organization_id, note.call_id),
        Call,
        OnDelete.CASCADE,
        source=seed("X-09"),
    )
    yield Reference(
        "call_notes_user_id_fkey",
        "A note is made by a user of its organization, and goes with that user.",
        (note.organization_id, note.user_id),
        User,
        OnDelete.CASCADE,
        source=seed("GAP-208"),
    )
    yield live_organization(home)
    yield Index("idx_call_notes_call", "Lists the notes on a call.", (note.organization_id, note.call_id, note.id))
    yield Index("idx_call_notes_user", "Finds the notes of a user.", (note.organization_id, note.user_id))
