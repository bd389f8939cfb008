"""The rules over many rows: what puts them in question, and when they are checked."""

from uuid import uuid4

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.assignments import assign
from gapless.kit.errors import RuleViolated
from gapless.kit.ids import DeletionId
from gapless.kit.soft_deletion import Deletion, deleted, restored
from tests.unit.memory.checking import faults
from tests.voice.hosted import HOSTED, Folder
from tests.voice.rows import NOW, a_folder, a_user, an_audit_record, an_organization, an_owner, created, members

pytestmark = pytest.mark.asyncio
GONE = Deletion(id=DeletionId(uuid4()), at=NOW, by=None)


async def test_the_state_checked_is_the_final_one() -> None:
    """A unit may be without an owner between its writes."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        await unit.of(User).save(owner.with_role(Role.ADMIN), audit)
        await unit.of(User).add(an_owner(home.id), audit)
        await unit.commit()
    assert faults(store) == []


@pytest.mark.parametrize("way", ["demoted", "deactivated", "deleted", "removed", "set-based", "removed set-based"])
async def test_every_way_out_puts_the_last_owner_in_question(way: str) -> None:
    """However the last owner leaves, the commit refuses it."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        users, audit = unit.of(User), an_audit_record(home.id)
        match way:
            case "demoted":
                await users.save(owner.with_role(Role.ADMIN), audit)
            case "deactivated":
                await users.save(owner.deactivated(NOW, None), audit)
            case "deleted":
                await users.save(deleted(owner, GONE), audit)
            case "removed":
                await users.remove(owner, audit)
            case "set-based":
                await users.update_where(
                    lambda user: user.is_owner, lambda user: (assign(user.is_active, False),), audit
                )
            case _:
                await users.delete_where(lambda user: user.is_owner, audit)
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
    assert await members(store, home.id) == (owner,)


async def test_an_organization_is_created_with_an_owner() -> None:
    """The organization itself puts the rule in question when it is added."""
    store = MemoryStore(GAPLESS)
    home = an_organization()
    async with store.creating(home.id) as unit:
        await unit.of(Organization).add(home, an_audit_record(home.id))
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()


async def test_a_deleted_organization_needs_no_owner_until_it_is_restored() -> None:
    """While the parent does not satisfy its condition the rule is not checked; when it does, the rule is pending."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        gone = await unit.of(Organization).save(deleted(home, GONE), audit)
        await unit.of(User).remove(owner, audit)
        await unit.commit()
    async with store.unit(home.id) as unit:
        await unit.of(Organization).save(restored(gone), an_audit_record(home.id))
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()


async def test_a_quota_that_shrinks_refuses_growth_alone() -> None:
    """Below its usage it fails nothing; beyond it an organization can do everything but grow."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.unit(home.id) as unit:
        stored, _ = await unit.of(Folder).add_all([a_folder(home.id) for _ in range(2)])
        await unit.commit()
    async with store.unit(home.id) as unit:
        await unit.of(Organization).save(attrs.evolve(home, phone_numbers_quota=1), an_audit_record(home.id))
        await unit.of(Folder).save(attrs.evolve(stored, label="any"))
        await unit.commit()
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add(a_folder(home.id))
        with pytest.raises(RuleViolated, match="folders_most"):
            await unit.commit()
    assert faults(store) == []


async def test_growth_is_checked_even_if_it_is_undone() -> None:
    """What entered and left again has put the rule in question; the state that is checked is the final one."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add_all([a_folder(home.id) for _ in range(2)])
        await unit.commit()
    async with store.unit(home.id) as unit:
        await unit.of(Organization).save(attrs.evolve(home, phone_numbers_quota=1), an_audit_record(home.id))
        await unit.of(Folder).remove(await unit.of(Folder).add(a_folder(home.id)))
        with pytest.raises(RuleViolated, match="folders_most"):
            await unit.commit()
    async with store.unit(home.id) as unit:
        await unit.of(Organization).save(attrs.evolve(home, phone_numbers_quota=1), an_audit_record(home.id))
        await unit.of(Folder).add(a_folder(home.id))
        assert await unit.of(Folder).delete_where(lambda folder: folder.is_shown) == 3
        await unit.of(Folder).add(a_folder(home.id))
        await unit.commit()
    assert faults(store) == []


async def test_rules_at_commit_come_in_the_order_of_the_catalogue() -> None:
    """Of two broken ones the first that is declared is named."""
    store = MemoryStore(HOSTED)
    home = await created(store, phone_numbers_quota=0, team_members_quota=1)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        await unit.of(Folder).add(a_folder(home.id))
        await unit.of(User).add_all([a_user(home.id), a_user(home.id)], audit)
        await unit.of(User).remove(owner, audit)
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
