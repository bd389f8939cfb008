"""A change of role that is cancelled anywhere is done as a whole or not at all."""

import asyncio

import attrs
import pytest

from gapless.domain.json_object import Json
from gapless.domain.ports import Store
from gapless.domain.users import Role
from gapless.services.recording import Recording
from gapless.services.team import TeamService
from tests.unit.services.worlds import World, cancelled_everywhere


async def role_entries_events(world: World) -> tuple[str, int, int]:
    """What a change of the owner's role leaves behind: the role, the entries, the events."""
    user = await world.app.team.get(world.home, world.owner.id)
    return user.role.value, len(await world.actions()), len(await world.events())


async def half_done(world: World, team: type[TeamService]) -> tuple[list[int], int]:
    """Cancels a change of role at every await; returns at which ones it was left half done, and how many there were."""
    await world.member(role=Role.OWNER)
    found: list[int] = []
    before = await role_entries_events(world)

    async def change(store: Store) -> object:
        service = team(store=store, clock=world.clock, ids=world.app.team._ids)
        return await service.change_role(world.home, world.owner.id, Role.ADMIN, actor=world.actor)

    async def check(place: int) -> None:
        nonlocal before
        role, entries, events = await role_entries_events(world)
        if (role, entries, events) not in (before, ("ADMIN", before[1] + 1, before[2] + 1)):
            found.append(place)
        async with asyncio.timeout(5):  # the lock is free again
            await world.app.team.change_role(world.home, world.owner.id, Role.OWNER, actor=world.actor)
        before = await role_entries_events(world)

    steps = await cancelled_everywhere(change, lambda: world.store, check)
    assert (await role_entries_events(world)) == ("ADMIN", before[1] + 1, before[2] + 1)
    return found, steps


@attrs.frozen(kw_only=True)
class TwoUnits(TeamService):
    """A planted fault: the change and its event are kept by two units of work."""

    async def change_role(self, organization_id, user_id, role, *, actor):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as in TeamService
        """Changes the role first, and thinks of the sessions then."""
        record = Recording(self._ids, self._clock.now(), actor)
        async with self._store.unit(organization_id) as unit:
            user = await unit.users.get(user_id)
            after = user.with_role(role)
            await unit.users.save(after, record.entry("user.role.changed", user, after))
            await unit.commit()
        async with self._store.unit(organization_id) as unit:
            await unit.outbox.add_all(record.events(organization_id, [Revoked()]))
            await unit.commit()


class Revoked:
    """Some event."""

    kind = "sessions.revoke"

    def payload(self) -> dict[str, Json]:
        """Nothing."""
        return {}


@pytest.mark.asyncio
async def test_change_role_is_whole_or_nothing(world: World) -> None:
    """Cancelled at any await, the role, its entry and its event are there together or not, and the lock is free."""
    found, steps = await half_done(world, TeamService)
    assert found == []
    assert steps == 9


@pytest.mark.asyncio
async def test_half_done_work_is_noticed(world: World) -> None:
    """A change of role that needs two units is caught half done."""
    found, _ = await half_done(world, TwoUnits)
    assert found


@pytest.mark.asyncio
async def test_cancelled_while_waiting_for_the_lock(world: World) -> None:
    """A change of role that is cancelled while another unit holds the lock leaves the lock to that unit."""
    user = await world.member()
    async with world.store.unit(world.home) as unit:
        waiting = asyncio.ensure_future(world.app.team.change_role(world.home, user.id, Role.ADMIN, actor=world.actor))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait((waiting,))
        assert waiting.cancelled()
        record = Recording(world.app.team._ids, world.clock.now(), world.actor)
        after = user.renamed("Robert")
        await unit.users.save(after, record.entry("user.renamed", user, after))
        await unit.commit()
    changed = await world.app.team.change_role(world.home, user.id, Role.ADMIN, actor=world.actor)
    assert (changed.name, changed.role) == ("Robert", Role.ADMIN)
