"""The use cases around phone numbers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import uuid4

import attrs
import pytest

from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
from gapless.kit.audit import Actor
from gapless.kit.errors import InvalidValue, NotFound, QueryRefused, RuleViolated
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import Store
from tests.use_cases.worlds import World, fails, refused, world_on

FIRST = "+998901234567"
SECOND = "+998712000000"


async def added(world: World, number: str | None = None) -> PhoneNumber:
    """Adds a number to the organization: one that nobody has, if none is named."""
    return await world.app.phone_numbers.add(
        world.home, fresh() if number is None else number, Provider.TWILIO, actor=world.actor
    )


def fresh() -> str:
    """A number that no other test has: numbers are unique in the whole database."""
    return f"+9{uuid4().int % 10**14:014}"


def call_to(world: World, number: PhoneNumber, status: CallStatus = CallStatus.ACTIVE) -> Call:
    """A call to a number, which goes on or is over."""
    return Call(
        organization_id=world.home,
        id=CallId(world.new_id()),
        created_at=world.clock.now(),
        phone_number_id=number.id,
        status=status,
        started_at=world.clock.now(),
        ended_at=None if status is CallStatus.ACTIVE else world.clock.now() + timedelta(minutes=1),
    )


@pytest.mark.asyncio
async def test_add(world: World) -> None:
    """A number is kept with everything that was said of it, white space around it mended, and told in the trail."""
    number, target = fresh(), fresh()
    kept = await world.app.phone_numbers.add(
        world.home,
        f" {number}\n",
        Provider.VAPI,
        display_name="Front desk",
        forwarding_number=f"\t{target} ",
        actor=world.actor,
    )
    assert (kept.number, kept.provider, kept.display_name, kept.forwarding_number, kept.created_at) == (
        number,
        Provider.VAPI,
        "Front desk",
        target,
        world.clock.now(),
    )
    assert await world.app.phone_numbers.get(world.home, kept.id) == kept
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_type, audit.resource_id) == (
        "phone_number.added",
        "phone_number",
        str(kept.id),
    )
    assert (audit.before, audit.user_id) == (None, world.owner.id)
    assert audit.after is not None
    assert (audit.after["number"], audit.after["provider"]) == (number, "vapi")
    assert await world.events() == []


@pytest.mark.asyncio
async def test_add_takes_the_provider_as_text(world: World) -> None:
    """A provider that comes as text is the member of that name; an unknown one is named."""
    add = world.app.phone_numbers.add
    kept = await add(world.home, fresh(), cast("Provider", "twilio"), actor=world.actor)
    assert kept.provider is Provider.TWILIO
    await refused(lambda: add(world.home, fresh(), cast("Provider", "acme"), actor=world.actor), "check_provider")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "written", ["", "998901234567", "+0998901234567", "+99890 1234567", "+1234567890123456", "٠", "+٩٩٨"]
)
async def test_add_checks_the_form(world: World, written: str) -> None:
    """What is not E.164 is refused under the name of its rule, as number and as target, and nothing is kept."""
    add, before = world.app.phone_numbers.add, await world.everything(GAPLESS)
    await refused(lambda: added(world, written), "check_number_format")
    await refused(
        lambda: add(world.home, fresh(), Provider.VAPI, forwarding_number=written, actor=world.actor),
        "check_forwarding_format",
    )
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("junk", [5, b"+998901234567", ["+998901234567"], True])
async def test_add_refuses_what_is_no_text(world: World, junk: object) -> None:
    """A number that is no text breaks a rule of the entity, and is no TypeError."""
    with pytest.raises(RuleViolated):
        await added(world, cast("str", junk))


@pytest.mark.asyncio
async def test_names_have_a_greatest_length(world: World) -> None:
    """A number is called by at most 50 characters, when it is added and later."""
    phone, add = await added(world), world.app.phone_numbers.add
    await refused(
        lambda: add(world.home, fresh(), Provider.VAPI, display_name="n" * 51, actor=world.actor),
        "check_display_name_length",
    )
    label = world.app.phone_numbers.label
    await refused(lambda: label(world.home, phone.id, "n" * 51, actor=world.actor), "check_display_name_length")
    assert (await label(world.home, phone.id, "n" * 50, actor=world.actor)).display_name == "n" * 50


@pytest.mark.asyncio
async def test_the_plan_limits_how_many(world: World) -> None:
    """A number beyond the quota is refused and leaves nothing; where one was released there is room again."""
    first = await added(world)
    await added(world)
    before = await world.everything(GAPLESS)
    await refused(lambda: added(world), "phone_numbers_quota")
    assert await world.everything(GAPLESS) == before
    await world.app.phone_numbers.release(world.home, first.id, actor=world.actor)
    await added(world)


@pytest.mark.asyncio
async def test_the_last_free_place_goes_to_one(world: World) -> None:
    """Of three numbers that are added at once to an organization with room for two, two are kept."""
    outcomes = await asyncio.gather(*(added(world) for _ in range(3)), return_exceptions=True)
    assert [error.rule for error in outcomes if isinstance(error, RuleViolated)] == ["phone_numbers_quota"]
    assert len(await world.rows(PhoneNumber)) == 2


@pytest.mark.asyncio
async def test_an_organization_over_its_quota_can_do_everything_else(world: World) -> None:
    """A quota that shrank blocks no label, no forwarding and no release."""
    phone = await added(world)
    await added(world)
    await world.save(attrs.evolve(world.organization, phone_numbers_quota=0))
    numbers = world.app.phone_numbers
    await numbers.label(world.home, phone.id, "Sales", actor=world.actor)
    await numbers.forward(world.home, phone.id, SECOND, actor=world.actor)
    await numbers.release(world.home, phone.id, actor=world.actor)
    await refused(lambda: added(world), "phone_numbers_quota")


@pytest.mark.asyncio
async def test_a_number_belongs_to_one_organization(world: World, store: Store) -> None:
    """Nobody adds a number that somebody has, the same organization or another; once released it is free."""
    other = await world_on(store, f"globex-{uuid4().hex}")
    phone = await added(world)
    for attempting in (world, other):
        before = await attempting.everything(GAPLESS)
        await refused(partial(added, attempting, phone.number), "phone_numbers_number_unique")
        assert await attempting.everything(GAPLESS) == before
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    assert (await added(other, phone.number)).organization_id == other.home


@pytest.mark.asyncio
async def test_nothing_enters_a_deleted_organization(world: World) -> None:
    """A deleted organization gets no number; one that never was is not found."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    await refused(lambda: added(world), "live_organization")
    nowhere = attrs.evolve(world, organization=attrs.evolve(world.organization, id=OrganizationId(world.new_id())))
    await fails(lambda: added(nowhere), NotFound)


@pytest.mark.asyncio
async def test_label(world: World) -> None:
    """A new name is kept and recorded, also none; the name that is there already changes and logs nothing."""
    phone, label = await added(world), world.app.phone_numbers.label
    named = await label(world.home, phone.id, "Sales", actor=world.actor)
    assert await label(world.home, phone.id, "Sales", actor=world.actor) == named
    assert named.display_name == "Sales"
    audit = (await world.trail())[-1]
    assert (audit.before, audit.after) == (JsonObject({"display_name": None}), JsonObject({"display_name": "Sales"}))
    assert (await label(world.home, phone.id, None, actor=world.actor)).display_name is None
    assert await world.actions() == ["phone_number.added", "phone_number.labelled", "phone_number.labelled"]
    assert await world.events() == []


@pytest.mark.asyncio
async def test_forward(world: World) -> None:
    """A target is mended, kept and recorded, and taken away by None; the target that is there changes nothing."""
    phone, forward = await added(world), world.app.phone_numbers.forward
    forwarded = await forward(world.home, phone.id, f" {SECOND}", actor=world.actor)
    assert await forward(world.home, phone.id, SECOND, actor=world.actor) == forwarded
    assert forwarded.forwarding_number == SECOND
    before = await world.everything(GAPLESS)
    await refused(lambda: forward(world.home, phone.id, "911", actor=world.actor), "check_forwarding_format")
    assert await world.everything(GAPLESS) == before
    assert (await forward(world.home, phone.id, None, actor=world.actor)).forwarding_number is None
    assert await world.actions() == ["phone_number.added", "phone_number.forwarded", "phone_number.forwarded"]


@pytest.mark.asyncio
async def test_release(world: World) -> None:
    """A released number is gone; what it was stays in the trail, and the provider is told by an event."""
    phone = await added(world)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    await fails(lambda: world.app.phone_numbers.get(world.home, phone.id), NotFound)
    assert await world.rows(PhoneNumber) == ()
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_id, audit.after) == ("phone_number.released", str(phone.id), None)
    assert audit.before is not None
    assert (audit.before["number"], audit.before["provider"]) == (phone.number, "twilio")
    released = ("phone_number.released", {"number": phone.number, "provider": "twilio"})
    assert await world.events() == [released]
    await fails(lambda: world.app.phone_numbers.release(world.home, phone.id, actor=world.actor), NotFound)
    assert await world.events() == [released]


@pytest.mark.asyncio
async def test_unknown_number(world: World, store: Store) -> None:
    """A number that is not there, or in another organization, is not found by any use case, and stays as it is."""
    other = await world_on(store, f"globex-{uuid4().hex}")
    theirs = await added(other)
    numbers = world.app.phone_numbers
    for unknown in (theirs.id, PhoneNumberId(uuid4())):
        attempts: list[Callable[[], Awaitable[object]]] = [
            partial(numbers.get, world.home, unknown),
            partial(numbers.label, world.home, unknown, "Mine", actor=world.actor),
            partial(numbers.forward, world.home, unknown, FIRST, actor=world.actor),
            partial(numbers.release, world.home, unknown, actor=world.actor),
        ]
        for attempt in attempts:
            await fails(attempt, NotFound)
    assert await other.rows(PhoneNumber) == (theirs,)


@pytest.mark.asyncio
async def test_arguments_that_are_none(world: World) -> None:
    """An id that is a text and an actor that is nobody are refused before anything changes."""
    phone, numbers = await added(world), world.app.phone_numbers
    before = await world.everything(GAPLESS)
    text, nobody = cast("PhoneNumberId", str(phone.id)), cast("Actor", None)
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: numbers.get(world.home, text),
        lambda: numbers.label(world.home, text, "Sales", actor=world.actor),
        lambda: numbers.forward(world.home, text, FIRST, actor=world.actor),
        lambda: numbers.release(world.home, text, actor=world.actor),
        lambda: numbers.list_numbers(world.home, after=str(phone.id)),
        lambda: numbers.add(world.home, fresh(), Provider.VAPI, actor=nobody),
        lambda: numbers.label(world.home, phone.id, "Sales", actor=nobody),
        lambda: numbers.forward(world.home, phone.id, FIRST, actor=nobody),
        lambda: numbers.release(world.home, phone.id, actor=nobody),
    ]
    for attempt in attempts:
        await fails(attempt, InvalidValue)
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages(world: World, store: Store, limit: int) -> None:
    """Pages of any size hold every number of the organization once, in the order of their coming, and nobody else's."""
    await added(await world_on(store, f"globex-{uuid4().hex}"))
    await world.save(attrs.evolve(world.organization, phone_numbers_quota=10))
    expected = [(await added(world)).id for _ in range(6)]
    pages = [await world.app.phone_numbers.list_numbers(world.home, limit=limit)]
    while pages[-1].next is not None:
        pages.append(await world.app.phone_numbers.list_numbers(world.home, after=pages[-1].next, limit=limit))
    assert [phone.id for page in pages for phone in page.items] == expected
    assert all(len(page.items) == limit for page in pages[:-1])


@pytest.mark.asyncio
async def test_a_page_goes_on_after_a_released_number(world: World) -> None:
    """The number that a page ended with may be gone when the next page is asked for."""
    first, second = await added(world), await added(world)
    page = await world.app.phone_numbers.list_numbers(world.home, limit=1)
    assert page.items == (first,)
    await world.app.phone_numbers.release(world.home, first.id, actor=world.actor)
    following = await world.app.phone_numbers.list_numbers(world.home, after=page.next, limit=1)
    assert (following.items, following.next) == ((second,), None)


@pytest.mark.asyncio
async def test_limits_of_a_page(world: World) -> None:
    """A page has 1 to 1000 numbers, and an organization that is not there has none."""
    for limit in (0, -1, 1001, True):
        await fails(partial(world.app.phone_numbers.list_numbers, world.home, limit=limit), QueryRefused)
    assert (await world.app.phone_numbers.list_numbers(OrganizationId(world.new_id()))).items == ()
