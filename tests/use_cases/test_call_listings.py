"""Listing calls: by whatever is given, page by page, and only one's own."""

import sys
from datetime import datetime, timedelta
from typing import cast

import pytest

from gapless.domain.calls import Call, Handler
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.inputs.phone_numbers import parse_phone_number
from gapless.kit.errors import InvalidState, InvalidValue, NotFound, QueryRefused
from gapless.kit.soft_deletion import deleted
from gapless.services.calls import CallPage
from tests.use_cases.calling import CALLER, MINUTE, started, talked
from tests.use_cases.worlds import World, fails, world_on


async def day_of(world: World) -> list[Call]:
    """Five calls of different callers, handlers and outcomes: the newest first, the last two of the same moment."""
    calls: list[Call] = []
    for caller, outcome, user_id in (
        (CALLER, "sold", None),
        (None, "sold", world.owner.id),
        (CALLER, "lost", world.owner.id),
        ("+12025550123", None, None),
        (CALLER, "sold", None),
    ):
        handled_by = Handler.AI if user_id is None else Handler.HUMAN
        call = await started(world, caller, handled_by=handled_by, handled_by_user_id=user_id)
        calls.append(await world.app.calls.finish(world.home, call.id, outcome=outcome))
        world.clock.turn(timedelta(hours=1 if len(calls) < 4 else 0))
    return calls[::-1]


def listed(page: CallPage) -> list[Call]:
    """The calls of a listing that fits on one page."""
    assert page.next is None
    return list(page.items)


@pytest.mark.asyncio
async def test_list(world: World) -> None:
    """Calls are listed newest first, by whatever is given and by all of it together."""
    (fifth, fourth, third, second, first), calls = await day_of(world), world.app.calls
    bob = await world.member("Bob")
    assert listed(await calls.list_calls(world.home)) == [fifth, fourth, third, second, first]
    assert listed(await calls.list_calls(world.home, caller_number=CALLER)) == [fifth, third, first]
    assert listed(await calls.list_calls(world.home, outcome="sold")) == [fifth, second, first]
    assert listed(await calls.list_calls(world.home, handled_by=Handler.HUMAN)) == [third, second]
    assert listed(await calls.list_calls(world.home, handled_by=Handler.AI)) == [fifth, fourth, first]
    assert listed(await calls.list_calls(world.home, handled_by_user_id=world.owner.id)) == [third, second]
    assert listed(await calls.list_calls(world.home, handled_by_user_id=bob.id)) == []
    assert listed(
        await calls.list_calls(world.home, caller_number=CALLER, outcome="lost", handled_by=Handler.HUMAN)
    ) == [third]


@pytest.mark.asyncio
async def test_list_by_time(world: World) -> None:
    """A span of time holds the calls that started at its beginning, and not those that started at its end."""
    (fifth, fourth, third, second, first), calls = await day_of(world), world.app.calls
    assert fifth.started_at == fourth.started_at
    start, end = second.started_at, fourth.started_at
    assert listed(await calls.list_calls(world.home, started_from=start)) == [fifth, fourth, third, second]
    assert listed(await calls.list_calls(world.home, started_before=end)) == [third, second, first]
    assert listed(await calls.list_calls(world.home, started_from=start, started_before=end)) == [third, second]


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
async def test_pages(world: World, limit: int) -> None:
    """Pages follow one another without a gap, also between calls of the same moment, and the last one says so."""
    everything = await day_of(world)
    pages = [await world.app.calls.list_calls(world.home, limit=limit)]
    while pages[-1].next is not None:
        pages.append(await world.app.calls.list_calls(world.home, after=pages[-1].next, limit=limit))
    assert [call for page in pages for call in page.items] == everything
    assert len(pages) == -(-len(everything) // limit)


@pytest.mark.asyncio
async def test_list_refuses(world: World) -> None:
    """A page after no page, of no size, by a time without a zone or by an unknown handler is refused."""
    calls = world.app.calls
    await fails(lambda: calls.list_calls(world.home, after=str(world.new_id())), InvalidValue)
    await fails(lambda: calls.list_calls(world.home, after=cast(str, world.new_id())), InvalidValue)
    await fails(lambda: calls.list_calls(world.home, limit=0), QueryRefused)
    naive = datetime(2026, 3, 1)  # noqa: DTZ001  # is refused
    await fails(lambda: calls.list_calls(world.home, started_from=naive), QueryRefused)
    await fails(lambda: calls.list_calls(world.home, handled_by=cast(Handler, "DOG")), QueryRefused)


SPELLINGS = [
    CALLER,
    f" {CALLER}\n",
    "+998 90 123-45-67",
    "＋998 (90) 123.45.67",
    "\u202a+998\u00a090\u200b1234567\u202c",
]


@pytest.mark.asyncio
@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_caller_is_found_by_any_spelling(world: World, spelling: str) -> None:
    """Who looks for a caller may write the number as `gapless.inputs` reads it, and as a call takes it."""
    calls = [await started(world), await started(world, f" {CALLER} ")]
    await started(world, "+12025550123")
    assert parse_phone_number(spelling) == CALLER
    assert listed(await world.app.calls.list_calls(world.home, caller_number=spelling)) == calls[::-1]


@pytest.mark.asyncio
@pytest.mark.parametrize("told", ["nobody", "", "90 123 45 67", "+0", "a\0b", 998901234567, b"+998901234567"])
async def test_a_caller_without_a_number_is_looked_for_as_told(world: World, told: object) -> None:
    """What is no telephone number finds the calls that were told so, and no others, not even those of a number."""
    number, call = cast(str, told), await started(world)
    assert listed(await world.app.calls.list_calls(world.home, caller_number=number)) == []
    withheld = await started(world, number)
    assert listed(await world.app.calls.list_calls(world.home, caller_number=number)) == [withheld]
    assert listed(await world.app.calls.list_calls(world.home, caller_number=CALLER)) == [call]


@pytest.mark.asyncio
async def test_other_spellings_need_the_extra(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra a caller's number is looked for in the form of E.164 alone."""
    call, spelling = await started(world), "+998 90 123-45-67"
    assert listed(await world.app.calls.list_calls(world.home, caller_number=spelling)) == [call]
    monkeypatch.setitem(sys.modules, "gapless.inputs.phone_numbers", None)
    assert listed(await world.app.calls.list_calls(world.home, caller_number=f" {CALLER} ")) == [call]
    assert listed(await world.app.calls.list_calls(world.home, caller_number=spelling)) == []


@pytest.mark.asyncio
async def test_calls_of_others_are_not_there(world: World) -> None:
    """Another organization neither reads, lists, takes, rates nor ends a call, nor starts one to its number."""
    call, neighbour = await started(world), await world_on(world.store, f"globex-{world.new_id().hex}")
    other, calls = neighbour.home, world.app.calls
    await fails(lambda: calls.get(other, call.id), NotFound)
    await fails(lambda: calls.take_over(other, call.id, neighbour.owner.id), NotFound)
    await fails(lambda: calls.take_over(world.home, call.id, neighbour.owner.id), NotFound)
    await fails(lambda: calls.rate(other, call.id, call_quality=1), NotFound)
    await fails(lambda: calls.finish(other, call.id), NotFound)
    await started(world)
    theirs = (await calls.list_calls(world.home, limit=1)).next
    await fails(lambda: calls.list_calls(other, after=theirs), InvalidValue)
    await fails(lambda: calls.start(other, cast(PhoneNumberId, call.phone_number_id)), NotFound)
    assert listed(await world.app.calls.list_calls(other)) == []
    assert await world.app.calls.count_active(other) == 0


@pytest.mark.asyncio
async def test_calls_of_a_deleted_organization_stay(world: World) -> None:
    """Who deletes an organization keeps the calls that it had: they can be read and rated, and end no more."""
    call = await talked(world, MINUTE)
    await world.save(deleted(await world.current(), world.record().deletion()))
    assert await world.app.calls.get(world.home, call.id) == call
    assert listed(await world.app.calls.list_calls(world.home)) == [call]
    assert (await world.app.calls.rate(world.home, call.id, call_quality=5)).call_quality == 5
    await fails(lambda: world.app.calls.finish(world.home, call.id), InvalidState)
