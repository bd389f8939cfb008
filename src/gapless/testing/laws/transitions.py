"""Transitions: rules over a change, checked at every write on the row before and after it."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.kit.assignments import assign
from gapless.kit.columns import BigInteger
from gapless.kit.errors import RuleViolated, UnitOfWorkFailed
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import an_audit_record
from gapless.testing.laws.workspaces import Workspace

Write = Callable[[UnitOfWork, Team, Workspace], Awaitable[object]]


def saving(used: int, quota: int) -> Write:
    """A function that saves the root with this usage and this quota."""
    return lambda unit, team, row: unit.of(team.root).save(
        attrs.evolve(row, used_storage=BigInteger(used), storage_quota=BigInteger(quota)), an_audit_record(row.id)
    )


def counting(used: int) -> Write:
    """A function that saves the usage alone, without an audit record."""
    return lambda unit, team, row: unit.of(team.root).save_unaudited(attrs.evolve(row, used_storage=BigInteger(used)))


def assigning(used: int) -> Write:
    """A function that assigns the usage in a set-based write."""
    return lambda unit, team, row: unit.of(team.root).update_where(
        lambda each: each.id == row.id,
        lambda each: (assign(each.used_storage, BigInteger(used)),),
        an_audit_record(row.id),
    )


GROWTH: dict[str, tuple[int, Write]] = {
    "counted": (90, counting(101)),
    "assigned": (90, assigning(101)),
    "saved": (90, saving(90 + 11, 100)),
    "counted beyond": (150, counting(151)),
    "saved beyond with more room": (150, saving(151, 120)),
    "saved beyond with too little room": (150, saving(151, 150)),
}
ALL_ELSE: dict[str, tuple[int, Write]] = {
    "counted up to the quota": (90, counting(100)),
    "saved with enough room": (90, saving(101, 101)),
    "the same beyond": (150, counting(150)),
    "less beyond": (150, counting(149)),
    "nothing": (150, assigning(0)),
    "no quota at all": (150, saving(150, 0)),
    "another field": (
        150,
        lambda unit, team, row: unit.of(team.root).save(row.renamed("Other"), an_audit_record(row.id)),
    ),
}


@pytest.mark.parametrize(("used", "write"), GROWTH.values(), ids=GROWTH.keys())
async def test_growth_past_the_quota_is_refused(store: Store, team: Team, used: int, write: Write) -> None:
    """Every kind of write is refused that raises the storage above the quota, and the unit has failed then."""
    organization = await team.created(store, storage_quota=BigInteger(max(used, 100)), used_storage=BigInteger(used))
    async with store.unit(organization.id) as unit:
        organization = await unit.of(team.root).save(
            attrs.evolve(organization, storage_quota=BigInteger(100)), an_audit_record(organization.id)
        )
        with pytest.raises(RuleViolated) as caught:
            await write(unit, team, organization)
        assert (caught.value.rule, caught.value.entity) == (team.storage_rule, team.root.__name__)
        assert set(caught.value.fields) == {"used_storage", "storage_quota"}
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()


@pytest.mark.parametrize(("used", "write"), ALL_ELSE.values(), ids=ALL_ELSE.keys())
async def test_all_else_passes(store: Store, team: Team, used: int, write: Write) -> None:
    """A change that uses less, as much as before, or comes with enough quota passes, also above the quota."""
    organization = await team.created(store, storage_quota=BigInteger(max(used, 100)), used_storage=BigInteger(used))
    async with store.unit(organization.id) as unit:
        organization = await unit.of(team.root).save(
            attrs.evolve(organization, storage_quota=BigInteger(100)), an_audit_record(organization.id)
        )
        await write(unit, team, organization)
        await unit.commit()


async def test_what_is_added_was_nothing_before(store: Store, team: Team) -> None:
    """A root can't be added with more storage than its quota."""
    for used, is_kept in ((10, True), (11, False)):
        organization = team.a_root(storage_quota=BigInteger(10), used_storage=BigInteger(used))
        async with store.creating(organization.id) as unit:
            if is_kept:
                await unit.of(team.root).add(organization, an_audit_record(organization.id))
                await unit.of(team.member).add(team.an_owner(organization.id), an_audit_record(organization.id))
                await unit.commit()
            else:
                with pytest.raises(RuleViolated, match=team.storage_rule):
                    await unit.of(team.root).add(organization, an_audit_record(organization.id))
