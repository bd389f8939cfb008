"""Law 9, deadlines: a unit that is kept waiting ends in time, says so, and leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gapless.domain.users import User
from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, UnitOfWorkFailed
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.voice.hosted import Folder
from gapless.testing.voice.rows import (
    a_folder,
    a_user,
    an_entry,
    assert_untouched,
    assert_waits,
    founded,
    in_another_task,
)


async def test_unit_that_waits_too_long(store: Store) -> None:
    """A unit with little time that waits for the lock raises DeadlineExceeded, and leaves the lock as it was."""
    organization = await founded(store)

    async def wait() -> None:
        async with store.unit(organization.id, seconds=0.05):
            pytest.fail("the unit was opened")

    async with store.unit(organization.id) as holder:
        with pytest.raises(DeadlineExceeded) as caught:
            await in_another_task(wait())
        assert (caught.value.seconds, caught.value.retryable) == (0.05, True)
        await holder.of(User).add(a_user(organization.id), an_entry(organization.id))
    await assert_untouched(store, organization.id)


async def test_unit_that_takes_too_long(store: Store) -> None:
    """A unit whose time is over raises DeadlineExceeded from its next use, can't commit, and keeps nothing."""
    organization = await founded(store)
    uses: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda unit: unit.of(User).count(),
        lambda unit: unit.of(User).add(a_user(organization.id), an_entry(organization.id)),
        lambda unit: unit.commit(),
    ]
    for use in uses:
        async with store.unit(organization.id, seconds=0.5) as unit:
            await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            await asyncio.sleep(0.55)
            with pytest.raises(DeadlineExceeded):
                await use(unit)
            with pytest.raises(UnitOfWorkFailed):
                await unit.commit()
    await assert_untouched(store, organization.id)


async def test_whose_time_is_over_holds_no_lock(store: Store) -> None:
    """A unit that hangs in its block beyond its time keeps nobody waiting any longer, and can't go on itself."""
    organization = await founded(store)

    async def work() -> None:
        async with store.unit(organization.id, seconds=5) as other:
            await other.of(Folder).add(a_folder(organization.id))
            await other.commit()

    async with store.unit(organization.id, seconds=0.2) as hanging:
        await hanging.of(User).count()
        await in_another_task(work())
        with pytest.raises(DeadlineExceeded):
            await hanging.of(User).add(a_user(organization.id), an_entry(organization.id))
    await assert_untouched(store, organization.id)


async def test_waiting_units_are_bounded(store: Store) -> None:
    """Of several units that wait for one lock each ends in its own time, and those with time left get it."""
    organization = await founded(store)

    async def wait(seconds: float) -> type[Exception] | None:
        try:
            async with store.unit(organization.id, seconds=seconds) as unit:
                await unit.commit()
        except (DeadlineExceeded, ConcurrencyConflict) as error:
            return type(error)
        return None

    async with store.unit(organization.id) as holder:
        patient, *impatient = [asyncio.create_task(wait(seconds)) for seconds in (8.0, 0.05, 0.06, 0.07)]
        assert await asyncio.gather(*impatient) == [DeadlineExceeded] * 3
        assert not patient.done()
        await holder.commit()
    assert await patient is None


async def test_snapshot_that_takes_too_long(store: Store) -> None:
    """A snapshot has a time of its own as well; a reading without one has it for each read, and goes on."""
    organization = await founded(store)
    async with (
        store.reading(organization.id, snapshot=True, seconds=0.2) as snapshot,
        store.reading(organization.id, seconds=0.2) as reading,
    ):
        assert await snapshot.of(User).count() == await reading.of(User).count() == 1
        await asyncio.sleep(0.25)
        for _ in range(2):
            with pytest.raises((DeadlineExceeded, UnitOfWorkFailed)):
                await snapshot.of(User).count()
        assert await reading.of(User).count() == 1
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("seconds", [0, -1])
async def test_no_time_at_all(store: Store, seconds: float) -> None:
    """A unit without any time never opens."""
    organization = await founded(store)
    with pytest.raises(DeadlineExceeded):
        async with store.unit(organization.id, seconds=seconds):
            pytest.fail("the unit was opened")
    await assert_untouched(store, organization.id)


async def test_cancelled_while_waiting(store: Store) -> None:
    """A unit that is cancelled while it waits for the lock leaves the queue."""
    organization = await founded(store)

    async def wait() -> None:
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")

    async with store.unit(organization.id) as holder:
        waiting = asyncio.create_task(wait())
        await assert_waits(waiting)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await holder.commit()
    await assert_untouched(store, organization.id)


async def test_host_may_set_its_own_timeout(store: Store) -> None:
    """A timeout of the host's around a unit ends it like a cancellation: TimeoutError, and nothing left behind."""
    organization = await founded(store)

    async def work() -> None:
        async with asyncio.timeout(0.1), store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await work()
    await assert_untouched(store, organization.id)
