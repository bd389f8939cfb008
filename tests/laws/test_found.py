"""Laws that somebody found broken, each with the family that it stands for."""

import attrs
import pytest

from gapless.domain.audit import ArchivedEntry, AuditEntry
from gapless.domain.errors import GaplessError, QueryRefused, RuleViolated
from gapless.domain.ports import Store
from gapless.domain.rules import AuditedEntity
from gapless.domain.soft_deletion import deleted
from gapless.testing.laws.making import a_deletion, a_user, an_entry, an_item, founded

pytestmark = pytest.mark.asyncio


def archived(entry: AuditEntry) -> ArchivedEntry:
    """The same entry, as the archive keeps it."""
    return ArchivedEntry(**attrs.asdict(entry, recurse=False))


async def test_an_archived_entry_is_not_the_entry_of_a_write(store: Store) -> None:
    """An entry that the unit has put into the archive is written to the trail all the same when a write brings it."""
    organization = await founded(store)
    entry = an_entry(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(ArchivedEntry).add(archived(entry))
        await unit.organizations.save(organization.renamed("Other"), entry)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.get(entry.id) == entry


async def test_an_archived_entry_does_not_tell_of_a_write(store: Store) -> None:
    """An archived entry in the place of an entry is refused, though every archived entry is one."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(QueryRefused):
            await unit.users.add(a_user(organization.id), archived(an_entry(organization.id)))


@pytest.mark.parametrize("kind", ["user", "item"])
async def test_nothing_enters_a_deleted_organization_in_disguise(store: Store, kind: str) -> None:
    """What is marked as deleted when it is added enters as well, or a restore would bring it to life."""
    organization = await founded(store)
    deletion = a_deletion()
    async with store.unit(organization.id) as unit:
        await unit.organizations.save(deleted(organization, deletion), an_entry(organization.id))
        await unit.commit()
    rows: dict[str, AuditedEntity] = {
        "user": deleted(a_user(organization.id), deletion),
        "item": deleted(an_item(organization.id), deletion),
    }
    row = rows[kind]
    async with store.unit(organization.id) as unit:
        with pytest.raises(GaplessError) as caught:
            await unit.of(type(row)).add(row, an_entry(organization.id))
    assert isinstance(caught.value, RuleViolated)
    assert caught.value.rule == "live_organization"
