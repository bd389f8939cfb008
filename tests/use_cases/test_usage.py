"""The use cases around usage: storage is counted, warnings are raised once, and a billing period begins anew."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.usage import Storage
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState, InvalidValue, NotFound
from gapless.kit.json_object import JsonObject
from tests.use_cases.worlds import SIGNUP, World, fails, refused

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


async def warnings(world: World) -> list[object]:
    """The levels that the organization was warned at, in the order in which the events were made."""
    return [payload["percent"] for _, payload in await world.events("quota.warning")]


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-009")
async def test_storage_is_counted(world: World) -> None:
    """Bytes are added and freed, outside of the audit trail."""
    added = await world.app.usage.add_storage(world.home, 700)
    assert added.used_storage == 700
    freed = await world.app.usage.free_storage(world.home, 200)
    assert freed.used_storage == 500
    assert await world.current() == freed
    assert await world.actions() == []
    assert await world.events() == []


@pytest.mark.asyncio
async def test_storage_at_once(world: World) -> None:
    """Additions that come at the same time are all counted."""
    await asyncio.gather(*(world.app.usage.add_storage(world.home, 10) for _ in range(5)))
    assert (await world.current()).used_storage == 50


@pytest.mark.asyncio
async def test_nothing_writes_nothing(world: World) -> None:
    """No bytes more and no bytes less leave the organization as it was, its version included."""
    before = await world.everything(GAPLESS)
    assert await world.app.usage.add_storage(world.home, 0) == world.organization
    assert await world.app.usage.free_storage(world.home, 0) == world.organization
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
async def test_storage_has_an_end(world: World) -> None:
    """The quota can be used to its last byte; one more is refused and changes nothing, and freeing makes room."""
    await world.app.usage.add_storage(world.home, 1000)
    before = await world.everything(GAPLESS)
    await refused(lambda: world.app.usage.add_storage(world.home, 1), "storage_quota")
    assert await world.everything(GAPLESS) == before
    await world.app.usage.free_storage(world.home, 1)
    assert (await world.app.usage.add_storage(world.home, 1)).used_storage == 1000


@pytest.mark.asyncio
async def test_what_an_earlier_period_has_stored_is_freed(world: World) -> None:
    """Counted by the period, freeing more than is counted leaves nothing, and where nothing is it writes nothing."""
    await world.app.usage.add_storage(world.home, 10)
    assert (await world.app.usage.free_storage(world.home, 11)).used_storage == 0
    before = await world.everything(GAPLESS)
    assert (await world.app.usage.free_storage(world.home, 2**53 - 1)).used_storage == 0
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
async def test_no_more_is_freed_than_is_stored(world: World) -> None:
    """Where the host counts what is stored, freeing more is refused by the rule over the amount."""
    usage = attrs.evolve(world.app.usage, storage=Storage.STORED)
    await usage.add_storage(world.home, 10)
    await refused(lambda: usage.free_storage(world.home, 11), "organizations_used_storage_range")
    assert (await world.current()).used_storage == 10


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-004")
async def test_what_is_stored_outlives_the_period(world: World) -> None:
    """Where the host counts what is stored, a reset leaves it and its warnings, and remembers what was used."""
    usage = attrs.evolve(world.app.usage, storage=Storage.STORED)
    await world.save(attrs.evolve(await world.current(), used_minutes=7))
    await usage.add_storage(world.home, 850)
    reset = await usage.reset_for_period(world.home, APRIL, actor=SIGNUP)
    assert (reset.used_minutes, reset.used_storage, reset.storage_warning_80_sent) == (0, 850, True)
    assert await usage.reset_for_period(world.home, APRIL, actor=SIGNUP) == reset
    (command,) = await world.rows(ProcessedCommand)
    assert command.result == JsonObject({"used_minutes": 7, "used_storage": 850})
    await refused(lambda: usage.add_storage(world.home, 151), "storage_quota")
    await usage.free_storage(world.home, 100)
    await usage.add_storage(world.home, 100)
    assert await warnings(world) == [80]
    await usage.free_storage(world.home, 100)
    await usage.reset_for_period(world.home, APRIL + timedelta(days=30), actor=SIGNUP)
    await usage.add_storage(world.home, 100)
    assert await warnings(world) == [80, 80]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [-1, 1.0, True, "1", None, 2**53])
async def test_size_is_a_number_of_bytes(world: World, size: object) -> None:
    """What is no whole number from 0 to 2^53 - 1 is no size."""
    await fails(lambda: world.app.usage.add_storage(world.home, cast(int, size)), InvalidValue)
    await fails(lambda: world.app.usage.free_storage(world.home, cast(int, size)), InvalidValue)


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-009")
async def test_warnings_of_storage(world: World) -> None:
    """Each level is warned at once in a period, with what is used and allowed, also if usage falls and grows again."""
    await world.app.usage.add_storage(world.home, 799)
    assert await warnings(world) == []
    await world.app.usage.add_storage(world.home, 1)
    assert await warnings(world) == [80]
    await world.app.usage.free_storage(world.home, 500)
    stored = await world.app.usage.add_storage(world.home, 650)
    assert await warnings(world) == [80, 90]
    assert (await world.events("quota.warning"))[-1][1] == {
        "quota": "storage",
        "percent": 90,
        "used_minutes": 0,
        "call_minutes_quota": 100,
        "used_storage": 950,
        "storage_quota": 1000,
    }
    sent = (stored.storage_warning_80_sent, stored.storage_warning_90_sent, stored.storage_warning_100_sent)
    assert sent == (True, True, False)
    assert not stored.quota_warning_80_sent


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-004")
async def test_new_period(world: World) -> None:
    """A billing period begins with nothing used and nobody warned, and the trail has what was before and after."""
    await world.app.usage.add_storage(world.home, 850)
    before = await world.current()
    reset = await world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP)
    assert (reset.used_storage, reset.used_minutes, reset.storage_warning_80_sent) == (0, 0, False)
    assert await world.current() == reset
    assert (reset.storage_quota, reset.call_minutes_quota) == (before.storage_quota, before.call_minutes_quota)
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_type, audit.resource_id) == ("quota.reset", "organization", str(world.home))
    assert (audit.job, audit.metadata) == ("signup", JsonObject({"reason": "billing_period_start"}))
    assert audit.before == JsonObject({"used_storage": 850, "storage_warning_80_sent": True})
    assert audit.after == JsonObject({"used_storage": 0, "storage_warning_80_sent": False})


@pytest.mark.asyncio
async def test_warnings_come_again_in_the_next_period(world: World) -> None:
    """A new period raises the warnings anew."""
    await world.app.usage.add_storage(world.home, 800)
    await world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP)
    await world.app.usage.add_storage(world.home, 800)
    assert await warnings(world) == [80, 80]


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-004")
async def test_period_begins_once(world: World) -> None:
    """Asked again for the same period, in whatever zone, or late for an earlier one, what was used since stays."""
    await world.app.usage.add_storage(world.home, 500)
    await world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP)
    used = await world.app.usage.add_storage(world.home, 300)
    before = await world.everything(GAPLESS)
    tashkent = APRIL.astimezone(timezone(timedelta(hours=5)))
    for start in (APRIL, tashkent):
        assert await world.app.usage.reset_for_period(world.home, start, actor=world.actor) == used
    assert await world.everything(GAPLESS) == before
    error = await fails(lambda: world.app.usage.reset_for_period(world.home, MARCH, actor=SIGNUP), InvalidState)
    assert error.fields == ("period_start",)
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-004")
async def test_period_begins_once_at_once(world: World) -> None:
    """Two jobs that begin the same period at the same time leave one audit record."""
    await world.app.usage.add_storage(world.home, 500)
    reset = await asyncio.gather(*(world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP) for _ in range(3)))
    assert len(set(reset)) == 1
    assert await world.actions() == ["quota.reset"]


@pytest.mark.asyncio
async def test_unused_period(world: World) -> None:
    """If nothing was used, the organization and the trail stay as they are, and the period has begun all the same."""
    assert await world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP) == world.organization
    assert await world.actions() == []
    used = await world.app.usage.add_storage(world.home, 300)
    assert await world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP) == used


@pytest.mark.asyncio
async def test_period_is_remembered_with_what_was_used(world: World) -> None:
    """What was carried out is kept under the start of the period in UTC, with what the period before had used."""
    await world.app.usage.add_storage(world.home, 300)
    await world.app.usage.reset_for_period(world.home, APRIL, actor=SIGNUP)
    (command,) = await world.rows(ProcessedCommand)
    assert (command.kind, command.key, command.expires_at) == ("quota.reset", "2026-04-01T00:00:00+00:00", None)
    assert command.result == JsonObject({"used_minutes": 0, "used_storage": 300})


@pytest.mark.asyncio
@pytest.mark.parametrize("start", [datetime(2026, 4, 1), "2026-04-01T00:00:00Z", None, 5])  # noqa: DTZ001  # is refused
async def test_start_is_a_time_with_a_zone(world: World, start: object) -> None:
    """A time without a zone, or what is no time, begins no period."""
    error = await fails(
        lambda: world.app.usage.reset_for_period(world.home, cast(datetime, start), actor=SIGNUP), InvalidValue
    )
    assert error.details() == {"kind": "time", "fields": ["period_start"]}
    assert await world.rows(ProcessedCommand) == ()


@pytest.mark.asyncio
async def test_deleted_organization_uses_nothing(world: World) -> None:
    """Of an organization that is deleted, or not there, nothing is counted and no period begins."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    usage, nobody = world.app.usage, OrganizationId(world.new_id())
    await fails(lambda: usage.add_storage(world.home, 1), NotFound)
    await fails(lambda: usage.add_storage(nobody, 1), NotFound)
    await fails(lambda: usage.reset_for_period(world.home, APRIL, actor=SIGNUP), NotFound)
    await fails(lambda: usage.reset_for_period(nobody, APRIL, actor=SIGNUP), NotFound)
