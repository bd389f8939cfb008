"""Law 1: a unit sees committed rows and its own writes; others see these after its commit; it is all or nothing."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from gapless.kit.assignments import assign
from gapless.kit.errors import NotFound, QueryRefused, UnitOfWorkClosed
from gapless.kit.ports import Store
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import an_audit_record, an_event, started


async def test_unit_sees_its_own_writes(store: Store, team: Team) -> None:
    """Every read of a unit sees what the unit has added, changed and removed."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(
            team.a_member(organization.id, name="Bob"), an_audit_record(organization.id)
        )
        assert await unit.of(team.member).get(user.id) == user
        saved = await unit.of(team.member).save(user.renamed("Robert"), an_audit_record(organization.id))
        assert await unit.of(team.member).find(lambda row: row.name == "Robert") == (saved,)
        assert await unit.of(team.member).count(lambda row: row.role == team.role.OPERATOR) == 1
        await unit.of(team.member).update_where(
            lambda row: row.role == team.role.OPERATOR,
            lambda row: (assign(row.name, "Rob"),),
            an_audit_record(organization.id),
        )
        again = await unit.of(team.member).get(user.id)
        assert (again.name, again.version) == ("Rob", 3)
        await unit.of(team.member).remove(again, an_audit_record(organization.id))
        with pytest.raises(NotFound):
            await unit.of(team.member).get(user.id)


async def test_nobody_sees_a_write_before_its_commit(store: Store, team: Team) -> None:
    """A reading sees the rows as they were while a unit is open, and its changes after the commit."""
    organization = await team.created(store)
    user = team.a_member(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(user, an_audit_record(organization.id))
        async with store.reading(organization.id) as reading:
            assert await reading.of(team.member).count() == 1
            await unit.commit()
            assert await reading.of(team.member).count() == 2
            assert (await reading.of(team.member).get(user.id)).version == 1


async def test_unit_sees_what_others_committed_meanwhile(store: Store, team: Team, plain: Plain) -> None:
    """A unit sees every commit before it was opened, and a reading every commit before each of its reads."""
    organization = await team.created(store)
    async with store.reading(organization.id) as reading:
        for number in range(3):
            async with store.unit(organization.id) as unit:
                assert await unit.of(plain.row).count() == number
                await unit.of(plain.row).add(plain.a_row(organization.id))
                await unit.commit()
            assert await reading.of(plain.row).count() == number + 1


async def test_leaving_without_commit_keeps_nothing(store: Store, team: Team) -> None:
    """A block that ends without a commit keeps no row, no audit record and no event."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(
            team.a_member(organization.id), an_audit_record(organization.id), (an_event(organization.id),)
        )
    await team.assert_untouched(store, organization.id)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, NotFound], ids=lambda kind: kind.__name__)
async def test_exception_keeps_nothing(store: Store, team: Team, error: type[BaseException]) -> None:
    """A block that ends with any exception keeps nothing, and the exception is not changed."""
    organization = await team.created(store)
    raised = NotFound("Member", 1) if error is NotFound else error()

    async def work() -> None:
        async with store.unit(organization.id) as unit:
            await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            raise raised

    with pytest.raises(error) as caught:
        await work()
    assert caught.value is raised
    await team.assert_untouched(store, organization.id)


async def test_cancellation_keeps_nothing(store: Store, team: Team) -> None:
    """A unit whose task is cancelled inside the block keeps nothing, and the lock of its root is free again."""
    organization = await team.created(store)
    written = asyncio.Event()

    async def work() -> None:
        async with store.unit(organization.id) as unit:
            await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            written.set()
            await asyncio.Event().wait()

    async with AsyncExitStack() as law:
        task = started(law, work())
        await asyncio.wait([task, started(law, written.wait())], return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await team.assert_untouched(store, organization.id)


async def test_own_selects_are_asked_in_a_snapshot(store: Store, team: Team) -> None:
    """A reading has a connection for SELECTs of the host's own in a snapshot alone, and none after its end."""
    organization = await team.created(store)
    async with store.reading(organization.id) as reading:
        with pytest.raises(QueryRefused, match="snapshot=True"):
            _ = reading.connection
        assert await reading.of(team.member).count() == 1
    async with store.reading(organization.id, snapshot=True) as reading:
        assert await reading.of(team.member).count() == 1
    with pytest.raises(UnitOfWorkClosed):
        _ = reading.connection


async def test_what_a_store_gives_is_a_value(store: Store, team: Team) -> None:
    """Adding a row does not change the value that was handed over, and returns the row that is found later."""
    organization = await team.created(store)
    owner = team.an_owner(organization.id)
    async with store.unit(organization.id) as unit:
        stored = await unit.of(team.member).add(owner, an_audit_record(organization.id))
        await unit.commit()
    assert owner.version == 0
    assert stored in await team.members(store, organization.id)
