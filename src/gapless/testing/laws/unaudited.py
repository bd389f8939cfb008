"""Unaudited fields: `save_unaudited` writes the fields that are declared so, and no others."""

from uuid import uuid4

import attrs
import pytest

from gapless.kit.columns import BigInteger
from gapless.kit.errors import AuditRecordRequired, ConcurrencyConflict, NotFound, TenantMismatch, UnitOfWorkFailed
from gapless.kit.ids import UserId
from gapless.kit.ports import Store
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import NOW, an_audit_record, an_event


async def test_a_counter_is_written_without_an_audit_record(store: Store, team: Team) -> None:
    """The field and the events are kept, the version grows as with any save, and there is no audit record."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        stored = await unit.of(team.member).save_unaudited(owner.seen(NOW), (an_event(organization.id),))
        counted = await unit.of(team.root).save_unaudited(attrs.evolve(organization, used_storage=BigInteger(5)))
        await unit.commit()
    assert stored == attrs.evolve(owner, last_seen_at=NOW, version=owner.version + 1)
    async with store.reading(organization.id) as reading:
        assert await reading.of(team.member).get(owner.id) == stored
        assert await reading.of(team.root).get(organization.id) == counted
        assert counted.used_storage == 5
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (1, 1)


@pytest.mark.parametrize("also_unaudited", [False, True])
async def test_any_other_field_needs_its_audit_record(store: Store, team: Team, *, also_unaudited: bool) -> None:
    """A change of an audited field is refused, also together with an unaudited one, and the unit has failed."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    changed = owner.with_role(team.role.ADMIN)
    async with store.unit(organization.id) as unit:
        with pytest.raises(AuditRecordRequired):
            await unit.of(team.member).save_unaudited(changed.seen(NOW) if also_unaudited else changed)
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    assert await team.members(store, organization.id) == (owner,)


async def test_what_changed_meanwhile_is_a_conflict(store: Store, team: Team) -> None:
    """A row with another version by now is a conflict, whichever field differs; a row that is gone is NotFound."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).save(owner.renamed("Other"), an_audit_record(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        with pytest.raises(ConcurrencyConflict):
            await unit.of(team.member).save_unaudited(owner.seen(NOW))
    async with store.unit(organization.id) as unit:
        with pytest.raises(NotFound):
            await unit.of(team.member).save_unaudited(attrs.evolve(owner, id=UserId(uuid4())))
    other = await team.created(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(TenantMismatch):
            await unit.of(team.member).save_unaudited(team.a_member(other.id))
    async with store.unit(organization.id) as unit:
        with pytest.raises(TenantMismatch):
            await unit.of(team.root).save_unaudited(organization, (an_event(other.id),))


async def test_what_the_unit_has_written_is_what_it_compares_with(store: Store, team: Team) -> None:
    """A field that the unit has changed before, with an audit record, does not count as a change any more."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        renamed = await unit.of(team.member).save(owner.renamed("Other"), an_audit_record(organization.id))
        stored = await unit.of(team.member).save_unaudited(renamed.seen(NOW))
        await unit.commit()
    assert (stored.name, stored.last_seen_at) == ("Other", NOW)
