"""Who takes a seat is told the same on every store, whatever a store meets first: nothing is counted beforehand."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role, User
from gapless.kit.errors import NotFound
from gapless.kit.ports import Reading, Store
from tests.use_cases.worlds import World, fails, refused

pytestmark = pytest.mark.asyncio

Take: TypeAlias = Callable[[World, User], Awaitable[User]]
TAKEN = "ann@acme.org"


def invite(world: World, _: User) -> Awaitable[User]:
    """Invites somebody whose address another member has."""
    return world.app.members.invite(world.home, TAKEN, "Ann", Role.MANAGER, actor=world.actor)


def restore(world: World, user: User) -> Awaitable[User]:
    """Restores a user whose address another member has by now."""
    return world.app.members.restore(world.home, user.id, actor=world.actor)


async def gone(world: World) -> User:
    """A removed user who has the owner's address."""
    user = await world.member("Bob")
    removed = await world.app.members.remove(world.home, user.id, actor=world.actor)
    return await world.save(attrs.evolve(removed, email=world.owner.email))


async def fill(world: World) -> None:
    """Takes the seats that are left."""
    for name in ("Eve", "Tom", "Kim"):
        await world.member(name)


@pytest.mark.parametrize("take", [invite, restore])
async def test_the_address_is_told_while_a_seat_is_free(world: World, take: Take) -> None:
    """Whose address is taken is told that, and nothing is kept."""
    user = await gone(world)
    before = await world.everything(GAPLESS)
    await refused(lambda: take(world, user), "users_email_unique")
    assert await world.everything(GAPLESS) == before


@pytest.mark.parametrize("take", [invite, restore])
async def test_the_seats_are_told_before_the_address(world: World, take: Take) -> None:
    """If no seat is free, that is the answer, though a store meets the address first: no address would help."""
    user = await gone(world)
    await fill(world)
    before = await world.everything(GAPLESS)
    error = await refused(lambda: take(world, user), "team_members_quota")
    assert error.__cause__ is error.__context__ is None
    assert await world.everything(GAPLESS) == before


@pytest.mark.parametrize("take", [invite, restore])
@pytest.mark.parametrize("is_full", [False, True])
async def test_a_deleted_organization_is_not_found(world: World, take: Take, *, is_full: bool) -> None:
    """Nobody comes into a deleted organization, and it is not found, whatever else stands in the way."""
    user = await gone(world)
    if is_full:
        await fill(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    before = await world.everything(GAPLESS)
    error = await fails(lambda: take(world, user), NotFound)
    assert isinstance(error, NotFound)
    assert (error.entity, error.id) == ("Organization", str(world.home))
    assert await world.everything(GAPLESS) == before


async def test_only_a_refusal_is_explained(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is counted for whoever gets a seat, nor once more for whom the commit refuses one."""
    counted, counting = list[UUID](), type(world.store).reading

    def reading(store: Store, organization_id: OrganizationId) -> AbstractAsyncContextManager[Reading]:
        counted.append(organization_id)
        return counting(store, organization_id)

    monkeypatch.setattr(type(world.store), "reading", reading)
    user, members = await world.member("Bob"), world.app.members
    await members.deactivate(world.home, user.id, actor=world.actor)
    await members.reactivate(world.home, user.id, actor=world.actor)
    await members.remove(world.home, user.id, actor=world.actor)
    await members.restore(world.home, user.id, actor=world.actor)
    for name in ("Eve", "Tom"):
        await world.member(name)
    await refused(lambda: world.member("Kim"), "team_members_quota")
    assert counted == []
    await refused(lambda: invite(world, user), "team_members_quota")
    assert counted == [world.home]
