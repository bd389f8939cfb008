"""Law 10: a cancellation, wherever it comes, leaves nothing half done, and the lock of the root free."""

import asyncio
from contextlib import AsyncExitStack

import attrs
import pytest

from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.ports import Store
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import NOW, an_audit_record, an_event, assert_waits, started
from gapless.testing.laws.steps import cancelled_at, every_cancellation


async def state_of(store: Store, team: Team, organization: RootId) -> tuple[str, int, int]:
    """The role of the first member, and how many audit records and events there are; the lock has to be free."""
    async with store.unit(organization, seconds=5) as unit:
        users = await unit.of(team.member).find()
        return users[0].role.value, await unit.audit_trail.count(), await unit.outbox.count()


async def test_role_change_is_cancelled_everywhere(store: Store, team: Team) -> None:
    """A role change that is cancelled at any of its suspensions is kept as a whole or not at all."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.an_owner(organization.id), an_audit_record(organization.id))
        await unit.commit()
    roles = {"OWNER": team.role.ADMIN, "ADMIN": team.role.OWNER}
    before = await state_of(store, team, organization.id)

    async def change() -> None:
        async with store.unit(organization.id) as unit:
            user = (await unit.of(team.member).find())[0]
            user = await unit.of(team.member).get(user.id)
            changed = user.with_role(roles[user.role.value])
            await unit.of(team.member).save(changed, an_audit_record(organization.id), (an_event(organization.id),))
            await unit.commit()

    async def check() -> None:
        nonlocal before
        after = await state_of(store, team, organization.id)
        role, audits, events = before
        assert after in (before, (roles[role].value, audits + 1, events + 1))
        before = after

    await every_cancellation(change, check)
    await check()


async def test_creation_is_cancelled_everywhere(store: Store, team: Team) -> None:
    """A unit that creates a root and is cancelled leaves the whole root or nothing."""
    organization = team.a_root()

    async def found() -> None:
        nonlocal organization
        organization = team.a_root()
        async with store.creating(organization.id) as unit:
            await unit.of(team.root).add(organization, an_audit_record(organization.id))
            await unit.of(team.member).add_all(
                [team.an_owner(organization.id), team.a_member(organization.id)], an_audit_record(organization.id)
            )
            await unit.commit()

    async def check() -> None:
        try:
            role, audits, events = await state_of(store, team, organization.id)
        except NotFound:
            assert await team.members(store, organization.id) == ()
        else:
            assert (role, audits, events) == ("OWNER", 2, 0)

    await every_cancellation(found, check)
    await check()


async def test_failing_units_are_cancelled_everywhere(store: Store, team: Team) -> None:
    """A unit that failed at a write or was refused at commit, and is cancelled while it ends, leaves nothing."""
    organization = await team.created(store)
    before = await state_of(store, team, organization.id)

    async def fail() -> None:
        async with store.unit(organization.id) as unit:
            (owner,) = await unit.of(team.member).find()
            twin = attrs.evolve(owner, id=team.a_member(organization.id).id)
            with pytest.raises(RuleViolated):
                await unit.of(team.member).add(twin, an_audit_record(organization.id))

    async def be_refused() -> None:
        async with store.unit(organization.id) as unit:
            (owner,) = await unit.of(team.member).find()
            await unit.of(team.member).remove(owner, an_audit_record(organization.id))
            with pytest.raises(RuleViolated):
                await unit.commit()

    async def check() -> None:
        assert await state_of(store, team, organization.id) == before

    for work in (fail, be_refused):
        await every_cancellation(work, check)
        await check()


async def test_reads_are_cancelled_everywhere(store: Store, team: Team, plain: Plain) -> None:
    """Readings, snapshots and units over all roots that are cancelled leave everything as it was."""
    organization = await team.created(store)

    async def read() -> None:
        async with store.reading(organization.id) as reading, store.reading(organization.id, snapshot=True) as one:
            await reading.of(team.member).find()
            await one.of(team.member).find()
            async with store.system() as system:
                await system.of(plain.row).count()
                await system.commit()

    async def check() -> None:
        await state_of(store, team, organization.id)

    await every_cancellation(read, check)


async def test_waiting_for_the_lock_is_cancelled_everywhere(store: Store, team: Team, plain: Plain) -> None:
    """A unit that is cancelled while it waits for its turn lets the next one have it."""
    organization = await team.created(store)

    async def write() -> None:
        async with store.unit(organization.id) as unit:
            await unit.of(plain.row).add(plain.a_row(organization.id))
            await unit.commit()

    for number in range(1, 12):
        async with AsyncExitStack() as law:
            async with store.unit(organization.id) as holder:
                cancelled, waiting = started(law, cancelled_at(write(), number)), started(law, write())
                await holder.of(plain.row).delete_where(lambda row: row.created_at <= NOW)
                await assert_waits(waiting)
                await holder.commit()
            await asyncio.wait([cancelled, waiting])
            waiting.result()
            assert cancelled.cancelled() or cancelled.exception() is None
        async with store.reading(organization.id) as reading:
            assert await reading.of(plain.row).count() in (1, 2)
