"""The use cases around calls: they start, change hands, end, are rated and listed."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest

from gapless.domain.calls import Call, CallId, CallStatus, Handler
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.kit.errors import InvalidState, InvalidValue, NotFound
from gapless.kit.soft_deletion import deleted
from tests.use_cases.calling import CALLER, MINUTE, number_of, started, talked, using
from tests.use_cases.worlds import World, fails, refused


@pytest.mark.asyncio
async def test_start(world: World) -> None:
    """A call is going on from now, handled by the AI, and leaves no trace in the trail."""
    call = await started(world)
    assert (call.status, call.started_at, call.created_at) == (CallStatus.ACTIVE, world.clock.now(), world.clock.now())
    assert (call.caller_number, call.handled_by, call.ended_at) == (CALLER, Handler.AI, None)
    assert call.phone_number_id == await number_of(world)
    assert await world.app.calls.get(world.home, call.id) == call
    assert await world.app.calls.count_active(world.home) == 1
    assert await world.actions() == ["test"]  # that of the number


@pytest.mark.asyncio
async def test_start_with_a_withheld_number(world: World) -> None:
    """A caller may withhold the number."""
    assert (await started(world, None)).caller_number is None


@pytest.mark.asyncio
async def test_start_with_a_person(world: World) -> None:
    """A person may take the call at once, known by name or not."""
    call = await started(world, handled_by=Handler.HUMAN, handled_by_user_id=world.owner.id)
    assert (call.handled_by, call.handled_by_user_id) == (Handler.HUMAN, world.owner.id)
    assert (await started(world, handled_by=Handler.HUMAN)).handled_by_user_id is None


@pytest.mark.asyncio
async def test_start_by_a_caller_without_a_number(world: World) -> None:
    """What a provider says in place of a number is kept, and the call starts; calls can be listed by it."""
    calls, told = world.app.calls, ("anonymous", "+", "901234567", "sip:ann@acme.example\r\n", "a" * 501, "", None)
    made = [await started(world, caller) for caller in told]
    assert {call.caller_number for call in made} == {None}
    texts = ["anonymous", "+", "901234567", "sip:ann@acme.example\ufffd\ufffd", "a" * 499 + "\u2026", None, None]
    assert [call.caller_text for call in made] == texts
    for caller in told[:-2]:
        assert [call.caller_text for call in (await calls.list_calls(world.home, caller_number=caller)).items] == [
            texts[told.index(caller)]
        ]
    assert len((await calls.list_calls(world.home, caller_number="")).items) == 2
    finished = await calls.finish(world.home, made[0].id)
    assert (finished.caller_number, finished.caller_text) == (None, "anonymous")


@pytest.mark.asyncio
async def test_start_refuses(world: World) -> None:
    """A number that is not the organization's, and a person the AI stands for, are refused."""
    number = await number_of(world)
    calls, before = world.app.calls, await world.everything(GAPLESS)
    await fails(lambda: calls.start(world.home, PhoneNumberId(world.new_id())), NotFound)
    await fails(lambda: calls.start(OrganizationId(world.new_id()), number), NotFound)
    await fails(lambda: calls.start(world.home, cast(PhoneNumberId, str(number))), InvalidValue)
    await refused(lambda: started(world, handled_by_user_id=world.owner.id), "calls_handled_by_user_id_human")
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
async def test_start_needs_minutes(world: World) -> None:
    """With one minute left a call starts, and with none it does not."""
    await using(world, 99)
    assert (await started(world)).is_active
    await using(world, 100)
    await refused(lambda: started(world), "call_minutes_quota")
    assert await world.app.calls.count_active(world.home) == 1


@pytest.mark.asyncio
async def test_start_needs_a_live_organization(world: World) -> None:
    """In a deleted organization no call starts, even if a number is left."""
    number = await number_of(world)
    await world.save(deleted(await world.current(), world.record().deletion()))
    await refused(lambda: world.app.calls.start(world.home, number), "live_organization")


@pytest.mark.asyncio
async def test_organization_with_a_call_is_not_deleted(world: World) -> None:
    """While a call is going on, its organization can't be marked as deleted."""
    await started(world)
    marked = deleted(await world.current(), world.record().deletion())
    await refused(lambda: world.save(marked), "no_active_calls")


@pytest.mark.asyncio
async def test_take_over(world: World) -> None:
    """A person takes a call from the AI, and another person from the first; the same one again changes nothing."""
    call, bob = await started(world), await world.member("Bob")
    taken = await world.app.calls.take_over(world.home, call.id, bob.id)
    assert (taken.handled_by, taken.handled_by_user_id, taken.status) == (Handler.HUMAN, bob.id, CallStatus.ACTIVE)
    before = await world.everything(GAPLESS)
    assert await world.app.calls.take_over(world.home, call.id, bob.id) == taken
    assert await world.everything(GAPLESS) == before
    again = await world.app.calls.take_over(world.home, call.id, world.owner.id)
    assert again.handled_by_user_id == world.owner.id


@pytest.mark.asyncio
async def test_who_left_takes_no_call(world: World) -> None:
    """Who was removed is not found and who was deactivated is refused, by taking over as by starting."""
    call, calls = await started(world), world.app.calls
    bob, eve = (await world.member("Bob")).id, (await world.member("Eve")).id
    await world.app.members.remove(world.home, bob, actor=world.actor)
    await world.app.members.deactivate(world.home, eve, actor=world.actor)
    await fails(lambda: calls.take_over(world.home, call.id, bob), NotFound)
    await fails(lambda: calls.take_over(world.home, call.id, eve), InvalidState)
    await fails(lambda: started(world, handled_by=Handler.HUMAN, handled_by_user_id=bob), NotFound)
    error = await fails(lambda: started(world, handled_by=Handler.HUMAN, handled_by_user_id=eve), InvalidState)
    assert error.fields == ("handled_by_user_id",)
    assert await world.rows(Call) == (call,)


@pytest.mark.asyncio
async def test_take_over_what_is_not_going_on(world: World) -> None:
    """A call that has ended, or is not there, is taken by nobody."""
    call = await talked(world, MINUTE)
    await fails(lambda: world.app.calls.take_over(world.home, call.id, world.owner.id), InvalidState)
    await fails(lambda: world.app.calls.take_over(world.home, CallId(world.new_id()), world.owner.id), NotFound)


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-009")
async def test_finish(world: World) -> None:
    """A call that was completed has an end, a duration and what came of it, and its minutes are counted, rounded up."""
    call = await started(world)
    world.clock.turn(timedelta(seconds=61))
    ended = await world.app.calls.finish(world.home, call.id, outcome="sold", sentiment="glad")
    assert (ended.status, ended.ended_at, ended.duration_seconds) == (CallStatus.COMPLETED, world.clock.now(), 61)
    assert (ended.outcome, ended.sentiment) == ("sold", "glad")
    assert await world.app.calls.get(world.home, call.id) == ended
    assert (await world.current()).used_minutes == 2
    assert await world.app.calls.count_active(world.home) == 0
    assert await world.actions() == ["test"]  # that of the number
    assert await world.events() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [CallStatus.MISSED, CallStatus.FAILED])
async def test_finish_what_was_not_completed(world: World, status: CallStatus) -> None:
    """A call that nobody answered ends without a duration, and is not counted; one that broke is, until then."""
    call, before = await started(world), await world.current()
    world.clock.turn(MINUTE)
    ended = await world.app.calls.finish(world.home, call.id, status)
    seconds, minutes = (None, 0) if status is CallStatus.MISSED else (60, 1)
    assert (ended.status, ended.ended_at, ended.duration_seconds) == (status, world.clock.now(), seconds)
    assert (await world.current()).used_minutes == before.used_minutes + minutes


@pytest.mark.asyncio
async def test_finish_takes_the_text_of_a_status(world: World) -> None:
    """A status that is given as its text is that status: what was completed is counted."""
    call = await started(world)
    world.clock.turn(MINUTE)
    ended = await world.app.calls.finish(world.home, call.id, cast(CallStatus, "COMPLETED"))
    assert (ended.status, ended.duration_seconds) == (CallStatus.COMPLETED, 60)
    assert (await world.current()).used_minutes == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("turned", [timedelta(), timedelta(hours=-1)])
async def test_finish_when_the_clock_stood_or_went_back(world: World, turned: timedelta) -> None:
    """A call ends a microsecond after its start at the earliest, whatever the clock says, and counts no minute then."""
    call = await started(world)
    world.clock.turn(turned)
    ended = await world.app.calls.finish(world.home, call.id)
    assert (ended.ended_at, ended.duration_seconds) == (call.started_at + timedelta(microseconds=1), 0)
    assert (await world.current()).used_minutes == 0


@pytest.mark.asyncio
async def test_finish_refuses(world: World) -> None:
    """A call ends once, and not by going on; what is refused counts nothing."""
    call = await started(world)
    world.clock.turn(MINUTE)
    calls, before = world.app.calls, await world.everything(GAPLESS)
    await refused(lambda: calls.finish(world.home, call.id, CallStatus.ACTIVE), "calls_status_ended_at_agree")
    await refused(lambda: calls.finish(world.home, call.id, outcome="x" * 51), "calls_outcome_length")
    await fails(lambda: calls.finish(world.home, CallId(world.new_id())), NotFound)
    assert await world.everything(GAPLESS) == before
    await calls.finish(world.home, call.id)
    before = await world.everything(GAPLESS)
    await fails(lambda: calls.finish(world.home, call.id), InvalidState)
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-009")
async def test_finish_past_the_quota(world: World) -> None:
    """A call that runs past the quota is counted in full, and so is one that ends when all is used up."""
    await using(world, 99)
    first, second = await started(world), await started(world)
    world.clock.turn(5 * MINUTE)
    await world.app.calls.finish(world.home, first.id)
    assert (await world.current()).used_minutes == 104
    await world.app.calls.finish(world.home, second.id)
    assert (await world.current()).used_minutes == 109


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-009")
async def test_warnings_of_minutes(world: World) -> None:
    """Each level of the minutes is warned at once in a period, with what is used and allowed."""
    await using(world, 78)
    for _ in range(3):
        await talked(world, MINUTE)
    (warning,) = await world.events("quota.warning")
    assert warning[1] == {
        "quota": "call_minutes",
        "percent": 80,
        "used_minutes": 80,
        "call_minutes_quota": 100,
        "used_storage": 0,
        "storage_quota": 1000,
    }
    assert (await world.current()).quota_warning_80_sent
    await talked(world, 30 * MINUTE)
    assert [payload["percent"] for _, payload in await world.events("quota.warning")] == [80, 90, 100]


@pytest.mark.asyncio
async def test_calls_that_end_at_once(world: World) -> None:
    """Calls that end at the same time are all counted, and a level that they reach together is warned at once."""
    await using(world, 76)
    running = [await started(world) for _ in range(4)]
    world.clock.turn(MINUTE)
    await asyncio.gather(*(world.app.calls.finish(world.home, call.id) for call in running))
    assert (await world.current()).used_minutes == 80
    assert [payload["percent"] for _, payload in await world.events("quota.warning")] == [80]


@pytest.mark.asyncio
async def test_one_call_that_is_ended_by_many(world: World) -> None:
    """Of those who end the same call at the same time one succeeds, and it is counted once."""
    call = await started(world)
    world.clock.turn(MINUTE)
    results = await asyncio.gather(
        *(world.app.calls.finish(world.home, call.id) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Call", "InvalidState", "InvalidState"]
    assert (await world.current()).used_minutes == 1


@pytest.mark.asyncio
async def test_rate(world: World) -> None:
    """What is given replaces what is there, and what is not given stays; the same again changes nothing."""
    call = await started(world)
    rated = await world.app.calls.rate(world.home, call.id, call_quality=4, ai_confidence=0)
    assert (rated.call_quality, rated.ai_confidence) == (4, 0)
    assert await world.app.calls.rate(world.home, call.id) == rated
    assert await world.app.calls.rate(world.home, call.id, call_quality=4) == rated
    await world.app.calls.finish(world.home, call.id)
    again = await world.app.calls.rate(world.home, call.id, ai_confidence=90)
    assert (again.call_quality, again.ai_confidence, again.status) == (4, 90, CallStatus.COMPLETED)


@pytest.mark.asyncio
async def test_rate_refuses(world: World) -> None:
    """A rating lies in its range, and is one of a call that is there."""
    call = await started(world)
    calls = world.app.calls
    await refused(lambda: calls.rate(world.home, call.id, call_quality=6), "check_call_quality_range")
    await refused(lambda: calls.rate(world.home, call.id, ai_confidence=101), "check_ai_confidence_range")
    await fails(lambda: calls.rate(world.home, CallId(world.new_id()), call_quality=1), NotFound)
    assert await calls.get(world.home, call.id) == call
