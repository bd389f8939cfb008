"""Law 15, units inside units: a task that would wait for its own lock is refused at once; another task waits."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, UnitOfWorkNested
from gapless.kit.ports import Store
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import A_MOMENT, an_audit_record, assert_waits, started, with_little_time
from gapless.testing.laws.workspaces import Workspace


async def write(store: Store, plain: Plain, organization: Workspace) -> None:
    """A unit that adds a folder."""
    async with store.unit(organization.id) as unit:
        await unit.of(plain.row).add(plain.a_row(organization.id))
        await unit.commit()


async def test_second_unit_in_the_same_task(store: Store, team: Team, plain: Plain) -> None:
    """A second unit of the root inside an open one is refused at once with UnitOfWorkNested, and the first goes on."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        for _ in range(2):
            with pytest.raises(UnitOfWorkNested, match=str(organization.id)) as caught:
                await write(store, plain, organization)
            assert not caught.value.retryable
            assert caught.value.details() == {"entity": team.root.__name__, "id": str(organization.id)}
        await unit.commit()
    assert len(await team.members(store, organization.id)) == 2


async def test_second_unit_after_the_first(store: Store, team: Team, plain: Plain) -> None:
    """After its commit or its block a unit holds nothing, so that the same task can open the next one."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.commit()
        await write(store, plain, organization)
    async with store.unit(organization.id):
        pass
    await write(store, plain, organization)
    async with store.reading(organization.id) as reading:
        assert await reading.of(plain.row).count() == 2


async def test_units_of_others_inside_a_unit(store: Store, team: Team, plain: Plain) -> None:
    """A unit of another root, one that creates a root, a reading and a system unit can be opened inside of a unit."""
    organization, other = await team.created(store), await team.created(store)
    async with store.unit(organization.id) as unit:
        await write(store, plain, other)
        assert (await team.created(store)).version == 1
        async with store.reading(organization.id) as reading, store.system() as system:
            assert await reading.of(team.member).count() == 1
            assert await system.of(plain.row).count(lambda folder: folder.organization_id == other.id) == 1
        await unit.commit()
    await team.assert_untouched(store, organization.id)


async def test_child_task_waits_for_its_parent(store: Store, team: Team, plain: Plain) -> None:
    """A task that was started inside of a unit waits for that unit like any other task, and gets its turn."""
    organization = await team.created(store)
    async with AsyncExitStack() as law, store.unit(organization.id) as unit:
        child = started(law, write(store, plain, organization))
        await assert_waits(child)
        await unit.commit()
        await child
    async with store.reading(organization.id) as reading:
        assert await reading.of(plain.row).count() == 1


async def test_child_task_for_which_its_parent_waits(store: Store, team: Team) -> None:
    """If the parent waits for the child task, the child's time ends, and its error names the holder of the lock."""
    organization = await team.created(store)

    async def wait() -> None:
        async with store.unit(organization.id, seconds=0.05):
            pytest.fail("the unit was opened")

    async def hold() -> None:
        async with store.unit(organization.id):
            await asyncio.create_task(wait())

    with pytest.raises((ConcurrencyConflict, DeadlineExceeded), match="task 'the one that holds it'") as caught:
        await asyncio.create_task(hold(), name="the one that holds it")
    assert caught.value.retryable
    await team.assert_untouched(store, organization.id)


async def test_unit_whose_time_is_over_is_no_nest(store: Store, team: Team, plain: Plain) -> None:
    """A unit that is open in the same task beyond its time does not keep the task from opening the next one."""
    organization = await team.created(store)

    async def attempt(seconds: float) -> None:
        async with store.unit(organization.id, seconds=seconds) as over:
            await asyncio.sleep(seconds + A_MOMENT)
            await write(store, plain, organization)
            with pytest.raises(DeadlineExceeded):
                await over.of(team.member).count()

    await with_little_time(attempt)
