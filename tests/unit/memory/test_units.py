"""The life of a unit of work in memory: its lock, its time, its end."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from gapless.adapters import deadline
from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import (
    ConcurrencyConflict,
    DeadlineExceeded,
    NotFound,
    RuleViolated,
    UnitOfWorkBusy,
    UnitOfWorkClosed,
    UnitOfWorkError,
    UnitOfWorkFailed,
)
from gapless.kit.ids import DeletionId
from gapless.kit.limits import Limits
from gapless.kit.ports import UnitOfWork
from gapless.kit.soft_deletion import Deletion, deleted
from tests.unit.memory.checking import faults
from tests.voice.rows import (
    NOW,
    a_user,
    an_audit_record,
    an_organization,
    created,
    fresh_id,
    in_another_task,
    members,
)

pytestmark = pytest.mark.asyncio


def locks_of(store: MemoryStore) -> int:
    """How many locks the store remembers."""
    return len(store._database.locks)


async def test_a_unit_that_is_left_without_a_commit_keeps_nothing() -> None:
    """Leaving the block forgets what was written."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        await unit.of(User).add(a_user(home.id), an_audit_record(home.id))
    assert len(await members(store, home.id)) == 1


async def test_nobody_sees_a_unit_before_its_commit() -> None:
    """A unit sees its own writes, others see them once they are committed."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit, store.reading(home.id) as reading:
        await unit.of(User).add(a_user(home.id), an_audit_record(home.id))
        assert (await unit.of(User).count(), await reading.of(User).count()) == (2, 1)
        await unit.commit()
        assert await reading.of(User).count() == 2


async def test_a_unit_ends_with_its_commit() -> None:
    """After the commit the unit is closed, and the lock is free though the block goes on."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        await unit.commit()
        assert locks_of(store) == 0
        with pytest.raises(UnitOfWorkClosed):
            await unit.commit()
        with pytest.raises(UnitOfWorkClosed):
            await unit.of(User).find()
    with pytest.raises(UnitOfWorkClosed):
        await unit.__aenter__()


async def test_a_unit_is_not_used_before_or_after_its_block() -> None:
    """Outside of its block a unit is closed."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    unit = store.unit(home.id)
    with pytest.raises(UnitOfWorkClosed):
        await unit.of(User).find()
    async with unit:
        pass
    with pytest.raises(UnitOfWorkClosed):
        await unit.of(User).add(a_user(home.id), an_audit_record(home.id))


async def test_a_write_that_raises_fails_the_unit() -> None:
    """After a refused write nothing can be read, written or committed; a row that is missing fails no reader."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        with pytest.raises(NotFound):
            await unit.of(User).get(a_user(home.id).id)
        with pytest.raises(NotFound):
            await unit.of(User).save(a_user(home.id), an_audit_record(home.id))
        with pytest.raises(UnitOfWorkFailed):
            await unit.of(User).find()
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()


async def test_a_commit_that_raises_keeps_nothing_and_frees_the_lock() -> None:
    """A rule that is checked at commit refuses the whole unit."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        await unit.of(User).remove(owner, an_audit_record(home.id))
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
        assert locks_of(store) == 0
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    assert await members(store, home.id) == (owner,)
    assert faults(store) == []


async def test_a_unit_needs_its_organization() -> None:
    """A unit of an organization that is not there is refused; of one that is softly deleted it is not."""
    store = MemoryStore(GAPLESS)
    with pytest.raises(NotFound, match="Organization"):
        async with store.unit(fresh_id()):
            pass
    with pytest.raises(NotFound):
        async with store.unit("no id"):  # what an edge may let through
            pass
    assert locks_of(store) == 0
    home = await created(store)
    async with store.unit(home.id) as unit:
        await unit.of(Organization).save(
            deleted(home, Deletion(id=DeletionId(uuid4()), at=NOW, by=None)), an_audit_record(home.id)
        )
        await unit.commit()
    async with store.unit(home.id) as unit:
        assert await unit.of(Organization).count() == 0
        assert await unit.of(Organization).count(include_deleted=True) == 1


async def test_units_of_one_organization_run_in_the_order_in_which_they_came() -> None:
    """The lock goes to whoever has waited longest, and is forgotten when nobody wants it."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    order: list[int] = []

    async def pass_through(place: int) -> None:
        async with store.unit(home.id):
            order.append(place)

    async with store.unit(home.id):
        others = [asyncio.create_task(pass_through(place)) for place in range(5)]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*others)
    assert order == [0, 1, 2, 3, 4]
    assert locks_of(store) == 0


async def test_units_of_different_organizations_do_not_wait_for_each_other() -> None:
    """Each organization has a lock of its own."""
    store = MemoryStore(GAPLESS, limits=Limits(lock=0.001))
    one, other = await created(store), await created(store)
    async with store.unit(one.id), store.unit(other.id), store.creating(one.id), store.system():
        assert locks_of(store) == 2
    assert locks_of(store) == 0


async def test_waiting_for_the_lock_has_an_end() -> None:
    """Whoever waits longer than the store allows gets a conflict, and whose own time is over before, that error."""
    store = MemoryStore(GAPLESS, limits=Limits(lock=0.001))
    home = await created(store)
    async with store.unit(home.id) as unit:
        with pytest.raises(ConcurrencyConflict):
            await in_another_task(store.unit(home.id).__aenter__())
        with pytest.raises(DeadlineExceeded):
            await in_another_task(store.unit(home.id, seconds=0).__aenter__())
        await unit.commit()
    assert locks_of(store) == 0


async def test_a_cancellation_while_waiting_leaves_the_lock_usable() -> None:
    """Whoever is cancelled in the queue leaves it; the others get their turn."""
    store = MemoryStore(GAPLESS)
    home = await created(store)

    async def pass_through() -> str:
        async with store.unit(home.id):
            return "passed"

    async with store.unit(home.id):
        cancelled, patient = (asyncio.create_task(pass_through()) for _ in range(2))
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
    assert await patient == "passed"
    assert locks_of(store) == 0


async def test_a_cancellation_as_the_lock_is_handed_over_leaves_it_usable() -> None:
    """Cancelled between the release and its turn, a unit passes the lock on."""
    store = MemoryStore(GAPLESS)
    home = await created(store)

    async def pass_through() -> str:
        async with store.unit(home.id):
            return "passed"

    async with store.unit(home.id):
        cancelled, patient = (asyncio.create_task(pass_through()) for _ in range(2))
        await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await patient == "passed"
    assert locks_of(store) == 0


async def test_a_cancellation_inside_a_unit_keeps_nothing_and_frees_the_lock() -> None:
    """A unit that is cancelled in its block leaves nothing behind."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with store.unit(home.id) as unit:
            await unit.of(User).add(a_user(home.id), an_audit_record(home.id))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert locks_of(store) == 0
    assert len(await members(store, home.id)) == 1


async def test_two_tasks_do_not_open_one_unit() -> None:
    """While one task waits for the lock, the unit is busy for another."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id):
        unit = store.unit(home.id)
        opening = asyncio.create_task(unit.__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(UnitOfWorkBusy):
            await unit.__aenter__()
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
    assert locks_of(store) == 0


LATE: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
    "a read": lambda unit: unit.of(User).find(),
    "a write": lambda unit: unit.outbox.add_all([]),
    "the commit": lambda unit: unit.commit(),
}


@pytest.mark.parametrize("late", LATE)
async def test_a_unit_has_its_time(late: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its seconds are over, the next operation raises and the unit has failed."""
    now = 0.0
    monkeypatch.setattr(deadline, "monotonic", lambda: now)
    store = MemoryStore(GAPLESS, limits=Limits(unit=7))
    home = await created(store)
    async with store.unit(home.id) as unit:
        now = 6.9
        await unit.of(User).add(a_user(home.id), an_audit_record(home.id))
        now = 7.0
        with pytest.raises(DeadlineExceeded, match="7 seconds"):
            await LATE[late](unit)
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    assert locks_of(store) == 0
    assert len(await members(store, home.id)) == 1


async def test_a_unit_is_told_its_time() -> None:
    """The seconds of one unit go before those of the store."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    with pytest.raises(DeadlineExceeded):
        async with store.unit(home.id, seconds=0):
            pass
    with pytest.raises(DeadlineExceeded):
        async with store.creating(home.id, seconds=0):
            pass


async def test_there_is_no_connection_in_memory() -> None:
    """Asking for the connection is an error that says why."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        with pytest.raises(UnitOfWorkError, match="no connection"):
            _ = unit.connection


async def test_an_organization_is_created_without_a_lock() -> None:
    """A creating unit takes an id that is not there yet, and refuses one that is."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.creating(home.id) as unit:
        with pytest.raises(RuleViolated, match="organizations_id_unique"):
            await unit.of(Organization).add(an_organization(id=home.id), an_audit_record(home.id))
    assert locks_of(store) == 0
