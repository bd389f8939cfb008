"""The call and its notes: what they do, and which rule refuses what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.calls import Call, CallNote, CallStatus, Handler
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.kit.errors import RuleViolated
from gapless.kit.ids import UserId
from tests.unit.domain.samples import NOON

CALL: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=5),
    "created_at": NOON,
    "phone_number_id": PhoneNumberId(UUID(int=6)),
    "status": CallStatus.ACTIVE,
    "started_at": NOON,
}
ACTIVE = Call(**CALL)
BOB = UserId(UUID(int=7))
NOTE: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=8),
    "created_at": NOON,
    "call_id": UUID(int=5),
    "user_id": BOB,
    "body": "Called back.",
}


def rule_of(**changes: object) -> str | None:
    """The rule that an active call with these changes breaks; None if it breaks none."""
    try:
        attrs.evolve(ACTIVE, **changes)  # type: ignore[arg-type]  # drawn values are checked when the call is made
    except RuleViolated as error:
        return error.rule
    return None


@given(st.integers(0, 10**7))
def test_minutes_are_rounded_up(seconds: int) -> None:
    """A call counts as many minutes as it has begun."""
    minutes = attrs.evolve(ACTIVE, duration_seconds=seconds).minutes
    assert (minutes - 1) * 60 < seconds <= minutes * 60


@pytest.mark.parametrize(("seconds", "minutes"), [(None, 0), (0, 0), (1, 1), (60, 1), (61, 2), (120, 2), (121, 3)])
def test_minutes(seconds: int | None, minutes: int) -> None:
    """A call without a duration counts nothing, and each minute that has begun counts as one."""
    assert attrs.evolve(ACTIVE, duration_seconds=seconds).minutes == minutes


@given(st.integers(1, 10**12))
def test_completed_call_lasts_whole_seconds(microseconds: int) -> None:
    """What was completed has an end and lasted as many whole seconds as passed since its start."""
    end = NOON + timedelta(microseconds=microseconds)
    call = ACTIVE.finished(CallStatus.COMPLETED, end, "sold", "glad")
    assert (call.status, call.ended_at, call.outcome, call.sentiment) == (CallStatus.COMPLETED, end, "sold", "glad")
    assert call.duration_seconds == microseconds // 10**6
    assert not call.is_active


@pytest.mark.parametrize("status", [CallStatus.MISSED, CallStatus.FAILED])
def test_only_what_was_answered_counts(status: CallStatus) -> None:
    """A call that nobody answered has an end and counts no minutes; one that broke counts those until then."""
    call = ACTIVE.finished(status, NOON + timedelta(hours=1), None, None)
    counted = (None, 0) if status is CallStatus.MISSED else (3600, 60)
    assert (call.ended_at, call.duration_seconds, call.minutes) == (NOON + timedelta(hours=1), *counted)


def test_taken_over() -> None:
    """A person takes a call, and nothing else about it changes."""
    taken = attrs.evolve(ACTIVE, handled_by=Handler.HUMAN, handled_by_user_id=BOB)
    assert ACTIVE.taken_over(BOB) == taken


def test_rated() -> None:
    """A rating replaces both numbers."""
    assert ACTIVE.rated(4, 90).rated(5, None) == attrs.evolve(ACTIVE, call_quality=5)


@pytest.mark.parametrize(
    ("field", "right", "wrong", "rule"),
    [
        (
            "caller_number",
            [None, "+12", "+123456789012345"],
            ["12", "+0123", "+1", "+1 2"],
            "check_caller_number_format",
        ),
        ("duration_seconds", [None, 0, 1], [-1], "check_duration_positive"),
        ("ai_confidence", [None, 0, 100], [-1, 101], "check_ai_confidence_range"),
        ("call_quality", [None, 1, 5], [0, 6], "check_call_quality_range"),
        ("outcome", [None, "", "é" * 50], ["é" * 51], "calls_outcome_length"),
        ("sentiment", [None, "x" * 50], ["x" * 51], "calls_sentiment_length"),
        ("handled_by", ["AI", "HUMAN"], ["DOG"], "calls_handled_by_known"),
    ],
)
def test_fields_are_validated(field: str, right: list[object], wrong: list[object], rule: str) -> None:
    """Each field takes what its rule allows, to the very ends of it, and nothing beyond."""
    assert [rule_of(**{field: value}) for value in right] == [None] * len(right)
    assert [rule_of(**{field: value}) for value in wrong] == [rule] * len(wrong)


@pytest.mark.parametrize("status", CallStatus)
def test_end_and_status_agree(status: CallStatus) -> None:
    """A call that is going on has no end and one that was completed has; the others may."""
    later = NOON + timedelta(seconds=1)
    disagree = "calls_status_ended_at_agree"
    assert rule_of(status=status, ended_at=later) == (disagree if status is CallStatus.ACTIVE else None)
    assert rule_of(status=status, ended_at=None) == (disagree if status is CallStatus.COMPLETED else None)


@pytest.mark.parametrize("late", [timedelta(), timedelta(microseconds=-1), timedelta(days=-1)])
def test_end_comes_after_the_start(late: timedelta) -> None:
    """A call ends a microsecond after its start at the earliest."""
    assert rule_of(status=CallStatus.COMPLETED, ended_at=NOON + late) == "check_end_after_start"
    assert rule_of(status=CallStatus.COMPLETED, ended_at=NOON + timedelta(microseconds=1)) is None


@pytest.mark.parametrize("status", CallStatus)
def test_only_a_call_that_is_going_on_needs_its_number(status: CallStatus) -> None:
    """Without a phone number no call goes on; one that has ended may have lost it."""
    ended_at = None if status is CallStatus.ACTIVE else NOON + timedelta(seconds=1)
    expected = "calls_active_needs_number" if status is CallStatus.ACTIVE else None
    assert rule_of(status=status, ended_at=ended_at, phone_number_id=None) == expected


def test_person_implies_human() -> None:
    """A call that a user handles is not handled by the AI; a human need not be known by name."""
    assert rule_of(handled_by_user_id=BOB) == "calls_handled_by_user_id_human"
    assert rule_of(handled_by_user_id=BOB, handled_by=Handler.HUMAN) is None
    assert rule_of(handled_by=Handler.HUMAN) is None


def test_reworded_note() -> None:
    """A note gets another text, and nothing else about it changes."""
    assert CallNote(**NOTE).reworded("Spoke to Ann.") == CallNote(**{**NOTE, "body": "Spoke to Ann."})


@pytest.mark.parametrize("body", ["", "x" * 5001])
def test_note_is_neither_empty_nor_endless(body: str) -> None:
    """A note has 1 to 5000 characters."""
    with pytest.raises(RuleViolated, match="call_notes_body_length"):
        CallNote(**{**NOTE, "body": body})
    assert CallNote(**{**NOTE, "body": "x" * 5000}).reworded("x").body == "x"
