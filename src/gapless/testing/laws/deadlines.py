"""Law 9, deadlines: a unit ends when its time is over, raises DeadlineExceeded, and leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest

from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, UnitOfWorkFailed
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import (
    A_MOMENT,
    an_audit_record,
    assert_waits,
    in_another_task,
    started,
    with_little_time,
)


async def test_unit_that_waits_too_long(store: Store, team: Team) -> None:
    """A unit with little time that waits for the lock raises DeadlineExceeded, and leaves the lock as it was."""
    organization = await team.created(store)

    async def wait() -> None:
        async with store.unit(organization.id, seconds=0.05):
            pytest.fail("the unit was opened")

    async with store.unit(organization.id) as holder:
        with pytest.raises(DeadlineExceeded) as caught:
            await in_another_task(wait())
        assert (caught.value.seconds, caught.value.retryable) == (0.05, True)
        await holder.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
    await team.assert_untouched(store, organization.id)


async def test_unit_that_takes_too_long(store: Store, team: Team) -> None:
    """A unit whose time is over raises DeadlineExceeded from its next use, can't commit, and keeps nothing."""
    organization = await team.created(store)
    uses: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda unit: unit.of(team.member).count(),
        lambda unit: unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id)),
        lambda unit: unit.commit(),
    ]

    async def attempt(use: Callable[[UnitOfWork], Awaitable[object]], seconds: float) -> None:
        async with store.unit(organization.id, seconds=seconds) as unit:
            await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            await asyncio.sleep(seconds + A_MOMENT)
            with pytest.raises(DeadlineExceeded):
                await use(unit)
            with pytest.raises(UnitOfWorkFailed):
                await unit.commit()

    for use in uses:
        await with_little_time(partial(attempt, use))
    await team.assert_untouched(store, organization.id)


async def test_whose_time_is_over_holds_no_lock(store: Store, team: Team, plain: Plain) -> None:
    """A unit that is still in its block after its time holds no lock any more, and can't go on."""
    organization = await team.created(store)

    async def work() -> None:
        async with store.unit(organization.id) as other:
            await other.of(plain.row).add(plain.a_row(organization.id))
            await other.commit()

    async def attempt(seconds: float) -> None:
        async with store.unit(organization.id, seconds=seconds) as hanging:
            await hanging.of(team.member).count()
            await in_another_task(work())
            with pytest.raises(DeadlineExceeded):
                await hanging.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))

    await with_little_time(attempt)
    await team.assert_untouched(store, organization.id)


async def test_waiting_units_are_bounded(store: Store, team: Team) -> None:
    """Several units that wait for one lock each end when their own time is over; units with time left get the lock."""
    organization = await team.created(store)

    async def wait(seconds: float) -> type[Exception] | None:
        try:
            async with store.unit(organization.id, seconds=seconds) as unit:
                await unit.commit()
        except (DeadlineExceeded, ConcurrencyConflict) as error:
            return type(error)
        return None

    async with AsyncExitStack() as law:
        async with store.unit(organization.id) as holder:
            patient, *impatient = [started(law, wait(seconds)) for seconds in (8.0, 0.05, 0.06, 0.07)]
            assert await asyncio.gather(*impatient) == [DeadlineExceeded] * 3
            assert not patient.done()
            await holder.commit()
        assert await patient is None


async def test_snapshot_that_takes_too_long(store: Store, team: Team) -> None:
    """A snapshot has a time as a whole; a reading without a snapshot has it for each read, and goes on."""
    organization = await team.created(store)

    async def attempt(seconds: float) -> None:
        async with (
            store.reading(organization.id, snapshot=True, seconds=seconds) as snapshot,
            store.reading(organization.id, seconds=seconds) as reading,
        ):
            assert await snapshot.of(team.member).count() == await reading.of(team.member).count() == 1
            await asyncio.sleep(seconds + A_MOMENT)
            for _ in range(2):
                with pytest.raises((DeadlineExceeded, UnitOfWorkFailed)):
                    await snapshot.of(team.member).count()
            assert await reading.of(team.member).count() == 1

    await with_little_time(attempt)
    await team.assert_untouched(store, organization.id)


@pytest.mark.parametrize("seconds", [0, -1])
async def test_no_time_at_all(store: Store, team: Team, seconds: float) -> None:
    """A unit without any time never opens."""
    organization = await team.created(store)
    with pytest.raises(DeadlineExceeded):
        async with store.unit(organization.id, seconds=seconds):
            pytest.fail("the unit was opened")
    await team.assert_untouched(store, organization.id)


async def test_cancelled_while_waiting(store: Store, team: Team) -> None:
    """A unit that is cancelled while it waits for the lock leaves the queue."""
    organization = await team.created(store)

    async def wait() -> None:
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")

    async with AsyncExitStack() as law, store.unit(organization.id) as holder:
        waiting = started(law, wait())
        await assert_waits(waiting)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await holder.commit()
    await team.assert_untouched(store, organization.id)


async def test_host_may_set_its_own_timeout(store: Store, team: Team) -> None:
    """A timeout of the host around a unit ends it as a cancellation does: with TimeoutError, and nothing is kept."""
    organization = await team.created(store)

    async def work() -> None:
        async with asyncio.timeout(0.1), store.unit(organization.id) as unit:
            await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await work()
    await team.assert_untouched(store, organization.id)
