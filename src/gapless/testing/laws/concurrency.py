"""Law 9: units of one organization run one after the other, and snapshots see one moment."""

import asyncio

import attrs
import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.errors import ConcurrencyConflict, RuleViolated
from gapless.kit.ids import OrganizationId
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.voice.hosted import Folder
from gapless.testing.voice.rows import (
    a_deletion,
    a_folder,
    a_user,
    an_entry,
    an_organization,
    an_owner,
    assert_waits,
    founded,
    members,
)


async def test_units_of_one_organization_take_turns(store: Store) -> None:
    """Many units that read, wait and write lose no update: each sees what the one before has committed."""
    organization = await founded(store)

    async def rename() -> None:
        async with store.unit(organization.id) as unit:
            current = await unit.of(Organization).get(organization.id)
            await asyncio.sleep(0)
            changed = attrs.evolve(current, used_minutes=current.used_minutes + 1)
            await unit.of(Organization).save(changed, an_entry(organization.id))
            await unit.commit()

    await asyncio.gather(*[rename() for _ in range(8)])
    async with store.reading(organization.id) as reading:
        found = await reading.of(Organization).get(organization.id)
    assert (found.used_minutes, found.version) == (8, 9)


async def test_second_unit_waits_for_the_first(store: Store) -> None:
    """A unit that opens while another is open waits until that one has ended, and then sees what it kept."""
    organization = await founded(store)
    steps: list[str] = []

    async def second() -> None:
        async with store.unit(organization.id) as unit:
            steps.append(f"second sees {await unit.of(Folder).count()}")

    async with store.unit(organization.id) as unit:
        waiting = asyncio.create_task(second())
        await unit.of(Folder).add(a_folder(organization.id))
        await assert_waits(waiting)
        steps.append("first commits")
        await unit.commit()
    await waiting
    assert steps == ["first commits", "second sees 1"]


async def test_units_of_two_organizations_do_not_wait(store: Store) -> None:
    """A unit of another organization is opened, used and committed while one is open."""
    mine, theirs = await founded(store), await founded(store)
    async with store.unit(mine.id) as first:
        await first.of(Folder).add(a_folder(mine.id))
        async with store.unit(theirs.id, seconds=5) as second:
            await second.of(Folder).add(a_folder(theirs.id))
            await second.commit()
        await first.commit()


@pytest.mark.parametrize("way_out", ["commit", "leave", "failure", "refusal"])
async def test_lock_is_free_however_a_unit_ends(store: Store, way_out: str) -> None:
    """After a commit, a rollback, a failed write and a refused commit the next unit gets the lock at once."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        if way_out == "commit":
            await unit.commit()
        if way_out == "failure":
            with pytest.raises(ConcurrencyConflict):
                await unit.of(User).save(attrs.evolve(owner, version=9), an_entry(organization.id))
        if way_out == "refusal":
            await unit.of(User).remove(owner, an_entry(organization.id))
            with pytest.raises(RuleViolated):
                await unit.commit()
    async with store.unit(organization.id, seconds=1) as unit:
        assert await unit.of(User).count() == 1


async def test_last_owners_demote_each_other(store: Store) -> None:
    """Of two owners who are demoted at once, one stays, and the other learns why."""
    for _ in range(5):
        organization = an_organization()
        organization = await founded(
            store, an_owner(organization.id), an_owner(organization.id), id=organization.id, slug=organization.slug
        )
        owners = await members(store, organization.id)
        results = await asyncio.gather(
            *[demote(store, organization.id, owner.id) for owner in owners], return_exceptions=True
        )
        left = [user for user in await members(store, organization.id) if user.is_owner]
        assert len(left) == 1
        assert [type(result) for result in results if result] == [RuleViolated]


async def demote(store: Store, organization_id: OrganizationId, id: object) -> None:
    """Make one owner an administrator."""
    async with store.unit(organization_id) as unit:
        (user,) = await unit.of(User).find(lambda row: row.id == id)
        await unit.of(User).save(user.with_role(Role.ADMIN), an_entry(organization_id))
        await unit.commit()


async def test_last_seat_is_taken_once(store: Store) -> None:
    """Of several members who come at once for one seat, one gets it."""
    organization = await founded(store, team_members_quota=2)
    gate = asyncio.Event()

    async def come() -> None:
        await gate.wait()
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            await unit.commit()

    tasks = [asyncio.create_task(come()) for _ in range(5)]
    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(result).split()[0] for result in results if result] == ["team_members_quota"] * 4
    assert len(await members(store, organization.id)) == 2


async def test_one_slug_is_founded_once(store: Store) -> None:
    """Of two organizations that are founded under one slug at once, one is there; the other learns why."""
    rivals = [an_organization() for _ in range(2)]
    rivals[1] = attrs.evolve(rivals[1], slug=rivals[0].slug)
    barrier = asyncio.Barrier(2)

    async def found(rival: OrganizationId) -> None:
        (organization,) = (row for row in rivals if row.id == rival)
        async with store.founding(rival) as unit:
            await barrier.wait()
            await unit.of(Organization).add(organization, an_entry(rival))
            await unit.of(User).add(an_owner(rival), an_entry(rival))
            await unit.commit()

    results = await asyncio.gather(*[found(rival.id) for rival in rivals], return_exceptions=True)
    (loser,) = [result for result in results if result]
    assert isinstance(loser, ConcurrencyConflict) or (
        isinstance(loser, RuleViolated) and loser.rule == "organizations_slug_unique"
    )
    async with store.across() as across:
        assert await across.of(type(rivals[0])).count(lambda row: row.slug == rivals[0].slug) == 1


async def test_slug_is_taken_until_its_organization_is_gone(store: Store) -> None:
    """A slug is unique among all organizations, deleted ones too, and free again when one is removed for good."""
    first = await founded(store)
    async with store.unit(first.id) as unit:
        first = await unit.of(Organization).save(deleted(first, a_deletion()), an_entry(first.id))
        await unit.commit()
    second = an_organization(slug=first.slug)
    async with store.founding(second.id) as unit:
        with pytest.raises(RuleViolated, match="organizations_slug_unique"):
            await unit.of(Organization).add(second, an_entry(second.id))
    async with store.unit(first.id) as unit:
        await unit.of(Organization).remove(first, an_entry(first.id))
        await unit.commit()
    assert (await founded(store, slug=first.slug)).slug == first.slug


async def test_snapshot_sees_one_moment(store: Store) -> None:
    """A snapshot sees the rows as they were when it was opened, whatever others commit, remove or add."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        kept, gone = await unit.of(Folder).add_all([a_folder(organization.id) for _ in range(2)])
        await unit.commit()
    async with store.reading(organization.id, snapshot=True) as snapshot, store.reading(organization.id) as newest:
        async with store.unit(organization.id) as unit:
            changed = await unit.of(Folder).save(attrs.evolve(kept, label="changed"))
            await unit.of(Folder).remove(gone)
            added = await unit.of(Folder).add(a_folder(organization.id))
            await unit.commit()
        assert set(await snapshot.of(Folder).find()) == {kept, gone}
        assert await snapshot.of(Folder).get(gone.id) == gone
        assert set(await newest.of(Folder).find()) == {changed, added}
    async with store.reading(organization.id, snapshot=True) as snapshot:
        assert await snapshot.of(Folder).count() == 2


async def test_snapshot_waits_for_nobody(store: Store) -> None:
    """A snapshot opens while a unit of its organization is open, sees nothing of it, and keeps nobody waiting."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(Folder).add(a_folder(organization.id))
        async with store.reading(organization.id, snapshot=True) as snapshot:
            assert await snapshot.of(Folder).count() == 0
            await unit.commit()
            assert await snapshot.of(Folder).count() == 0


async def test_reading_of_what_is_not_there(store: Store) -> None:
    """A reading of an organization that is not there finds nothing."""
    nobody = an_organization().id
    for snapshot in (False, True):
        async with store.reading(nobody, snapshot=snapshot) as reading:
            assert await reading.of(User).find() == ()
            assert await reading.of(Organization).count() == 0
