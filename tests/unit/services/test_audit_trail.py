"""Reading the audit trail."""

from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.kit.audit import Actor
from gapless.kit.errors import InvalidValue, QueryRefused
from gapless.kit.ids import UserId
from tests.properties import bounded
from tests.unit.services.worlds import SIGNUP, World, opened_world


@pytest.mark.asyncio
@bounded(20)
@given(pauses=st.lists(st.integers(0, 2), max_size=8), limit=st.integers(1, 11))
async def test_pages(pauses: list[int], limit: int) -> None:
    """Pages of any size, one after the other, hold the whole trail once, newest first, also what happened at once."""
    async with opened_world() as world:
        for place, pause in enumerate(pauses):
            world.clock.turn(timedelta(seconds=pause))
            await world.app.organizations.rename(world.home, f"Name {place}", actor=world.actor)
        pages = [await world.app.audit_trail.of_root(world.home, limit=limit)]
        while pages[-1].next is not None:
            pages.append(await world.app.audit_trail.of_root(world.home, after=pages[-1].next, limit=limit))
        expected = await world.trail()
        assert [audit.id for page in pages for audit in page.items] == [audit.id for audit in reversed(expected)]
        assert all(len(page.items) == limit for page in pages[:-1])


@pytest.mark.asyncio
async def test_of_resource(world: World) -> None:
    """The trail of a row holds what happened to it, whoever did it; its id may be given as a text."""
    user, trail = await world.member(), world.app.audit_trail
    await world.app.members.rename(world.home, user.id, "Robert", actor=SIGNUP)
    found = await trail.of_resource(world.home, "user", user.id)
    assert [audit.action for audit in found.items] == ["user.renamed", "user.invited"]
    assert found == await trail.of_resource(world.home, "user", str(user.id))
    assert (await trail.of_resource(world.home, "organization", user.id)).items == ()


@pytest.mark.asyncio
async def test_of_user(world: World) -> None:
    """The trail of a user holds what that user did, and nothing that a job or another did."""
    user = await world.member()
    await world.app.organizations.rename(world.home, "Other", actor=Actor.user(user.id))
    found = await world.app.audit_trail.of_user(world.home, user.id)
    assert [audit.action for audit in found.items] == ["organization.renamed"]


@pytest.mark.asyncio
async def test_each_organization_has_its_own(world: World) -> None:
    """An organization's trail stays when it is deleted, and no other organization sees it."""
    other = await world.app.organizations.create("Globex", "globex", "eve@globex.com", "Eve", actor=SIGNUP)
    await world.app.organizations.delete(world.home, actor=world.actor)
    trail = world.app.audit_trail
    mine = (await trail.of_root(world.home)).items
    theirs = (await trail.of_root(other.organization.id)).items
    assert [audit.action for audit in mine] == ["organization.deleted", "user.invited", "organization.founded"]
    assert [audit.action for audit in theirs] == ["user.invited", "organization.founded"]
    page = await trail.of_root(other.organization.id, limit=1)
    for after in (page.next, str(theirs[0].id)):
        with pytest.raises(InvalidValue):
            await trail.of_root(world.home, after=after)


@pytest.mark.asyncio
async def test_refuses(world: World) -> None:
    """A limit that is none, and a text that no audit record can hold, are refused."""
    with pytest.raises(QueryRefused):
        await world.app.audit_trail.of_root(world.home, limit=0)
    with pytest.raises(QueryRefused):
        await world.app.audit_trail.of_resource(world.home, "us\0er", "1")


@pytest.mark.asyncio
async def test_of_whom_is_an_id(world: World) -> None:
    """What is no id is refused as the argument that it is, and not as a part of a condition."""
    for wrong in (5, "ann", None):
        with pytest.raises(InvalidValue) as caught:
            await world.app.audit_trail.of_user(world.home, cast(UserId, wrong))
        assert caught.value.fields == ("user_id",)
