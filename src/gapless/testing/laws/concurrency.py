"""Law 9: units of one root run one after the other, and a snapshot sees one moment."""

import asyncio
from contextlib import AsyncExitStack

import attrs
import pytest

from gapless.kit.columns import BigInteger
from gapless.kit.errors import ConcurrencyConflict, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import a_deletion, an_audit_record, assert_waits, at_once, started


async def test_units_of_one_organization_take_turns(store: Store, team: Team) -> None:
    """Many units that read, wait and write lose no update: each sees what the unit before has committed."""
    organization = await team.created(store)

    async def rename() -> None:
        async with store.unit(organization.id) as unit:
            current = await unit.of(team.root).get(organization.id)
            await asyncio.sleep(0)
            changed = attrs.evolve(current, used_storage=BigInteger(current.used_storage + 1))
            await unit.of(team.root).save(changed, an_audit_record(organization.id))
            await unit.commit()

    await at_once(*[rename() for _ in range(8)])
    async with store.reading(organization.id) as reading:
        found = await reading.of(team.root).get(organization.id)
    assert (found.used_storage, found.version) == (8, 9)


async def test_second_unit_waits_for_the_first(store: Store, team: Team, plain: Plain) -> None:
    """A unit that opens while another is open waits until that one has ended, and then sees what it kept."""
    organization = await team.created(store)
    steps: list[str] = []

    async def second() -> None:
        async with store.unit(organization.id) as unit:
            steps.append(f"second sees {await unit.of(plain.row).count()}")

    async with AsyncExitStack() as law:
        async with store.unit(organization.id) as unit:
            waiting = started(law, second())
            await unit.of(plain.row).add(plain.a_row(organization.id))
            await assert_waits(waiting)
            steps.append("first commits")
            await unit.commit()
        await waiting
    assert steps == ["first commits", "second sees 1"]


async def test_units_of_two_organizations_do_not_wait(store: Store, team: Team, plain: Plain) -> None:
    """A unit of another root can be opened, used and committed while a unit is open."""
    mine, theirs = await team.created(store), await team.created(store)
    async with store.unit(mine.id) as first:
        await first.of(plain.row).add(plain.a_row(mine.id))
        async with store.unit(theirs.id, seconds=5) as second:
            await second.of(plain.row).add(plain.a_row(theirs.id))
            await second.commit()
        await first.commit()


@pytest.mark.parametrize("way_out", ["commit", "leave", "failure", "refusal"])
async def test_lock_is_free_however_a_unit_ends(store: Store, team: Team, way_out: str) -> None:
    """After a commit, a rollback, a failed write and a refused commit the next unit gets the lock at once."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        if way_out == "commit":
            await unit.commit()
        if way_out == "failure":
            with pytest.raises(ConcurrencyConflict):
                await unit.of(team.member).save(attrs.evolve(owner, version=9), an_audit_record(organization.id))
        if way_out == "refusal":
            await unit.of(team.member).remove(owner, an_audit_record(organization.id))
            with pytest.raises(RuleViolated):
                await unit.commit()
    async with store.unit(organization.id, seconds=5) as unit:
        assert await unit.of(team.member).count() == 1


async def test_last_owners_demote_each_other(store: Store, team: Team) -> None:
    """If two owners are demoted at the same time, one stays an owner, and the refusal says why."""
    for _ in range(5):
        organization = team.a_root()
        organization = await team.created(
            store,
            team.an_owner(organization.id),
            team.an_owner(organization.id),
            id=organization.id,
            slug=organization.slug,
        )
        owners = await team.members(store, organization.id)
        results = await asyncio.gather(
            *[demote(store, team, organization.id, owner.id) for owner in owners], return_exceptions=True
        )
        left = [user for user in await team.members(store, organization.id) if user.is_owner]
        assert len(left) == 1
        assert [type(result) for result in results if result] == [RuleViolated]


async def demote(store: Store, team: Team, organization_id: RootId, id: object) -> None:
    """Make one owner an administrator."""
    async with store.unit(organization_id) as unit:
        (user,) = await unit.of(team.member).find(lambda row: row.id == id)
        await unit.of(team.member).save(user.with_role(team.role.ADMIN), an_audit_record(organization_id))
        await unit.commit()


async def test_last_seat_is_taken_once(store: Store, team: Team) -> None:
    """If several members come at the same time for one seat, one of them gets it."""
    organization = await team.created(store, team_members_quota=2)
    gate = asyncio.Event()

    async def come() -> None:
        await gate.wait()
        async with store.unit(organization.id) as unit:
            await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            await unit.commit()

    async with AsyncExitStack() as law:
        tasks = [started(law, come()) for _ in range(5)]
        gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(result).split()[0] for result in results if result] == [team.seats_rule] * 4
    assert len(await team.members(store, organization.id)) == 2


async def test_one_slug_is_created_once(store: Store, team: Team) -> None:
    """If two roots are created under one slug at the same time, one is created, and the other refused by its rule."""
    rivals = [team.a_root() for _ in range(2)]
    rivals[1] = attrs.evolve(rivals[1], slug=rivals[0].slug)
    barrier = asyncio.Barrier(2)

    async def found(rival: RootId) -> None:
        (organization,) = (row for row in rivals if row.id == rival)
        async with store.creating(rival) as unit:
            await barrier.wait()
            await unit.of(team.root).add(organization, an_audit_record(rival))
            await unit.of(team.member).add(team.an_owner(rival), an_audit_record(rival))
            await unit.commit()

    results = await asyncio.gather(*[found(rival.id) for rival in rivals], return_exceptions=True)
    (loser,) = [result for result in results if result]
    assert isinstance(loser, ConcurrencyConflict) or (isinstance(loser, RuleViolated) and loser.rule == team.slug_rule)
    async with store.system() as system:
        assert await system.of(type(rivals[0])).count(lambda row: row.slug == rivals[0].slug) == 1


async def test_slug_is_taken_until_its_organization_is_gone(store: Store, team: Team) -> None:
    """A slug is unique among all roots, deleted ones too, and free again when its root is removed for good."""
    first = await team.created(store)
    async with store.unit(first.id) as unit:
        first = await unit.of(team.root).save(deleted(first, a_deletion()), an_audit_record(first.id))
        await unit.commit()
    second = team.a_root(slug=first.slug)
    async with store.creating(second.id) as unit:
        with pytest.raises(RuleViolated, match=team.slug_rule):
            await unit.of(team.root).add(second, an_audit_record(second.id))
    async with store.unit(first.id) as unit:
        await unit.of(team.root).remove(first, an_audit_record(first.id))
        await unit.commit()
    assert (await team.created(store, slug=first.slug)).slug == first.slug


async def test_snapshot_sees_one_moment(store: Store, team: Team, plain: Plain) -> None:
    """A snapshot sees the rows as they were when it was opened, whatever others commit, remove or add."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        kept, gone = await unit.of(plain.row).add_all([plain.a_row(organization.id) for _ in range(2)])
        await unit.commit()
    async with store.reading(organization.id, snapshot=True) as snapshot, store.reading(organization.id) as newest:
        async with store.unit(organization.id) as unit:
            changed = await unit.of(plain.row).save(plain.saying(kept, "changed"))
            await unit.of(plain.row).remove(gone)
            added = await unit.of(plain.row).add(plain.a_row(organization.id))
            await unit.commit()
        assert set(await snapshot.of(plain.row).find()) == {kept, gone}
        assert await snapshot.of(plain.row).get(gone.id) == gone
        assert set(await newest.of(plain.row).find()) == {changed, added}
    async with store.reading(organization.id, snapshot=True) as snapshot:
        assert await snapshot.of(plain.row).count() == 2


async def test_snapshot_waits_for_nobody(store: Store, team: Team, plain: Plain) -> None:
    """A snapshot opens while a unit of its root is open, sees nothing of that unit, and does not make it wait."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(plain.row).add(plain.a_row(organization.id))
        async with store.reading(organization.id, snapshot=True) as snapshot:
            assert await snapshot.of(plain.row).count() == 0
            await unit.commit()
            assert await snapshot.of(plain.row).count() == 0


async def test_reading_of_what_is_not_there(store: Store, team: Team) -> None:
    """A reading of a root that is not there finds nothing."""
    nobody = team.a_root().id
    for snapshot in (False, True):
        async with store.reading(nobody, snapshot=snapshot) as reading:
            assert await reading.of(team.member).find() == ()
            assert await reading.of(team.root).count() == 0
