"""Releases: a released row leaves at once, what refers to it stays as it is, and nothing new refers to it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType

import attrs
import pytest

from gapless.kit import all_of
from gapless.kit.assignments import assign
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.lockers import LOCKERS_QUOTA, Locker, Rental
from gapless.testing.laws.parts import Lockers, Team
from gapless.testing.laws.removal import put
from gapless.testing.laws.rows import an_audit_record, assert_waits, started

Release = Callable[[UnitOfWork, Lockers, Locker], Awaitable[object]]


async def saved(unit: UnitOfWork, lockers: Lockers, locker: Locker) -> None:
    """Releases a locker by its row."""
    gone = attrs.evolve(locker, is_released=True)
    await unit.of(lockers.locker).save(gone, an_audit_record(locker.organization_id))


async def assigned(unit: UnitOfWork, lockers: Lockers, locker: Locker) -> None:
    """Releases a locker by a set-based write."""
    await unit.of(lockers.locker).update_where(
        lambda each: each.id == locker.id,
        lambda each: (assign(each.is_released, True),),
        an_audit_record(locker.organization_id),
    )


WAYS = pytest.mark.parametrize("release", [saved, assigned], ids=["a row", "a set"])


async def a_locker(store: Store, lockers: Lockers, home: RootId, **values: object) -> Locker:
    """Adds a locker, and gives it as stored."""
    locker = lockers.a_locker(home, **values)
    await put(store, home, locker)
    async with store.reading(home) as reading:
        return await reading.of(lockers.locker).get(locker.id)


async def released(store: Store, lockers: Lockers, home: RootId, *rentals: Rental) -> Locker:
    """Adds a locker with these rentals, of which each gets that locker, and releases it."""
    locker = await a_locker(store, lockers, home)
    await put(store, home, *(attrs.evolve(rental, locker_id=locker.id) for rental in rentals))
    async with store.unit(home) as unit:
        await saved(unit, lockers, locker)
        await unit.commit()
    return locker


async def rentals_of(store: Store, lockers: Lockers, home: RootId) -> tuple[Rental, ...]:
    """All rentals of a root."""
    async with store.reading(home) as reading:
        return await reading.of(lockers.rental).find()


@WAYS
async def test_a_released_row_leaves_every_reading(
    store: Store, team: Team, lockers: Lockers, release: Release
) -> None:
    """No read finds it, not even in the unit that has released it; only a condition on its field names it."""
    home = (await team.created(store)).id
    locker, kept = await a_locker(store, lockers, home), await a_locker(store, lockers, home)

    async def assert_gone(opened: UnitOfWork) -> None:
        rows = opened.of(lockers.locker)
        for include_deleted in (False, True):
            with pytest.raises(NotFound):
                await rows.get(locker.id, include_deleted=include_deleted)
            assert await rows.find(include_deleted=include_deleted) == (kept,)
            assert await rows.find(lambda row: row.id == locker.id, include_deleted=include_deleted) == ()
            assert await rows.count(include_deleted=include_deleted) == 1
        assert (await rows.find_readable(order=lambda row: row.label)).rows == (kept,)
        assert [row.id for row in await rows.find(lambda row: row.is_released)] == [locker.id]
        assert await rows.count(lambda row: all_of(row.is_released, row.label == locker.label)) == 1

    async with store.unit(home) as unit:
        await release(unit, lockers, locker)
        await assert_gone(unit)
        await unit.commit()
    async with store.unit(home) as unit:
        await assert_gone(unit)


@WAYS
async def test_a_released_row_is_written_by_nobody(
    store: Store, team: Team, lockers: Lockers, release: Release
) -> None:
    """It can't be saved or removed, as it was or as it is now; a set-based write leaves it as it is."""
    home = (await team.created(store)).id
    locker = await a_locker(store, lockers, home)
    async with store.unit(home) as unit:
        await release(unit, lockers, locker)
        await unit.commit()
    async with store.reading(home) as reading:
        (gone,) = await reading.of(lockers.locker).find(lambda row: row.is_released)
    for row in (locker, gone):
        async with store.unit(home) as unit:
            with pytest.raises(NotFound):
                await unit.of(lockers.locker).save(attrs.evolve(row, label="other"), an_audit_record(home))
        async with store.unit(home) as unit:
            with pytest.raises(NotFound):
                await unit.of(lockers.locker).remove(row, an_audit_record(home))
    async with store.unit(home) as unit:
        rows, audit = unit.of(lockers.locker), an_audit_record(home)
        assert (
            await rows.update_where(lambda row: row.id == locker.id, lambda row: (assign(row.label, "a"),), audit) == 0
        )
        assert await rows.delete_where(lambda row: row.id == locker.id, audit, include_deleted=True) == 0
        assert await rows.find(lambda row: row.is_released) == (gone,)


async def test_a_released_row_takes_no_place(store: Store, team: Team, lockers: Lockers) -> None:
    """Its unique values are free at once, and no rule counts it; in one unit as well."""
    home = (await team.created(store)).id
    for _ in range(2):
        added = [lockers.a_locker(home, label=f"label {number}") for number in range(LOCKERS_QUOTA)]
        async with store.unit(home) as unit:
            audit = an_audit_record(home)
            await unit.of(lockers.locker).update_where(
                lambda row: row.label != "none", lambda row: (assign(row.is_released, True),), audit
            )
            await unit.of(lockers.locker).add_all(added, audit)
            await unit.commit()
    async with store.unit(home) as unit:
        await unit.of(lockers.locker).add(lockers.a_locker(home), an_audit_record(home))
        with pytest.raises(RuleViolated, match=lockers.most_rule):
            await unit.commit()
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated) as caught:
            await unit.of(lockers.locker).add(lockers.a_locker(home, label="label 0"), an_audit_record(home))
    assert caught.value.rule == lockers.label_rule


@WAYS
async def test_what_refers_to_a_released_row_stays_as_it_is(
    store: Store, team: Team, lockers: Lockers, release: Release
) -> None:
    """A release changes nothing that can be unlinked later; all of that can still be changed, and lose its link."""
    home = (await team.created(store)).id
    locker = await a_locker(store, lockers, home)
    await put(store, home, *(lockers.a_rental(home, locker_id=locker.id) for _ in range(3)))
    before = await rentals_of(store, lockers, home)
    async with store.unit(home) as unit:
        await release(unit, lockers, locker)
        await unit.commit()
    assert await rentals_of(store, lockers, home) == before
    first, second, third = before
    async with store.unit(home) as unit:
        rows = unit.of(lockers.rental)
        await rows.save(attrs.evolve(first, is_open=True))
        await rows.save(attrs.evolve(second, locker_id=None))
        await rows.remove(third)
        await unit.commit()
    after = await rentals_of(store, lockers, home)
    assert [(row.locker_id, row.is_open) for row in after] == [(locker.id, True), (None, False)]


LINKS: Mapping[str, Callable[[UnitOfWork, Lockers, Rental, Rental], Awaitable[object]]] = MappingProxyType(
    {
        "added": lambda unit, lockers, new, _: unit.of(lockers.rental).add(new),
        "added in bulk": lambda unit, lockers, new, _: unit.of(lockers.rental).add_all(
            [lockers.a_rental(new.organization_id), new]
        ),
        "saved": lambda unit, lockers, new, there: unit.of(lockers.rental).save(
            attrs.evolve(there, locker_id=new.locker_id)
        ),
        "assigned": lambda unit, lockers, new, there: unit.of(lockers.rental).update_where(
            lambda row: row.id == there.id, lambda row: (assign(row.locker_id, new.locker_id),)
        ),
    }
)


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
async def test_nothing_new_refers_to_a_released_row(
    store: Store,
    team: Team,
    lockers: Lockers,
    link: Callable[[UnitOfWork, Lockers, Rental, Rental], Awaitable[object]],
) -> None:
    """Whoever comes to refer to it is refused by the reference, in the unit that has released it and in a later one."""
    home = (await team.created(store)).id
    locker = await a_locker(store, lockers, home)
    await put(store, home, lockers.a_rental(home))
    (there,) = await rentals_of(store, lockers, home)
    new = lockers.a_rental(home, locker_id=locker.id)
    async with store.unit(home) as unit:
        await saved(unit, lockers, locker)
        with pytest.raises(RuleViolated) as caught:
            await link(unit, lockers, new, there)
        assert (caught.value.rule, caught.value.entity) == (lockers.link_rule, lockers.rental.__name__)
    async with store.unit(home) as unit:
        await saved(unit, lockers, locker)
        await unit.commit()
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated, match=lockers.link_rule):
            await link(unit, lockers, new, there)


@WAYS
async def test_what_could_not_be_unlinked_refuses_the_release(
    store: Store, team: Team, lockers: Lockers, release: Release
) -> None:
    """A row of which a check would be false without its link keeps the row to which it refers; others do not."""
    home = (await team.created(store)).id
    locker, other = await a_locker(store, lockers, home), await a_locker(store, lockers, home)
    still_open = lockers.a_rental(home, locker_id=locker.id, is_open=True)
    await put(store, home, still_open, lockers.a_rental(home, locker_id=locker.id))
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated) as caught:
            await release(unit, lockers, locker)
    assert (caught.value.rule, caught.value.entity) == (lockers.open_rule, lockers.rental.__name__)
    async with store.unit(home) as unit:
        await release(unit, lockers, other)
        found = await unit.of(lockers.rental).get(still_open.id)
        await unit.of(lockers.rental).save(attrs.evolve(found, is_open=False))
        await release(unit, lockers, locker)
        await unit.commit()
    async with store.reading(home) as reading:
        assert await reading.of(lockers.locker).count() == 0


@WAYS
async def test_a_release_cascades_and_is_restricted(
    store: Store, team: Team, lockers: Lockers, release: Release
) -> None:
    """What would go with the row goes when it is released, and what would keep it from being removed refuses that."""
    home = (await team.created(store)).id
    locker, sealed = await a_locker(store, lockers, home), await a_locker(store, lockers, home)
    await put(store, home, lockers.a_key_tag(home, locker.id), lockers.a_key_tag(home, sealed.id))
    await put(store, home, lockers.a_seal(home, sealed.id))
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated, match=lockers.seal_rule):
            await release(unit, lockers, sealed)
    async with store.unit(home) as unit:
        await release(unit, lockers, locker)
        assert [tag.locker_id for tag in await unit.of(lockers.key_tag).find()] == [sealed.id]
        await unit.of(lockers.seal).delete_where(lambda row: row.locker_id == sealed.id)
        await release(unit, lockers, sealed)
        await unit.commit()
    async with store.reading(home) as reading:
        assert (await reading.of(lockers.key_tag).count(), await reading.of(lockers.locker).count()) == (0, 0)


async def test_there_is_no_way_back(store: Store, team: Team, lockers: Lockers) -> None:
    """No write makes a released row one that is there, and none adds a released row."""
    home = (await team.created(store)).id
    await released(store, lockers, home)
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated) as caught:
            await unit.of(lockers.locker).update_where(
                lambda row: row.is_released, lambda row: (assign(row.is_released, False),), an_audit_record(home)
            )
    assert caught.value.rule == lockers.final_rule
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated, match=lockers.final_rule):
            await unit.of(lockers.locker).add(lockers.a_locker(home, is_released=True), an_audit_record(home))


async def test_a_removal_does_what_the_references_say(store: Store, team: Team, lockers: Lockers) -> None:
    """Whoever removes the row for good unlinks what refers to it in the same statement, released or not."""
    home = (await team.created(store)).id
    await released(store, lockers, home, lockers.a_rental(home))
    locker = await a_locker(store, lockers, home)
    await put(store, home, lockers.a_rental(home, locker_id=locker.id))
    async with store.unit(home) as unit:
        await unit.of(lockers.locker).remove(locker, an_audit_record(home))
        await unit.of(lockers.locker).delete_where(lambda row: row.is_released, an_audit_record(home))
        await unit.commit()
    assert [row.locker_id for row in await rentals_of(store, lockers, home)] == [None, None]
    async with store.reading(home) as reading:
        assert await reading.of(lockers.locker).count(lambda row: row.is_released) == 0


async def test_a_release_and_a_link_wait_for_each_other(store: Store, team: Team, lockers: Lockers) -> None:
    """A unit that would refer to a row waits for the one that releases it, and is then refused."""
    home = (await team.created(store)).id
    locker = await a_locker(store, lockers, home)

    async def link() -> None:
        async with store.unit(home) as unit:
            await unit.of(lockers.rental).add(lockers.a_rental(home, locker_id=locker.id, is_open=True))
            await unit.commit()

    async with AsyncExitStack() as law:
        async with store.unit(home) as unit:
            await saved(unit, lockers, locker)
            waiting = started(law, link())
            await assert_waits(waiting)
            await unit.commit()
        with pytest.raises(RuleViolated, match=lockers.link_rule):
            await waiting
    assert await rentals_of(store, lockers, home) == ()
