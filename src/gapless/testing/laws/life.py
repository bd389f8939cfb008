"""Law 3: a unit of work is opened once, used by one task, committed once, and unusable once a write has failed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from gapless.kit import Entity, model_of
from gapless.kit.assignments import assign
from gapless.kit.errors import (
    ConcurrencyConflict,
    DeclarationError,
    NotFound,
    QueryRefused,
    RuleViolated,
    UnitOfWorkBusy,
    UnitOfWorkClosed,
    UnitOfWorkFailed,
)
from gapless.kit.ids import RootId, UserId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.rights import Uses
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import a_deletion, an_audit_record, an_event, fresh_id

Use = Callable[[UnitOfWork, Team, Plain, RootId], Awaitable[object]]
USES: dict[str, Use] = {
    "get": lambda unit, team, _, home: unit.of(team.root).get(home),
    "find": lambda unit, team, *_: unit.of(team.member).find(),
    "count": lambda unit, _, plain, __: unit.of(plain.row).count(),
    "add": lambda unit, _, plain, home: unit.of(plain.row).add(plain.a_row(home)),
    "add_all": lambda unit, _, plain, home: unit.of(plain.row).add_all([plain.a_row(home)]),
    "save": lambda unit, team, _, home: unit.of(team.member).save(team.a_member(home), an_audit_record(home)),
    "save_unaudited": lambda unit, team, _, home: unit.of(team.member).save_unaudited(team.a_member(home)),
    "remove": lambda unit, team, _, home: unit.of(team.member).remove(team.a_member(home), an_audit_record(home)),
    "update_where": lambda unit, _, plain, home: unit.of(plain.row).update_where(
        lambda row: row.id == home, lambda row: (plain.said(row, "other"),)
    ),
    "delete_where": lambda unit, _, plain, home: unit.of(plain.row).delete_where(lambda row: row.id == home),
    "commit": lambda unit, *_: unit.commit(),
}
every_use = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())


@every_use
async def test_use_before_enter(store: Store, team: Team, plain: Plain, use: Use) -> None:
    """A unit that is not entered refuses every use."""
    organization = await team.created(store)
    with pytest.raises(UnitOfWorkClosed):
        await use(store.unit(organization.id), team, plain, organization.id)


@every_use
async def test_use_after_exit(store: Store, team: Team, plain: Plain, use: Use) -> None:
    """A unit that was left refuses every use."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        pass
    with pytest.raises(UnitOfWorkClosed):
        await use(unit, team, plain, organization.id)


@every_use
async def test_use_after_commit(store: Store, team: Team, plain: Plain, use: Use) -> None:
    """A committed unit refuses every use, also a second commit, and its rows stay as they were committed."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.commit()
        with pytest.raises(UnitOfWorkClosed):
            await use(unit, team, plain, organization.id)
    assert len(await team.members(store, organization.id)) == 2


async def test_unit_is_entered_once(store: Store, team: Team) -> None:
    """A unit can't be entered a second time, neither while it is open nor afterwards."""
    organization = await team.created(store)
    unit = store.unit(organization.id)
    async with unit:
        with pytest.raises(UnitOfWorkClosed):
            await unit.__aenter__()
        assert await unit.of(team.member).count() == 1
    with pytest.raises(UnitOfWorkClosed):
        await unit.__aenter__()
    await team.assert_untouched(store, organization.id)


async def test_reading_outside_of_its_block(store: Store, team: Team) -> None:
    """A reading that is left refuses every read."""
    organization = await team.created(store)
    async with store.reading(organization.id) as reading:
        users = reading.of(team.member)
    for read in (users.get(organization.id), users.find(), users.count()):
        with pytest.raises(UnitOfWorkClosed):
            await read


async def violate(unit: UnitOfWork, team: Team, _: Plain, home: RootId) -> object:
    """Makes a write that a check refuses."""
    broken = model_of(team.member).evolved(team.a_member(home), {"name": "x"})
    return await unit.of(team.member).add(broken, an_audit_record(home))


async def save_stale(unit: UnitOfWork, team: Team, _: Plain, home: RootId) -> object:
    """Saves a stale version."""
    member = (await unit.of(team.member).find())[0]
    await unit.of(team.member).save(member, an_audit_record(home))
    return await unit.of(team.member).save(member, an_audit_record(home))


FAILURES: dict[str, tuple[Use, type[Exception]]] = {
    "rule": (violate, RuleViolated),
    "stale": (save_stale, ConcurrencyConflict),
    "missing": (USES["save"], NotFound),
    "refused": (
        lambda unit, _, plain, home: unit.of(plain.row).update_where(lambda row: row.id == home, lambda _: ()),
        QueryRefused,
    ),
}


@pytest.mark.parametrize("failing", FAILURES.values(), ids=FAILURES.keys())
@every_use
async def test_use_after_failed_write(
    store: Store, team: Team, plain: Plain, failing: tuple[Use, type[Exception]], use: Use
) -> None:
    """After a write has raised, every use raises UnitOfWorkFailed, also the commit, and nothing of the unit is kept."""
    write, expected = failing
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(plain.row).add(plain.a_row(organization.id))
        with pytest.raises(expected):
            await write(unit, team, plain, organization.id)
        with pytest.raises(UnitOfWorkFailed):
            await use(unit, team, plain, organization.id)
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    await team.assert_untouched(store, organization.id)
    async with store.reading(organization.id) as reading:
        assert await reading.of(plain.row).count() == 0


async def test_refused_commit_fails_the_unit(store: Store, team: Team, plain: Plain) -> None:
    """A unit whose commit was refused can't be used and can't commit again."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).delete_where(lambda row: row.name == "Ann", an_audit_record(organization.id))
        with pytest.raises(RuleViolated, match=team.owner_rule):
            await unit.commit()
        for use in USES.values():
            with pytest.raises(UnitOfWorkFailed):
                await use(unit, team, plain, organization.id)
    await team.assert_untouched(store, organization.id)


async def test_reads_that_find_nothing_do_not_fail_the_unit(store: Store, team: Team, plain: Plain) -> None:
    """A get that finds nothing and a query that is refused leave the unit as it was."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(plain.row).add(plain.a_row(organization.id))
        with pytest.raises(NotFound):
            await unit.of(team.member).get(UserId(fresh_id()))
        with pytest.raises(QueryRefused):
            await unit.of(team.member).find(limit=0)
        with pytest.raises(QueryRefused):
            await unit.of(team.member).count(lambda row: row.last_seen_at is None)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.of(plain.row).count() == 1


async def test_two_tasks_at_once(store: Store, team: Team) -> None:
    """If two tasks use one unit at once, the second gets UnitOfWorkBusy or its answer, and the first goes on."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        results = await asyncio.gather(
            unit.of(team.member).count(), unit.of(team.member).count(), return_exceptions=True
        )
        assert results[0] == 1
        assert results[1] == 1 or isinstance(results[1], UnitOfWorkBusy)
        await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.commit()
    assert len(await team.members(store, organization.id)) == 2


async def test_unit_of_an_organization_that_is_not_there(store: Store, team: Team) -> None:
    """Opening a unit for a root that is not there, or with a value that is not an id, raises NotFound."""
    for unknown in (fresh_id(), cast(RootId, "1")):  # callers make such mistakes
        with pytest.raises(NotFound) as caught:
            async with store.unit(unknown):
                pytest.fail("the unit was opened")
        assert caught.value.to_dict()["entity"] == team.root.__name__


async def test_deleted_organization_has_units(store: Store, team: Team) -> None:
    """A unit of a soft-deleted root opens, so that the root can be restored in it."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        found = await unit.of(team.root).get(organization.id, include_deleted=True)
        assert (await unit.of(team.root).save(restored(found), an_audit_record(organization.id))).version == 3
        await unit.commit()


async def test_unit_that_writes_nothing(store: Store, team: Team) -> None:
    """A unit that only read, or did nothing, can commit."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.commit()
    async with store.creating(fresh_id()) as unit:
        await unit.commit()
    await team.assert_untouched(store, organization.id)


async def test_unknown_entity(store: Store, team: Team) -> None:
    """A repository of an entity that is not in the catalogue is refused, in a unit and in system scope."""
    organization = await team.created(store)

    class Unknown(Entity):
        """An entity that is in no catalogue."""

    async with store.unit(organization.id) as unit, store.reading(organization.id) as reading, store.system() as system:
        for opened in (unit, reading, system):
            with pytest.raises(DeclarationError):
                opened.of(Unknown)
    with pytest.raises(DeclarationError):
        await store.require_rights(Uses(OutboxEvent, adds=True), Uses(Unknown, removes=True))


async def test_creation_rolls_back(store: Store, team: Team) -> None:
    """A root that was created in a unit without a commit is not there."""
    organization = team.a_root()
    async with store.creating(organization.id) as unit:
        await unit.of(team.root).add(organization, an_audit_record(organization.id), (an_event(organization.id),))
    with pytest.raises(NotFound):
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")
    async with store.system() as unit_across:
        assert await unit_across.of(OutboxEvent).count(lambda row: row.root_id == organization.id) == 0


async def test_nothing_is_created_twice(store: Store, team: Team) -> None:
    """Creating a root that is there already is refused, and leaves the root as it was."""
    organization = await team.created(store)
    async with store.creating(organization.id) as unit:
        with pytest.raises(RuleViolated, match=team.root_key_rule):
            await unit.of(team.root).add(team.a_root(id=organization.id), an_audit_record(organization.id))
    await team.assert_untouched(store, organization.id)


async def test_set_based_write_is_told_once(store: Store, team: Team) -> None:
    """The audit record and the events of a set-based write are kept once."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        events = (an_event(organization.id), an_event(organization.id))
        await unit.of(team.member).update_where(
            lambda row: row.name == "Ann", lambda row: (assign(row.name, "Anna"),), audit, events
        )
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.get(audit.id) == audit
        assert await reading.outbox.find() == tuple(
            sorted((model_of(OutboxEvent).evolved(event, {"version": 1}) for event in events), key=lambda e: e.id)
        )
