"""The notes on calls, and looking for calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import attrs

from gapless.bootstrap import Gapless
from gapless.demo.player import Player
from gapless.demo.story.calls import note
from gapless.demo.story.cast import Cast, call_of
from gapless.domain.calls import CallId, CallNoteId, Handler
from gapless.domain.organizations import OrganizationId
from gapless.services.calls import CallPage


async def notes(player: Player, cast: Cast) -> None:
    """Notes are taken on the newest call, reworded and removed."""
    home = cast.organization_id
    await note(player, cast, CallId(home), cast.founder, "On no call")
    call = await call_of(player, cast)
    if call is None:
        return
    for body in ("", "Hi", "a" * 5000, "a" * 5001, "a\0b"):
        await note(player, cast, call, cast.founder, body)
    kept = await player.play("list notes", lambda app: app.call_notes.list_notes(home, call, limit=2))
    if kept is not None and kept.items:
        await _reworded(player, cast, kept.items[0].id)
    await player.play("list the notes left", lambda app: app.call_notes.list_notes(home, call))


async def _reworded(player: Player, cast: Cast, written: CallNoteId) -> None:
    home = cast.organization_id
    await player.play("reword", lambda app: app.call_notes.edit(home, written, "Hello"))
    await player.play("reword the same", lambda app: app.call_notes.edit(home, written, "Hello"))
    await player.play("reword to nothing", lambda app: app.call_notes.edit(home, written, ""))
    await player.play("remove the note", lambda app: app.call_notes.remove(home, written))
    await player.play("remove the note again", lambda app: app.call_notes.remove(home, written))


@attrs.frozen(kw_only=True)
class _Wanted:
    """What is looked for."""

    caller: str | None = None
    outcome: str | None = None
    handler: Handler | None = None


async def listings(player: Player, cast: Cast) -> None:
    """The calls are looked for by caller, outcome, handler and time, and read page after page."""
    home, caller = cast.organization_id, cast.company.callers[0]
    for wanted in (
        _Wanted(caller=caller),
        _Wanted(outcome="booked"),
        _Wanted(handler=Handler.HUMAN),
        _Wanted(caller=caller, outcome="answered", handler=Handler.AI),
    ):
        await _look_for(player, cast, wanted)
    week = player.now - timedelta(days=7)
    await player.play(
        "calls of a member", lambda app: app.calls.list_calls(home, handled_by_user_id=cast.member(2), limit=2)
    )
    await player.play("calls of the week", lambda app: app.calls.list_calls(home, started_from=week, limit=3))
    await player.play("calls before it", lambda app: app.calls.list_calls(home, started_before=week, limit=3))
    await player.play("calls going on", lambda app: app.calls.count_active(home))
    if (call := await call_of(player, cast)) is not None:
        await player.play("read a call", lambda app: app.calls.get(home, call))
    await player.play("read no call", lambda app: app.calls.get(home, CallId(home)))
    await _pages(player, cast)


async def _look_for(player: Player, cast: Cast, wanted: _Wanted) -> None:
    await player.play(
        "look for calls",
        lambda app: app.calls.list_calls(
            cast.organization_id,
            caller_number=wanted.caller,
            outcome=wanted.outcome,
            handled_by=wanted.handler,
            limit=3,
        ),
    )


async def _pages(player: Player, cast: Cast) -> None:
    after: str | None = None
    while page := await player.play("page of calls", _calls_after(cast.organization_id, after)):
        if (after := page.next) is None:
            break


def _calls_after(home: OrganizationId, after: str | None) -> Callable[[Gapless], Awaitable[CallPage]]:
    return lambda app: app.calls.list_calls(home, after=after, limit=5)
