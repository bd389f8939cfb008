"""Rules over a change: judged at the write, by every write, on the row before and after."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import RuleViolated, UnitOfWorkFailed
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.queries import assign
from gapless.testing.voice.rows import an_entry, an_organization, an_owner, founded

Write = Callable[[UnitOfWork, Organization], Awaitable[object]]


def size(number: int) -> Bytes:
    """A number of bytes."""
    return Bytes(BigInteger(number))


def saving(used: int, quota: int) -> Write:
    """Saves the organization with so much used of so much."""
    return lambda unit, row: unit.of(Organization).save(
        attrs.evolve(row, used_storage=size(used), storage_quota=size(quota)), an_entry(row.id)
    )


def counting(used: int) -> Write:
    """Saves the usage alone, without an entry."""
    return lambda unit, row: unit.of(Organization).save_unaudited(attrs.evolve(row, used_storage=size(used)))


def assigning(used: int) -> Write:
    """Assigns the usage in a set-based write."""
    return lambda unit, row: unit.of(Organization).update_where(
        lambda each: each.id == row.id, lambda each: (assign(each.used_storage, size(used)),), an_entry(row.id)
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
    "another field": (150, lambda unit, row: unit.of(Organization).save(row.renamed("Other"), an_entry(row.id))),
}


@pytest.mark.parametrize(("used", "write"), GROWTH.values(), ids=GROWTH.keys())
async def test_growth_past_the_quota_is_refused(store: Store, used: int, write: Write) -> None:
    """Whatever writes it, more storage than the quota is refused at the write, and the unit has failed."""
    organization = await founded(store, storage_quota=size(max(used, 100)), used_storage=size(used))
    async with store.unit(organization.id) as unit:
        organization = await unit.of(Organization).save(
            attrs.evolve(organization, storage_quota=size(100)), an_entry(organization.id)
        )
        with pytest.raises(RuleViolated) as caught:
            await write(unit, organization)
        assert (caught.value.rule, caught.value.entity) == ("storage_quota", "Organization")
        assert set(caught.value.fields) == {"used_storage", "storage_quota"}
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()


@pytest.mark.parametrize(("used", "write"), ALL_ELSE.values(), ids=ALL_ELSE.keys())
async def test_all_else_passes(store: Store, used: int, write: Write) -> None:
    """What makes room, stays as it is, or comes with a greater quota passes, also beyond the quota."""
    organization = await founded(store, storage_quota=size(max(used, 100)), used_storage=size(used))
    async with store.unit(organization.id) as unit:
        organization = await unit.of(Organization).save(
            attrs.evolve(organization, storage_quota=size(100)), an_entry(organization.id)
        )
        await write(unit, organization)
        await unit.commit()


async def test_what_is_added_was_nothing_before(store: Store) -> None:
    """An organization is not added with more storage than its quota."""
    for used, is_kept in ((10, True), (11, False)):
        organization = an_organization(storage_quota=size(10), used_storage=size(used))
        async with store.founding(organization.id) as unit:
            if is_kept:
                await unit.of(Organization).add(organization, an_entry(organization.id))
                await unit.of(User).add(an_owner(organization.id), an_entry(organization.id))
                await unit.commit()
            else:
                with pytest.raises(RuleViolated, match="storage_quota"):
                    await unit.of(Organization).add(organization, an_entry(organization.id))
