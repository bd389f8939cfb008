"""INTEGRITY-007: what keeps a deleted row from being removed for good is named, and the rest goes on."""

import asyncio
from uuid import uuid4

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.application.cleanup_outcomes import Purged, Unfinished
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.invoices import Invoice
from gapless.domain.organizations import Organization
from gapless.kit.errors import NotFound
from gapless.kit.limits import Limits
from tests.use_cases.deletions import (
    LONG_AGO,
    add_calls,
    add_invoice,
    add_items,
    add_note,
    blocked_in,
    deleted_long_ago,
    purge,
    removed_long_ago,
    steps_in,
)
from tests.use_cases.worlds import World, fails, world_on
from tests.voice.rows import in_another_task

INVOICES = "invoices_organization_id_fkey"


class Stopped(Exception):
    """Somebody stops a run."""


async def remove_invoice(world: World, invoice: Invoice) -> None:
    """Removes an invoice for good, past the use cases."""
    async with world.store.unit(world.home) as unit:
        stored = await unit.of(Invoice).get(invoice.id)
        await unit.of(Invoice).remove(stored, world.record().audit("test", stored, None))
        await unit.commit()


@pytest.mark.asyncio
@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.gap("INTEGRITY-007")
async def test_an_invoice_blocks_and_nothing_is_touched(world: World, batch: int) -> None:
    """An organization with invoices is named with how many there are, and everything is exactly as before."""
    bob = await world.member("Bob")
    calls = await add_calls(world, 3, bob)
    await add_note(world, calls[0], bob)
    await add_items(world, 2)
    await add_invoice(world, "2026-1")
    await add_invoice(world, "2026-2")
    await removed_long_ago(world, bob)
    await deleted_long_ago(world)
    before = await world.everything(GAPLESS)
    told: list[Purged] = []
    report = await purge(world, batch=batch, progress=told.append)
    assert blocked_in(world, report) == [("Organization", INVOICES, 2)]
    assert world.home not in report.roots
    assert steps_in(world, told) == []
    assert await world.everything(GAPLESS) == before
    world.clock.time = LONG_AGO
    await world.app.organizations.restore(world.home, actor=world.actor)
    assert (await world.current()).is_live


@pytest.mark.asyncio
async def test_an_invoice_blocks_until_it_is_gone(world: World) -> None:
    """Without its invoice the organization goes with the next run."""
    invoice = await add_invoice(world)
    await deleted_long_ago(world)
    await purge(world)
    await remove_invoice(world, invoice)
    report = await purge(world)
    assert world.home in report.roots
    assert blocked_in(world, report) == []


@pytest.mark.asyncio
async def test_an_invoice_that_comes_in_between_blocks_the_rest(world: World) -> None:
    """A row that enters past the use cases while the purge is under way keeps what is left, until it is gone."""
    await add_calls(world, 5)
    await deleted_long_ago(world)

    def stop(purged: Purged) -> None:
        if purged.root_id == world.home:
            raise Stopped

    with pytest.raises(Stopped):
        await purge(world, batch=2, progress=stop)
    invoice = await add_invoice(world)
    before = await world.everything(GAPLESS)
    assert blocked_in(world, await purge(world, batch=2)) == [("Organization", INVOICES, 1)]
    assert await world.everything(GAPLESS) == before
    assert len(await world.rows(Call)) == 3
    await remove_invoice(world, invoice)
    assert world.home in (await purge(world, batch=2)).roots


@pytest.mark.asyncio
async def test_others_go_though_one_is_blocked(world: World) -> None:
    """What blocks one organization keeps no other one."""
    await add_invoice(world)
    await deleted_long_ago(world)
    other = await world_on(world.store, f"other-{uuid4().hex}")
    await deleted_long_ago(other)
    report = await purge(world)
    assert other.home in report.roots
    assert len(blocked_in(world, report)) == 1


@pytest.mark.asyncio
async def test_who_holds_the_lock_is_not_waited_for_forever() -> None:
    """An organization that somebody else holds is left for the next run, and the others go."""
    store = MemoryStore(GAPLESS, limits=Limits(lock=0.001))
    held, free = await world_on(store, "held"), await world_on(store, "free")
    bob = await held.member("Bob")
    await removed_long_ago(held, bob)
    await deleted_long_ago(free)
    async with store.unit(held.home):
        report = await in_another_task(purge(held))
    assert report.unfinished == (Unfinished(root_id=held.home, root="Organization", code="concurrency_conflict"),)
    assert report.roots == (free.home,)
    await deleted_long_ago(held)
    async with store.unit(held.home):
        report = await in_another_task(purge(held))
    assert report.unfinished == (Unfinished(root_id=held.home, root="Organization", code="concurrency_conflict"),)
    assert (await purge(held)).roots == (held.home,)


@pytest.mark.asyncio
async def test_what_went_away_meanwhile_is_no_error(world: World) -> None:
    """An organization that somebody else removes while the purge waits for its lock is not counted again."""
    await deleted_long_ago(world)
    async with world.app.jobs.unit(world.home) as unit:
        waiting = asyncio.create_task(purge(world))
        organization = await unit.of(Organization).get(world.home, include_deleted=True)
        await unit.of(Organization).remove(organization, world.record().audit("test", organization, None))
        await unit.commit()
    report = await waiting
    assert world.home not in report.roots
    assert report.unfinished == ()
    await fails(lambda: world.app.organizations.get(world.home), NotFound)
