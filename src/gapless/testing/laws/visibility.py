"""Law 1: a unit sees what is committed and what it wrote; nobody else sees that before its commit; all or nothing."""

import asyncio

import pytest

from gapless.domain.users import Role, User
from gapless.kit.errors import NotFound
from gapless.kit.ports import Store
from gapless.kit.queries import assign
from gapless.testing.voice.hosted import Folder
from gapless.testing.voice.rows import (
    a_folder,
    a_user,
    an_entry,
    an_event,
    an_owner,
    assert_untouched,
    founded,
    members,
)


async def test_unit_sees_its_own_writes(store: Store) -> None:
    """What a unit added, changed or removed is so for every read of that unit."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(User).add(a_user(organization.id, name="Bob"), an_entry(organization.id))
        assert await unit.of(User).get(user.id) == user
        saved = await unit.of(User).save(user.renamed("Robert"), an_entry(organization.id))
        assert await unit.of(User).find(lambda row: row.name == "Robert") == (saved,)
        assert await unit.of(User).count(lambda row: row.role == Role.OPERATOR) == 1
        await unit.of(User).update_where(
            lambda row: row.role == Role.OPERATOR,
            lambda row: (assign(row.name, "Rob"),),
            an_entry(organization.id),
        )
        again = await unit.of(User).get(user.id)
        assert (again.name, again.version) == ("Rob", 3)
        await unit.of(User).remove(again, an_entry(organization.id))
        with pytest.raises(NotFound):
            await unit.of(User).get(user.id)


async def test_nobody_sees_a_write_before_its_commit(store: Store) -> None:
    """A reading that looks while a unit is open sees the rows as they were, and after its commit as they are."""
    organization = await founded(store)
    user = a_user(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(user, an_entry(organization.id))
        async with store.reading(organization.id) as reading:
            assert await reading.of(User).count() == 1
            await unit.commit()
            assert await reading.of(User).count() == 2
            assert (await reading.of(User).get(user.id)).version == 1


async def test_unit_sees_what_others_committed_meanwhile(store: Store) -> None:
    """A unit that opens sees every commit before it, and a reading each commit before each of its reads."""
    organization = await founded(store)
    async with store.reading(organization.id) as reading:
        for number in range(3):
            async with store.unit(organization.id) as unit:
                assert await unit.of(Folder).count() == number
                await unit.of(Folder).add(a_folder(organization.id))
                await unit.commit()
            assert await reading.of(Folder).count() == number + 1


async def test_leaving_without_commit_keeps_nothing(store: Store) -> None:
    """A block that is left without commit leaves no row, no audit entry and no event."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_entry(organization.id), (an_event(organization.id),))
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, NotFound], ids=lambda kind: kind.__name__)
async def test_exception_keeps_nothing(store: Store, error: type[BaseException]) -> None:
    """A block that is left by an exception, whichever, keeps nothing, and the exception arrives unchanged."""
    organization = await founded(store)
    raised = NotFound("User", 1) if error is NotFound else error()

    async def work() -> None:
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            raise raised

    with pytest.raises(error) as caught:
        await work()
    assert caught.value is raised
    await assert_untouched(store, organization.id)


async def test_cancellation_keeps_nothing(store: Store) -> None:
    """A unit whose task is cancelled inside the block keeps nothing, and its organization is free again."""
    organization = await founded(store)
    written = asyncio.Event()

    async def work() -> None:
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await assert_untouched(store, organization.id)


async def test_what_a_store_gives_is_a_value(store: Store) -> None:
    """Adding a row does not change the value that was handed over, and returns what is found later."""
    organization = await founded(store)
    owner = an_owner(organization.id)
    async with store.unit(organization.id) as unit:
        stored = await unit.of(User).add(owner, an_entry(organization.id))
        await unit.commit()
    assert owner.version == 0
    assert stored in await members(store, organization.id)
