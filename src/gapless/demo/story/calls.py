"""The calls of a month: who called, who answered, how it ended, how good it was."""

from __future__ import annotations

from datetime import timedelta

from gapless.demo.player import Player
from gapless.demo.story.cast import Cast, number_of, numbers_of
from gapless.domain.calls import Call, CallId, CallStatus, Handler
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.kit.ids import UserId

CALLS, MANY = 8, 40
BETWEEN_CALLS = timedelta(hours=5)
ENDS = (CallStatus.COMPLETED, CallStatus.COMPLETED, CallStatus.COMPLETED, CallStatus.MISSED, CallStatus.FAILED)
OUTCOMES = ("answered", "booked", "перезвонить", "buyurtma qilindi", None)
SENTIMENTS = ("positive", None, "neutral", "negative")
NOTES = (
    "Wants to be called back on Monday.",
    "Просит счёт на почту.",
    "Narxini soʻradi, rahmat aytdi 🙏",
    "VIP\n\t— see CRM",
)


async def calls(player: Player, cast: Cast) -> None:
    """Callers from all over the world call, one after the other."""
    await _calls(player, cast, CALLS)


async def busy_days(player: Player, cast: Cast) -> None:
    """Many more calls come in; where the plan is small its minutes may be used up before the last."""
    await _calls(player, cast, MANY)


async def _calls(player: Player, cast: Cast, number: int) -> None:
    known = await numbers_of(player, cast)
    for place in range(number if known else 0):
        player.wait(BETWEEN_CALLS)
        call = await _started(player, cast, known[place % len(known)], place)
        if call is not None:
            await _ended(player, cast, call, place)


async def _started(player: Player, cast: Cast, number: PhoneNumberId, place: int) -> Call | None:
    """Every third call is answered by a person; every sixth caller withholds the number."""
    callers = cast.company.callers
    caller = None if place % 6 == 5 else callers[place % len(callers)]
    handler, user = (Handler.HUMAN, cast.member(place)) if place % 3 == 2 else (Handler.AI, None)
    return await player.play(
        "start a call",
        lambda app: app.calls.start(cast.organization_id, number, caller, handled_by=handler, handled_by_user_id=user),
    )


async def _ended(player: Player, cast: Cast, call: Call, place: int) -> None:
    """The call ends after some minutes; some are rated, of some a note is taken."""
    home = cast.organization_id
    player.wait(timedelta(seconds=place * 47 % 600, milliseconds=place))
    outcome, sentiment = OUTCOMES[place % len(OUTCOMES)], SENTIMENTS[place % len(SENTIMENTS)]
    await player.play(
        "finish",
        lambda app: app.calls.finish(home, call.id, ENDS[place % len(ENDS)], outcome=outcome, sentiment=sentiment),
    )
    if place % 5 == 0:
        await _rate(player, cast, "rate", call.id, quality=1 + place % 5, confidence=place * 13 % 101)
    if place % 5 == 2:
        await note(player, cast, call.id, cast.member(place), NOTES[place % len(NOTES)])


async def note(player: Player, cast: Cast, call: CallId, user: UserId, body: str) -> None:
    """A member notes something on a call."""
    await player.play("note", lambda app: app.call_notes.annotate(cast.organization_id, call, user, body))


async def _rate(
    player: Player, cast: Cast, step: str, call: CallId, quality: int | None, confidence: int | None
) -> None:
    await player.play(
        step,
        lambda app: app.calls.rate(cast.organization_id, call, call_quality=quality, ai_confidence=confidence),
    )


async def call_troubles(player: Player, cast: Cast) -> None:
    """What no call is, and one that is taken over, finished twice and rated beyond the scale."""
    home = cast.organization_id
    number = await number_of(player, cast)
    if number is None:
        return
    await _false_starts(player, cast, number)
    call = await player.play("start one more", lambda app: app.calls.start(home, number))
    if call is not None:
        await _troubled(player, cast, call.id)


async def _false_starts(player: Player, cast: Cast, number: PhoneNumberId) -> None:
    home, nobody = cast.organization_id, UserId(cast.organization_id)
    nowhere = PhoneNumberId(cast.organization_id)
    await player.play("call nowhere", lambda app: app.calls.start(home, nowhere))
    await player.play("call from no number", lambda app: app.calls.start(home, number, "anonymous"))
    await player.play("answered by nobody", lambda app: app.calls.start(home, number, handled_by_user_id=nobody))
    await player.play(
        "a member as the AI", lambda app: app.calls.start(home, number, handled_by_user_id=cast.member(0))
    )


async def _troubled(player: Player, cast: Cast, call: CallId) -> None:
    home, member = cast.organization_id, cast.member(3)
    await player.play("take over", lambda app: app.calls.take_over(home, call, member))
    await player.play("take over again", lambda app: app.calls.take_over(home, call, member))
    await player.play("finish as active", lambda app: app.calls.finish(home, call, CallStatus.ACTIVE))
    await player.play("finish in many words", lambda app: app.calls.finish(home, call, outcome="a" * 51))
    await player.play("finish the call", lambda app: app.calls.finish(home, call, CallStatus.MISSED))
    await player.play("finish again", lambda app: app.calls.finish(home, call))
    await player.play("take over the ended", lambda app: app.calls.take_over(home, call, member))
    for quality, confidence in ((6, None), (0, 50), (None, 101), (5, -1), (5, 100), (None, None)):
        await _rate(player, cast, "rate beyond", call, quality, confidence)
