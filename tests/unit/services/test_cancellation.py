"""A use case that is cancelled anywhere is done as a whole or not at all, and leaves the lock to others."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import attrs
import pytest

from gapless.application.audit_records import Recorder
from gapless.domain.calls import Call, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import Role, User
from gapless.kit.json_object import Json
from gapless.kit.ports import Store
from gapless.services.calls import Calls
from gapless.services.members import Members
from gapless.services.usage import COUNTING, add_minutes
from tests.every import UseCase
from tests.unit.services.arguments import CALLABLE, IN_PARTS, deleted_long_ago, method_of, prepared
from tests.unit.services.states import LONG, Scene, expired, known_member
from tests.unit.services.worlds import (
    CancelAt,
    CountedIds,
    World,
    cancelled_everywhere,
    opened_world,
    stepped,
)

Everything = tuple[object, ...]


async def role_records_events(world: World) -> tuple[str, int, int]:
    """What a change of the owner's role leaves behind: the role, the audit records, the events."""
    user = await world.app.members.get(world.home, world.owner.id)
    return user.role.value, len(await world.actions()), len(await world.events())


async def half_done(world: World, team: type[Members]) -> tuple[list[int], int]:
    """Cancels a change of role at every await; returns at which ones it was left half done, and how many there were."""
    await world.member(role=Role.OWNER)
    found: list[int] = []
    before = await role_records_events(world)

    async def change(store: Store) -> object:
        service = team(store=store, clock=world.clock, ids=world.app.members._ids, catalogue=GAPLESS)
        return await service.change_role(world.home, world.owner.id, Role.ADMIN, actor=world.actor)

    async def check(place: int) -> None:
        nonlocal before
        role, audits, events = await role_records_events(world)
        if (role, audits, events) not in (before, ("ADMIN", before[1] + 1, before[2] + 1)):
            found.append(place)
        async with asyncio.timeout(5):  # the lock is free again
            await world.app.members.change_role(world.home, world.owner.id, Role.OWNER, actor=world.actor)
        before = await role_records_events(world)

    steps = await cancelled_everywhere(change, lambda: world.store, check)
    assert (await role_records_events(world)) == ("ADMIN", before[1] + 1, before[2] + 1)
    return found, steps


@attrs.frozen(kw_only=True)
class TwoUnits(Members):
    """A planted fault: the change and its event are kept by two units of work."""

    async def change_role(self, organization_id, user_id, role, *, actor):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as in Members
        """Changes the role first, and thinks of the sessions then."""
        recorder = Recorder(self._ids, self._clock.now(), actor)
        async with self._store.unit(organization_id) as unit:
            user = await unit.of(User).get(user_id)
            after = user.with_role(role)
            await unit.of(User).save(after, recorder.audit("user.role.changed", user, after))
            await unit.commit()
        async with self._store.unit(organization_id) as unit:
            await unit.outbox.add_all(recorder.events(organization_id, [Revoked()]))
            await unit.commit()


class Revoked:
    """Some event."""

    kind = "sessions.revoke"

    def payload(self) -> dict[str, Json]:
        """Nothing."""
        return {}


@pytest.mark.asyncio
async def test_change_role_is_whole_or_nothing(world: World) -> None:
    """Cancelled at any await, the role, its record and its event are there together or not, and the lock is free."""
    found, steps = await half_done(world, Members)
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
        waiting = asyncio.ensure_future(
            world.app.members.change_role(world.home, user.id, Role.ADMIN, actor=world.actor)
        )
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait((waiting,))
        assert waiting.cancelled()
        recorder = Recorder(world.app.members._ids, world.clock.now(), world.actor)
        after = user.renamed("Robert")
        await unit.of(User).save(after, recorder.audit("user.renamed", user, after))
        await unit.commit()
    changed = await world.app.members.change_role(world.home, user.id, Role.ADMIN, actor=world.actor)
    assert (changed.name, changed.role) == ("Robert", Role.ADMIN)


@attrs.frozen(kw_only=True)
class Trial:
    """A use case to be cancelled.

    Attributes:
        prepare: brings a world into the state in which it has something to do; returns its arguments.
        carry_out: does it in such a world.
    """

    prepare: Callable[[World], Awaitable[dict[str, object]]]
    carry_out: Callable[[World, dict[str, object]], Awaitable[object]]

    async def cancelled_at(self, place: int) -> tuple[Everything, Everything, bool]:
        """Cancels it at this await; returns what was there before and after, and whether it had so many awaits."""
        async with opened_world(CountedIds()) as world:
            arguments = await self.prepare(world)
            before = await world.everything()
            stepping = world.on(stepped(world.store, CancelAt(place)))
            task = asyncio.ensure_future(self.carry_out(stepping, arguments))
            await asyncio.wait((task,))
            async with asyncio.timeout(5), world.store.unit(world.home):  # the lock is free
                after = await world.everything()
            if not task.cancelled():
                task.result()
            return before, after, task.cancelled()

    async def half_done(self) -> list[int]:
        """Cancels it at the first await, the second, and at last not at all; returns where it was left half done."""
        before, after, cancelled = await self.cancelled_at(1)
        left = [after]
        while cancelled:
            _, after, cancelled = await self.cancelled_at(len(left) + 1)
            left.append(after)
        assert (left[0], len(left) > 3) == (before, True)
        return [place for place, state in enumerate(left, 1) if state not in (before, left[-1])]


def trial_of(use_case: str) -> Trial:
    """The use case with right arguments."""
    return Trial(
        prepare=lambda world: prepared(world, use_case),
        carry_out=lambda world, arguments: method_of(world, use_case)(**arguments),
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("use_case", [use_case for use_case in CALLABLE if use_case not in IN_PARTS])
async def test_every_use_case_is_whole_or_nothing(use_case: str) -> None:
    """Cancelled at any await, it has done everything or nothing: rows, audit records, events and what is remembered."""
    assert await trial_of(use_case).half_done() == []


@attrs.frozen(kw_only=True)
class CountsLater(Calls):
    """A planted fault: a call ends in one unit of work, and its minutes are counted by another."""

    async def finish(self, organization_id, call_id, *_, **__):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN201  # as in Calls
        """Ends the call first, and thinks of the minutes then."""
        recorder = Recorder(self._ids, self._clock.now(), COUNTING)
        async with self._store.unit(organization_id) as unit:
            before = await unit.of(Call).get(call_id)
            await unit.of(Call).save(before.finished(CallStatus.COMPLETED, recorder.at, None, None))
            await unit.commit()
        async with self._store.unit(organization_id) as unit:
            await add_minutes(unit, organization_id, 2, recorder)
            await unit.commit()


@pytest.mark.asyncio
async def test_a_call_that_is_counted_later_is_noticed() -> None:
    """A finish that needs two units is caught half done."""

    def carry_out(world: World, arguments: dict[str, object]) -> Awaitable[object]:
        calls = CountsLater(store=world.store, clock=world.clock, ids=world.parts.ids)
        return cast("UseCase", calls.finish)(**arguments)

    assert await Trial(prepare=lambda world: prepared(world, "calls.finish"), carry_out=carry_out).half_done()


async def purge(world: World) -> object:
    """Removes what was deleted long ago, row by row."""
    return await world.app.cleanup.purge_expired(LONG, batch=1)


async def states_of_a_purge(state: Callable[[Scene], Awaitable[None]]) -> list[Everything]:
    """What is there before a purge, between its units of work, and after it."""
    async with opened_world(CountedIds()) as world:
        await state(world)
        seen = [await world.everything()]

        async def look() -> None:
            if (now := await world.everything()) != seen[-1]:
                seen.append(now)

        await purge(world.on(stepped(world.store, look)))
        return seen


@pytest.mark.asyncio
@pytest.mark.parametrize(("state", "least"), [(expired, 2), (deleted_long_ago, 3)])
async def test_a_cancelled_cleanup_is_finished_by_the_next(
    state: Callable[[Scene], Awaitable[None]], least: int
) -> None:
    """Cancelled at any await, it stands between two of its units of work, and the next run gets as far as any."""
    states = await states_of_a_purge(state)
    units = len(states) - 1
    assert units >= least

    async def check(world: World) -> None:
        assert await world.everything() in states
        async with asyncio.timeout(5):
            await purge(world)
        assert numbers(await world.everything()) == numbers(states[-1])

    place, cancelled = 0, True
    while cancelled:
        place += 1
        async with opened_world(CountedIds()) as world:
            await state(world)
            task = asyncio.ensure_future(purge(world.on(stepped(world.store, CancelAt(place)))))
            await asyncio.wait((task,))
            cancelled = task.cancelled()
            await check(world)
    assert place > 4 * units


@pytest.mark.asyncio
async def test_a_cancelled_erasure_is_finished_by_the_next() -> None:
    """Cancelled at any await, it has told nothing before all values were gone, and the next run takes out the rest."""
    place, cancelled = 0, True
    while cancelled:
        place += 1
        async with opened_world(CountedIds()) as world:
            user = await known_member(world)
            erasure = world.on(stepped(world.store, CancelAt(place))).app.members.erase
            task = asyncio.ensure_future(erasure(world.home, user, actor=world.actor))
            await asyncio.wait((task,))
            cancelled = task.cancelled()
            told = "user.erased" in await world.actions()
            async with asyncio.timeout(5):
                taken = await world.app.members.erase(world.home, user, actor=world.actor)
            assert not (told and taken)
            assert await world.app.members.erase(world.home, user, actor=world.actor) == 0
            assert (await world.actions()).count("user.erased") == 1
    assert place > 12


def numbers(everything: Everything) -> list[int]:
    """How many rows of each entity there are."""
    return [len(cast("tuple[object, ...]", rows)) for rows in everything]
