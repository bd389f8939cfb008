"""Rules of entry: what comes into an organization finds it live, by whichever write it comes."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.queries import assign
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.voice.hosted import Folder
from gapless.testing.voice.rows import (
    NOW,
    a_deletion,
    a_folder,
    a_user,
    an_entry,
    an_item,
    founded,
    fresh_id,
)


async def test_nothing_enters_a_deleted_organization(store: Store) -> None:
    """Into an organization that is deleted no row enters, by no write; those that are in it change, and leave."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        inactive, gone = await unit.of(User).add_all(
            [a_user(organization.id, is_active=False), a_user(organization.id)], an_entry(organization.id)
        )
        gone = await unit.of(User).save(deleted(gone, a_deletion()), an_entry(organization.id))
        archived = await unit.of(Folder).add(a_folder(organization.id, is_archived=True))
        await unit.of(Organization).save(deleted(organization, a_deletion()), an_entry(organization.id))
        await unit.commit()
    gone_item = deleted(an_item(organization.id), a_deletion())
    born_deleted = a_user(organization.id, is_deleted=True, deleted_at=NOW)
    entering: list[tuple[str, Callable[[UnitOfWork], Awaitable[object]]]] = [
        ("live_organization", lambda unit: unit.of(User).add(a_user(organization.id), an_entry(organization.id))),
        ("live_organization", lambda unit: unit.of(User).add(born_deleted, an_entry(organization.id))),
        ("live_organization", lambda unit: unit.of(KnowledgeItem).add(gone_item, an_entry(organization.id))),
        ("live_organization", lambda unit: unit.of(User).save(restored(gone), an_entry(organization.id))),
        (
            "live_organization",
            lambda unit: unit.of(User).update_where(
                lambda row: row.is_deleted,
                lambda row: (assign(row.is_deleted, False), assign(row.deleted_at, None)),
                an_entry(organization.id),
                include_deleted=True,
            ),
        ),
        ("folders_enter_live", lambda unit: unit.of(Folder).add(a_folder(organization.id))),
        ("folders_enter_live", lambda unit: unit.of(Folder).save(attrs.evolve(archived, is_archived=False))),
    ]
    for rule, write in entering:
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await write(unit)
        assert caught.value.rule == rule
    async with store.unit(organization.id) as unit:
        await unit.of(User).save(inactive.reactivated(), an_entry(organization.id))
        await unit.of(Folder).add(a_folder(organization.id, is_archived=True))
        await unit.of(User).remove(gone, an_entry(organization.id))
        await unit.commit()


async def test_entering_before_the_organization_goes(store: Store) -> None:
    """A row may enter in the unit that deletes the organization afterwards, and in the one that restored it before."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        gone = await unit.of(Organization).save(deleted(organization, a_deletion()), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).save(restored(gone), an_entry(organization.id))
        await unit.of(User).add(a_user(organization.id, id=fresh_id()), an_entry(organization.id))
        await unit.commit()
