"""Fields of an audited entity that are written without an entry: those that are declared so, and no others."""

from uuid import uuid4

import attrs
import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.errors import AuditEntryRequired, ConcurrencyConflict, NotFound, TenantMismatch, UnitOfWorkFailed
from gapless.kit.ids import UserId
from gapless.kit.ports import Store
from gapless.testing.voice.rows import NOW, a_user, an_entry, an_event, founded, members


async def test_a_counter_is_written_without_an_entry(store: Store) -> None:
    """The field is kept with its events, the version grows as with any save, and the trail tells nothing."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        stored = await unit.of(User).save_unaudited(owner.seen(NOW), (an_event(organization.id),))
        counted = await unit.of(Organization).save_unaudited(organization.with_usage(minutes=3, storage=5))
        await unit.commit()
    assert stored == attrs.evolve(owner, last_seen_at=NOW, version=owner.version + 1)
    async with store.reading(organization.id) as reading:
        assert await reading.of(User).get(owner.id) == stored
        assert await reading.of(Organization).get(organization.id) == counted
        assert (counted.used_minutes, counted.used_storage) == (3, 5)
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (1, 1)


@pytest.mark.parametrize("also_unaudited", [False, True])
async def test_any_other_field_needs_its_entry(store: Store, *, also_unaudited: bool) -> None:
    """An audited field does not slip through, not even beside one that may; and the unit has failed."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    changed = owner.with_role(Role.ADMIN)
    async with store.unit(organization.id) as unit:
        with pytest.raises(AuditEntryRequired):
            await unit.of(User).save_unaudited(changed.seen(NOW) if also_unaudited else changed)
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    assert await members(store, organization.id) == (owner,)


async def test_what_changed_meanwhile_is_a_conflict(store: Store) -> None:
    """A row of another version by now is a conflict, whatever field differs; one that is gone is not found."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(User).save(owner.renamed("Other"), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        with pytest.raises(ConcurrencyConflict):
            await unit.of(User).save_unaudited(owner.seen(NOW))
    async with store.unit(organization.id) as unit:
        with pytest.raises(NotFound):
            await unit.of(User).save_unaudited(attrs.evolve(owner, id=UserId(uuid4())))
    other = await founded(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(TenantMismatch):
            await unit.of(User).save_unaudited(a_user(other.id))
    async with store.unit(organization.id) as unit:
        with pytest.raises(TenantMismatch):
            await unit.of(Organization).save_unaudited(organization, (an_event(other.id),))


async def test_what_the_unit_has_written_is_what_it_compares_with(store: Store) -> None:
    """A field that the unit has changed and told before is no change any more."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        renamed = await unit.of(User).save(owner.renamed("Other"), an_entry(organization.id))
        stored = await unit.of(User).save_unaudited(renamed.seen(NOW))
        await unit.commit()
    assert (stored.name, stored.last_seen_at) == ("Other", NOW)
