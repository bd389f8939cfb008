"""A number is released at once, however many calls it has; a job takes the links from the calls, and then the row."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import UuidV7Factory
from gapless.application.cleanup_outcomes import Purged
from gapless.application.released_rows import MOST_UNLINKED
from gapless.domain.calls import Call, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.kit.errors import NotFound
from gapless.kit.ports import Store
from tests.use_cases.belongings import call_to, owned_number
from tests.use_cases.deletions import blocked_in, purge, removed_long_ago, steps_in
from tests.use_cases.worlds import World, fails, refused, world_on

pytestmark = pytest.mark.asyncio


class Stopped(Exception):
    """Somebody stops a run."""


class StoppedAfter:
    """A progress that stops its run after so many units of work of an organization."""

    def __init__(self, world: World, steps: int) -> None:
        self._world = world
        self._left = steps
        self.told: list[Purged] = []

    def __call__(self, purged: Purged) -> None:
        """Counts what is told, and stops."""
        self.told += steps_in(self._world, [purged])
        if len(self.told) == self._left:
            raise Stopped


async def called(world: World, number: PhoneNumber, calls: int) -> None:
    """Adds calls to a number, which are over."""
    await world.add(*(call_to(world, number) for _ in range(calls)))


async def links(world: World) -> dict[object, int]:
    """How many calls refer to each number; None counts those that refer to none."""
    return dict(Counter(call.phone_number_id for call in await world.rows(Call)))


async def released_rows(world: World) -> int:
    """How many numbers wait for a cleanup."""
    async with world.store.reading(world.home) as reading:
        return await reading.of(PhoneNumber).count(lambda number: number.is_released)


async def test_release_waits_for_the_end_of_calls(world: World) -> None:
    """While a call goes on its number stays; afterwards a cleanup takes the link to the released number from calls."""
    phone, other = await owned_number(world), await owned_number(world)
    active, missed = call_to(world, phone, CallStatus.ACTIVE), call_to(world, phone)
    elsewhere = call_to(world, other)
    await world.add(active, missed, elsewhere)
    before = await world.everything(GAPLESS)
    release = world.app.phone_numbers.release
    await refused(lambda: release(world.home, phone.id, actor=world.actor), "calls_active_needs_number")
    assert await world.everything(GAPLESS) == before
    world.clock.turn(timedelta(seconds=90))
    async with world.store.unit(world.home) as unit:
        going_on = await unit.of(Call).get(active.id)
        await unit.of(Call).save(going_on.finished(CallStatus.COMPLETED, world.clock.now(), None, None))
        await unit.commit()
    await release(world.home, phone.id, actor=world.actor)
    told: list[Purged] = []
    await purge(world, progress=told.append)
    expected = Purged(root_id=world.home, root="Organization", rows={"phone_numbers": 1}, unlinked={"calls": 2})
    assert steps_in(world, told) == [expected]
    numbers = {call.id: call.phone_number_id for call in await world.rows(Call)}
    assert numbers == {active.id: None, missed.id: None, elsewhere.id: other.id}


async def test_a_released_number_is_free_at_once(world: World) -> None:
    """While its calls still wait, another organization may have the number, and the quota has room for another one."""
    phone, _ = await owned_number(world), await owned_number(world)  # all that the plan allows
    await called(world, phone, 3)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    taken = await other.app.phone_numbers.add(other.home, phone.number, Provider.VAPI, actor=other.actor)
    await owned_number(world)
    await fails(lambda: world.app.phone_numbers.get(world.home, phone.id), NotFound)
    start = world.app.calls.start
    await fails(lambda: start(world.home, phone.id), NotFound)
    assert (await links(world), await other.app.phone_numbers.get(other.home, taken.id)) == ({phone.id: 3}, taken)


async def test_links_go_batch_by_batch(world: World) -> None:
    """Each unit of work unlinks a batch; the last one removes the row; a call keeps all but its link and version."""
    phone, other = await owned_number(world), await owned_number(world)
    await called(world, phone, 7)
    await called(world, other, 2)
    before = await world.rows(Call)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    told: list[Purged] = []
    await purge(world, batch=3, progress=told.append)
    assert [(step.unlinked, step.rows) for step in steps_in(world, told)] == [
        ({"calls": 3}, {}),
        ({"calls": 3}, {}),
        ({"calls": 1}, {"phone_numbers": 1}),
    ]
    assert await world.rows(Call) == tuple(
        attrs.evolve(call, phone_number_id=None, version=call.version + 1) if call.phone_number_id == phone.id else call
        for call in before
    )
    assert (await world.actions())[-1] == "phone_numbers.purged"
    assert (await world.trail())[-1].metadata["ids"] == [str(phone.id)]
    assert await released_rows(world) == 0


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_a_run_that_is_stopped_is_carried_on(world: World, steps: int) -> None:
    """Whichever unit of work was the last of a run, another run does what is left, once."""
    phone = await owned_number(world)
    await called(world, phone, 5)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    stopped = StoppedAfter(world, steps)
    with pytest.raises(Stopped):
        await purge(world, batch=2, progress=stopped)
    told = [*stopped.told]
    await purge(world, batch=2, progress=told.append)
    mine = steps_in(world, told)
    assert sum(step.unlinked.get("calls", 0) for step in mine) == 5
    assert sum(step.rows.get("phone_numbers", 0) for step in mine) == 1
    assert (await links(world), await released_rows(world)) == ({None: 5}, 0)


async def test_two_runs_share_the_work(world: World) -> None:
    """Two runs at once unlink each call once, and remove the row once."""
    phone = await owned_number(world)
    await called(world, phone, 9)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    told: list[Purged] = []
    await asyncio.gather(*(purge(world, batch=2, progress=told.append) for _ in range(2)))
    mine = steps_in(world, told)
    assert sum(step.unlinked.get("calls", 0) for step in mine) == 9
    assert sum(step.rows.get("phone_numbers", 0) for step in mine) == 1
    assert (await links(world), await released_rows(world)) == ({None: 9}, 0)


async def test_a_call_to_another_number_waits_for_one_batch(world: World) -> None:
    """Whoever wants the organization meanwhile has it after the batch that is going on, and not after all of them."""
    phone, other = await owned_number(world), await owned_number(world)
    await called(world, phone, 8)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    starting: list[asyncio.Task[Call]] = []
    told: list[Purged] = []
    before: list[int] = []

    async def start() -> Call:
        call = await world.app.calls.start(world.home, other.id)
        before.append(len(told))
        return call

    def progress(purged: Purged) -> None:
        told.extend(steps_in(world, [purged]))
        if told and not starting:
            starting.append(asyncio.create_task(start()))

    await purge(world, batch=1, progress=progress)
    (call,) = await asyncio.gather(*starting)
    assert call.phone_number_id == other.id
    assert before[0] <= 4 < len(told)
    assert await links(world) == {None: 8, other.id: 1}


async def test_a_batch_is_small_whatever_is_asked(store: Store) -> None:
    """The lock of an organization is held for MOST_UNLINKED rows at most, though a cleanup removes more at once."""
    if not isinstance(store, MemoryStore):
        pytest.skip("thousands of rows are added, and what is tried is the same")
    world = await world_on(store, f"acme-{uuid4().hex}")
    phone = await owned_number(world)
    await called(world, phone, MOST_UNLINKED + 1)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    told: list[Purged] = []
    await purge(world, batch=10_000, progress=told.append)
    assert [step.unlinked for step in steps_in(world, told)] == [{"calls": MOST_UNLINKED}, {"calls": 1}]


async def test_a_deletion_counts_links_and_leaves_them(world: World) -> None:
    """The record counts the links that are there; those of a number that was released before are counted no more."""
    earlier, phone = await owned_number(world), await owned_number(world)
    await called(world, earlier, 2)
    await world.app.phone_numbers.release(world.home, earlier.id, actor=world.actor)
    other = await owned_number(world)
    await called(world, phone, 3)
    await called(world, other, 1)
    before = await world.rows(Call)
    await world.app.organizations.delete(world.home, actor=world.actor)
    assert (await world.trail())[-1].metadata["unlinkedCalls"] == 4
    assert await world.rows(Call) == before
    assert (await world.rows(PhoneNumber), await released_rows(world)) == ((), 3)


@pytest.mark.parametrize("steps", [1, 3, None])
async def test_a_restore_says_the_same_whenever_it_comes(world: World, steps: int | None) -> None:
    """Before, while and after links are taken from calls, a restore says how many are lost, and brings none back."""
    phone = await owned_number(world)
    await called(world, phone, 5)
    await world.app.organizations.delete(world.home, actor=world.actor)
    if steps is None:
        await purge(world)
    else:
        with pytest.raises(Stopped):
            await purge(world, batch=2, progress=StoppedAfter(world, steps))
    restored = await world.app.organizations.restore(world.home, actor=world.actor)
    assert (restored.calls_unlinked, restored.numbers_not_restored) == (5, (phone.number,))
    assert await world.rows(PhoneNumber) == ()
    await purge(world)
    assert (await links(world), await released_rows(world)) == ({None: 5}, 0)
    assert len(await world.rows(Call)) == 5


async def test_a_purge_takes_released_numbers_along(world: World) -> None:
    """An organization that is removed for good takes its released numbers along, linked or not."""
    phone = await owned_number(world)
    await called(world, phone, 3)
    await world.app.organizations.delete(world.home, actor=world.actor)
    world.clock.turn(timedelta(days=1))
    told: list[Purged] = []
    await purge(world, progress=told.append, retention=timedelta(hours=1))
    assert [(step.is_gone, step.unlinked) for step in steps_in(world, told)] == [(True, {})]
    assert await released_rows(world) == 0


async def test_what_stays_linked_is_named_and_the_rest_goes(world: World) -> None:
    """A call that came to go on all the same keeps its number, and is found by halving; all others are unlinked."""
    phone = await owned_number(world)
    await called(world, phone, 6)
    kept = (await world.rows(Call))[3]
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    async with world.store.unit(world.home) as unit:
        await unit.of(Call).save(attrs.evolve(kept, status=CallStatus.ACTIVE, ended_at=None))
        await unit.commit()
    told: list[Purged] = []
    for _ in range(2):  # the next run tries again, and says it again
        report = await purge(world, batch=4, progress=told.append)
        assert blocked_in(world, report) == [("PhoneNumber", "calls_active_needs_number", 1)]
    assert sum(step.unlinked.get("calls", 0) for step in steps_in(world, told)) == 5
    assert (await links(world), await released_rows(world)) == ({None: 5, phone.id: 1}, 1)
    async with world.store.unit(world.home) as unit:
        going_on = await unit.of(Call).get(kept.id)
        await unit.of(Call).save(attrs.evolve(going_on, status=CallStatus.FAILED))
        await unit.commit()
    assert blocked_in(world, await purge(world)) == []
    assert (await links(world), await released_rows(world)) == ({None: 6}, 0)


async def test_nothing_is_left_of_an_organization_that_is_there(world: World) -> None:
    """A cleanup of numbers without calls takes one unit of work, and leaves all else as it is."""
    for _ in range(2):
        phone = await owned_number(world)
        await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    told: list[Purged] = []
    await purge(world, progress=told.append)
    assert [step.rows for step in steps_in(world, told)] == [{"phone_numbers": 2}]
    async with world.store.reading(world.home) as reading:
        assert (await reading.of(Organization).get(world.home)).id == world.home


async def test_the_least_of_all_ids_is_an_id_as_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cleanup finds what an organization with this id has released and removed, and a row that has this id itself."""
    ids = iter([UUID(int=0)])
    monkeypatch.setattr(UuidV7Factory, "new", lambda self, new=UuidV7Factory.new: next(ids, None) or new(self))
    world = await world_on(MemoryStore(GAPLESS), "least")
    ids = iter([UUID(int=0)])
    bob, phone = await world.member(), await owned_number(world)
    assert (world.home.int, bob.id.int) == (0, 0)
    await world.app.phone_numbers.release(world.home, phone.id, actor=world.actor)
    await removed_long_ago(world, bob)
    report = await purge(world)
    assert (report.rows["users"], report.rows["phone_numbers"]) == (1, 1)
