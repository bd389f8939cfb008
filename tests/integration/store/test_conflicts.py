"""What PostgreSQL refuses because others are in the way is a ConcurrencyConflict, or in the end a DeadlineExceeded."""

import asyncio
import time
from uuid import UUID

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.unit_of_work import PostgresUnit
from gapless.adapters.writing.units import StoreSystemUnit
from gapless.domain.organizations import OrganizationId
from gapless.kit.assignments import assign
from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, UnitOfWorkFailed
from gapless.kit.outbox import OutboxEvent
from tests.integration.store.conftest import checked_out
from tests.integration.store.sessions import session_of
from tests.voice.rows import an_event, created

pytestmark = pytest.mark.asyncio


@attrs.frozen
class Scene:
    """An organization with two events in its outbox."""

    store: PostgresStore
    home: OrganizationId
    one: UUID
    two: UUID

    async def attempts(self) -> dict[UUID, int]:
        """What was written into the events."""
        async with self.store.reading(self.home) as reading:
            return {event.id: event.attempts for event in await reading.outbox.find()}


@pytest_asyncio.fixture
async def scene(store: PostgresStore) -> Scene:
    """A fresh one."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        one, two = await unit.outbox.add_all([an_event(organization.id), an_event(organization.id)])
        await unit.commit()
    return Scene(store, organization.id, one.id, two.id)


async def write(unit: StoreSystemUnit | PostgresUnit, event: UUID, number: int = 1) -> None:
    """Writes a number into one event."""
    rows = unit.of(OutboxEvent)
    assert await rows.update_where(lambda row: row.id == event, lambda row: [assign(row.attempts, number)]) == 1


async def strictly(unit: StoreSystemUnit, level: str) -> None:
    """Begins the transaction anew, with another isolation, so that the server refuses more."""
    await session_of(unit).driver.execute(f"ROLLBACK; BEGIN ISOLATION LEVEL {level}")


async def test_deadlock(scene: Scene, engine: AsyncEngine) -> None:
    """Of two that wait for each other one is a ConcurrencyConflict and keeps nothing; the other one goes on."""
    at_the_cross = asyncio.Barrier(2)

    async def change(number: int, first: UUID, second: UUID) -> int:
        async with scene.store.system() as unit:
            await session_of(unit).driver.execute("SET LOCAL deadlock_timeout = '20ms'")
            await write(unit, first, number)
            await at_the_cross.wait()
            await write(unit, second, number)
            await unit.commit()
        return number

    both = await asyncio.gather(
        change(1, scene.one, scene.two), change(2, scene.two, scene.one), return_exceptions=True
    )
    (won,) = [result for result in both if isinstance(result, int)]
    (lost,) = [result for result in both if not isinstance(result, int)]
    assert type(lost) is ConcurrencyConflict
    assert lost.retryable
    assert set((await scene.attempts()).values()) == {won}
    assert checked_out(engine) == 0


async def test_serialisation_failure_at_a_write(scene: Scene, engine: AsyncEngine) -> None:
    """A write that can't be put in order with another's is a ConcurrencyConflict, and the unit has failed."""
    async with scene.store.system() as unit:
        await strictly(unit, "REPEATABLE READ")
        await unit.of(OutboxEvent).count()
        async with scene.store.unit(scene.home) as other:
            await write(other, scene.one, 1)
            await other.commit()
        with pytest.raises(ConcurrencyConflict):
            await write(unit, scene.one, 2)
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    assert (await scene.attempts())[scene.one] == 1
    assert checked_out(engine) == 0


async def test_serialisation_failure_at_commit(scene: Scene, engine: AsyncEngine) -> None:
    """A commit that can't be put in order with another's is a ConcurrencyConflict, not CommitUnknown."""
    async with scene.store.system() as one, scene.store.system() as two:
        for unit in (one, two):
            await strictly(unit, "SERIALIZABLE")
            await unit.of(OutboxEvent).find(lambda row: row.root_id == scene.home)
        await write(one, scene.one)
        await write(two, scene.two)
        await one.commit()
        with pytest.raises(ConcurrencyConflict):
            await two.commit()
        with pytest.raises(UnitOfWorkFailed):
            await two.commit()
    assert await scene.attempts() == {scene.one: 1, scene.two: 0}
    assert checked_out(engine) == 0


@pytest.mark.parametrize("seconds", [0.05, 0.3])
async def test_write_that_waits_for_too_long(scene: Scene, engine: AsyncEngine, seconds: float) -> None:
    """A write that waits for somebody else's row is DeadlineExceeded when the unit's time is over, and not later."""
    async with scene.store.system() as other:
        await write(other, scene.one, 7)
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded) as caught:
            async with scene.store.unit(scene.home, seconds=seconds) as unit:
                await write(unit, scene.one, 8)
        assert caught.value.seconds == seconds
        assert time.monotonic() - began < seconds + 2
        await other.commit()
    assert (await scene.attempts())[scene.one] == 7
    assert checked_out(engine) == 0
