"""The values of a person are taken out of the trail, and what happened stays."""

from uuid import uuid4

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit.audit import Actor, AuditRecord
from gapless.kit.errors import InvalidState, InvalidValue, NotFound
from gapless.kit.ids import UserId
from gapless.kit.ports import UnitOfWork
from gapless.services import person_erasure
from gapless.services.person_erasure import PersonErasure
from tests.unit.services.states import known_member, removed_member
from tests.use_cases.deletions import purge
from tests.use_cases.worlds import SIGNUP, World, fails

pytestmark = pytest.mark.asyncio

VALUES = ("bob@", "Bob", "Roberta", "sick leave", "198.51.100.9", "Mosaic")


async def shown(world: World) -> set[str]:
    """The values of the person that the trail holds."""
    everything = "".join(str(attrs.astuple(audit, recurse=False)) for audit in await world.trail())
    return {value for value in VALUES if value in everything}


def structure(audit: AuditRecord) -> tuple[object, ...]:
    """What stays of an audit record, whoever it was about."""
    roles = [None if image is None else image.get("role") for image in (audit.before, audit.after)]
    stays = attrs.evolve(audit, before=None, after=None, ip_address=None, user_agent=None)
    return stays, audit.number, audit.recorded_at, roles


async def test_a_person_leaves_the_trail(world: World) -> None:
    """Address, name, reasons and from where somebody acted are gone; who, what, when, which row and role stay."""
    user = await known_member(world)
    before = await world.trail()
    assert await shown(world) == set(VALUES)
    assert await world.app.members.erase(world.home, user, actor=SIGNUP) == 4
    assert await shown(world) == set()
    *after, told = await world.trail()
    assert list(map(structure, after)) == list(map(structure, before))
    others = [audit for audit in before if audit.resource_id != str(user)]
    assert [audit for audit in after if audit.resource_id != str(user)] == others
    assert (told.action, told.resource_type, told.resource_id) == ("user.erased", "user", str(user))
    assert (told.before, told.after, told.metadata.to_dict()) == (None, None, {"taken": 4})


async def test_before_and_after_a_purge(world: World) -> None:
    """A purge brings nothing back into the trail, and whoever is purged already is erased all the same."""
    first = await known_member(world)
    await world.app.members.erase(world.home, first, actor=SIGNUP)
    await purge(world)
    assert await shown(world) == set()
    second = await known_member(world)
    await purge(world)
    assert await shown(world) == set(VALUES)
    await world.app.members.erase(world.home, second, actor=SIGNUP)
    assert await shown(world) == set()


async def test_erased_again(world: World) -> None:
    """Who is erased already is left as they are; what came to the trail since is taken out, and told."""
    user = await removed_member(world)
    await world.app.members.erase(world.home, user, actor=SIGNUP)
    before = await world.everything(GAPLESS)
    assert await world.app.members.erase(world.home, user, actor=SIGNUP) == 0
    assert await world.everything(GAPLESS) == before
    await world.app.members.restore(world.home, user, actor=world.actor)
    await world.app.members.rename(world.home, user, "Roberta", actor=world.actor)
    await world.app.members.remove(world.home, user, actor=world.actor)
    assert await world.app.members.erase(world.home, user, actor=SIGNUP) == 1
    assert await shown(world) == set()
    assert (await world.actions()).count("user.erased") == 2


async def test_in_a_deleted_organization(world: World) -> None:
    """Its users are deleted with it, and can be erased from its trail before that is archived."""
    user = await known_member(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    await world.app.members.erase(world.home, user, actor=SIGNUP)
    assert await shown(world) == set()


async def test_somebody_erases_themselves(world: World) -> None:
    """The audit record of an erasure that the person asks for in person does not say from where."""
    user = await removed_member(world)
    themselves = Actor.user(user, ip_address="198.51.100.9", user_agent="Mosaic")
    await world.app.members.erase(world.home, user, actor=themselves)
    assert await shown(world) == set()
    assert (await world.trail())[-1].user_id == user


async def test_what_fits_into_a_batch_goes_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many records hold something, one unit takes out the images, one from where, and one tells it."""
    user, opened = (await world.member("Bob")).id, 0
    for name in ("Rob", "Roberta"):
        themselves = Actor.user(user, ip_address="198.51.100.9", user_agent="Mosaic")
        await world.app.members.rename(world.home, user, name, actor=themselves)
    await world.app.members.remove(world.home, user, actor=world.actor)
    require_removed = PersonErasure._require_removed

    async def counted(erasure: PersonErasure, unit: UnitOfWork) -> None:
        nonlocal opened
        opened += 1
        await require_removed(erasure, unit)

    monkeypatch.setattr(PersonErasure, "_require_removed", counted)
    assert await world.app.members.erase(world.home, user, actor=SIGNUP) > 2
    looking_again = 2
    assert opened == 3 + looking_again


@pytest.mark.parametrize("units", range(1, 12))
async def test_a_run_that_is_stopped_is_finished_by_the_next(
    world: World, units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many units of work were done before a run ended, the next one takes out the rest and tells it."""
    monkeypatch.setattr(person_erasure, "BATCH", 1)
    user = await known_member(world)
    left = iter(range(units))

    async def ending(_: PersonErasure, __: object) -> None:
        if next(left, None) is None:
            raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(PersonErasure, "_require_removed", ending)
        try:
            await world.app.members.erase(world.home, user, actor=SIGNUP)
        except InterruptedError:
            assert "user.erased" not in await world.actions()
    await world.app.members.erase(world.home, user, actor=SIGNUP)
    assert await shown(world) == set()
    assert (await world.actions()).count("user.erased") == 1


async def test_erasure_refuses(world: World) -> None:
    """A member, somebody who was never here, an organization that is none and an actor who is none are refused."""
    member, removed = (await world.member("Tom")).id, await removed_member(world)
    before = await world.everything(GAPLESS)
    erase = world.app.members.erase
    refusal = await fails(lambda: erase(world.home, member, actor=SIGNUP), InvalidState)
    assert "members.remove" in refusal.message
    await fails(lambda: erase(world.home, UserId(uuid4()), actor=SIGNUP), NotFound)
    await fails(lambda: erase(OrganizationId(uuid4()), removed, actor=SIGNUP), NotFound)
    await fails(lambda: erase(world.home, removed, actor="Ann"), InvalidValue)  # type: ignore[arg-type]  # as hosts may
    await fails(lambda: erase(world.home, "Bob", actor=SIGNUP), InvalidValue)  # type: ignore[arg-type]  # as above
    assert await world.everything(GAPLESS) == before
