"""Law 15, units inside units: a task that would wait for its own lock is told so at once; another one waits."""

import asyncio

import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, UnitOfWorkNested
from gapless.kit.ports import Store
from gapless.testing.voice.hosted import Folder
from gapless.testing.voice.rows import (
    a_folder,
    a_user,
    an_entry,
    assert_untouched,
    assert_waits,
    founded,
    members,
)


async def write(store: Store, organization: Organization) -> None:
    """A unit that adds a folder."""
    async with store.unit(organization.id) as unit:
        await unit.of(Folder).add(a_folder(organization.id))
        await unit.commit()


async def test_second_unit_in_the_same_task(store: Store) -> None:
    """A second unit of the organization inside an open one is refused at once, by its name, and the first goes on."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        for _ in range(2):
            with pytest.raises(UnitOfWorkNested, match=str(organization.id)) as caught:
                await write(store, organization)
            assert not caught.value.retryable
            assert caught.value.details() == {"entity": "Organization", "id": str(organization.id)}
        await unit.commit()
    assert len(await members(store, organization.id)) == 2


async def test_second_unit_after_the_first(store: Store) -> None:
    """A unit that has committed, or was left, holds nothing: the same task opens the next one, in the block as well."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.commit()
        await write(store, organization)
    async with store.unit(organization.id):
        pass
    await write(store, organization)
    async with store.reading(organization.id) as reading:
        assert await reading.of(Folder).count() == 2


async def test_units_of_others_inside_a_unit(store: Store) -> None:
    """A unit of another organization, a founding, a reading and a job over all may be opened inside of a unit."""
    organization, other = await founded(store), await founded(store)
    async with store.unit(organization.id) as unit:
        await write(store, other)
        assert (await founded(store)).version == 1
        async with store.reading(organization.id) as reading, store.across() as across:
            assert await reading.of(User).count() == 1
            assert await across.of(Folder).count(lambda folder: folder.organization_id == other.id) == 1
        await unit.commit()
    await assert_untouched(store, organization.id)


async def test_child_task_waits_for_its_parent(store: Store) -> None:
    """A task that was started inside of a unit waits for that like any other, and gets its turn."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        child = asyncio.create_task(write(store, organization))
        await assert_waits(child)
        await unit.commit()
        await child
    async with store.reading(organization.id) as reading:
        assert await reading.of(Folder).count() == 1


async def test_child_task_for_which_its_parent_waits(store: Store) -> None:
    """If the parent waits for the child, the child's time ends, and its error names the task that holds the lock."""
    organization = await founded(store)

    async def wait() -> None:
        async with store.unit(organization.id, seconds=0.05):
            pytest.fail("the unit was opened")

    async def hold() -> None:
        async with store.unit(organization.id):
            await asyncio.create_task(wait())

    with pytest.raises((ConcurrencyConflict, DeadlineExceeded), match="task 'the one that holds it'") as caught:
        await asyncio.create_task(hold(), name="the one that holds it")
    assert caught.value.retryable
    await assert_untouched(store, organization.id)


async def test_unit_whose_time_is_over_is_no_nest(store: Store) -> None:
    """A unit that the same task has left open beyond its time keeps nobody from the next."""
    organization = await founded(store)
    async with store.unit(organization.id, seconds=0.05) as over:
        await asyncio.sleep(0.1)
        await write(store, organization)
        with pytest.raises(DeadlineExceeded):
            await over.of(User).count()
