"""Calls to the organization of a test: started, or had from their start to their end."""

from datetime import timedelta

import attrs

from gapless.domain.calls import Call, Handler
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
from gapless.domain.values import E164
from gapless.kit.ids import UserId
from tests.use_cases.worlds import World

CALLER = "+998901234567"
MINUTE = timedelta(minutes=1)


async def number_of(world: World) -> PhoneNumberId:
    """The organization's number; it gets one if it has none."""
    if numbers := await world.rows(PhoneNumber):
        return numbers[0].id
    number = PhoneNumber(
        organization_id=world.home,
        id=PhoneNumberId(world.new_id()),
        created_at=world.clock.now(),
        number=E164(f"+1{str(world.new_id().int)[-13:]}"),  # a number that no other test has
        provider=Provider.VAPI,
    )
    await world.add(number)
    return number.id


async def started(
    world: World,
    caller_number: str | None = CALLER,
    *,
    handled_by: Handler = Handler.AI,
    handled_by_user_id: UserId | None = None,
) -> Call:
    """Starts a call to the organization's number."""
    return await world.app.calls.start(
        world.home,
        await number_of(world),
        caller_number,
        handled_by=handled_by,
        handled_by_user_id=handled_by_user_id,
    )


async def talked(world: World, lasting: timedelta, *, outcome: str | None = None) -> Call:
    """Has a call from its start to its end."""
    call = await started(world)
    world.clock.turn(lasting)
    return await world.app.calls.finish(world.home, call.id, outcome=outcome)


async def using(world: World, minutes: int) -> None:
    """Lets the organization have used so many minutes."""
    await world.save(attrs.evolve(await world.current(), used_minutes=minutes))
