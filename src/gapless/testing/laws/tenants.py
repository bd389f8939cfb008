"""Law 7: a unit sees and writes the rows of its organization, and no others."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import NotFound, RuleViolated, TenantMismatch
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.queries import assign
from gapless.testing.voice.hosted import Document, Folder
from gapless.testing.voice.rows import (
    a_document,
    a_folder,
    a_user,
    an_entry,
    an_event,
    an_organization,
    assert_untouched,
    founded,
    members,
)


async def test_rows_of_others_are_not_seen(store: Store) -> None:
    """Another organization, and a row of it, is NotFound, and no query finds or counts it."""
    mine, theirs = await founded(store), await founded(store)
    (stranger,) = await members(store, theirs.id)
    async with store.unit(mine.id) as unit, store.reading(mine.id) as reading:
        for seen in (unit, reading):
            with pytest.raises(NotFound):
                await seen.of(Organization).get(theirs.id)
            with pytest.raises(NotFound):
                await seen.of(User).get(stranger.id, include_deleted=True)
            assert await seen.of(Organization).find() == (mine,)
            assert await seen.of(User).find(lambda row: row.id == stranger.id) == ()
            assert await seen.of(User).find(lambda row: row.organization_id == theirs.id) == ()
            assert (await seen.of(User).count(), await seen.audit_trail.count()) == (1, 1)


async def test_rows_of_others_are_not_written(store: Store) -> None:
    """Adding, saving or removing a row of another organization, or an entry or event of it, is TenantMismatch."""
    mine, theirs = await founded(store), await founded(store)
    (stranger,) = await members(store, theirs.id)
    my_entry, their_entry = an_entry(mine.id), an_entry(theirs.id)
    writes: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
        "add": lambda unit: unit.of(User).add(a_user(theirs.id), my_entry),
        "add_all": lambda unit: unit.of(User).add_all([a_user(mine.id), a_user(theirs.id)], my_entry),
        "save": lambda unit: unit.of(User).save(stranger.renamed("Me"), my_entry),
        "remove": lambda unit: unit.of(User).remove(stranger, my_entry),
        "entry": lambda unit: unit.of(User).add(a_user(mine.id), their_entry),
        "event": lambda unit: unit.of(User).add(a_user(mine.id), my_entry, (an_event(theirs.id),)),
        "trail": lambda unit: unit.audit_trail.add(their_entry),
        "outbox": lambda unit: unit.outbox.add(an_event(theirs.id)),
        "organization": lambda unit: unit.of(Organization).save(theirs.renamed("Mine"), my_entry),
        "founding": lambda unit: unit.of(Organization).add(an_organization(), my_entry),
    }
    for write in writes.values():
        async with store.unit(mine.id) as unit:
            with pytest.raises(TenantMismatch):
                await write(unit)
    await assert_untouched(store, mine.id)
    await assert_untouched(store, theirs.id)


async def test_a_row_does_not_change_its_organization(store: Store) -> None:
    """A row that is moved to another organization is TenantMismatch in the unit of the old and NotFound in the new."""
    mine, theirs = await founded(store), await founded(store)
    (user,) = await members(store, mine.id)
    moved = attrs.evolve(user, organization_id=theirs.id)
    async with store.unit(mine.id) as unit:
        with pytest.raises(TenantMismatch):
            await unit.of(User).save(moved, an_entry(mine.id))
    async with store.unit(theirs.id) as unit:
        with pytest.raises(NotFound):
            await unit.of(User).save(moved, an_entry(theirs.id))


async def test_set_based_writes_stay_at_home(store: Store) -> None:
    """A set-based write of every row writes those of its organization."""
    mine, theirs = await founded(store), await founded(store)
    async with store.unit(mine.id) as unit:
        entry = an_entry(mine.id)
        assert (
            await unit.of(User).update_where(
                lambda row: row.name == "Ann", lambda row: (assign(row.name, "Bo"),), entry
            )
            == 1
        )
        assert (
            await unit.of(Organization).update_where(
                lambda row: row.name == "Acme", lambda row: (assign(row.name, "Bo"),), entry
            )
            == 1
        )
        await unit.commit()
    async with store.unit(mine.id) as unit:
        assert await unit.of(User).delete_where(lambda row: row.version >= 0, an_entry(mine.id)) == 1
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
    await assert_untouched(store, theirs.id)


async def test_references_stay_at_home(store: Store) -> None:
    """A row can't refer to a row of another organization, though the id is right."""
    mine, theirs = await founded(store), await founded(store)
    async with store.unit(theirs.id) as unit:
        folder = await unit.of(Folder).add(a_folder(theirs.id))
        await unit.commit()
    async with store.unit(mine.id) as unit:
        with pytest.raises(RuleViolated, match="documents_folder_id_fkey"):
            await unit.of(Document).add(a_document(mine.id, folder.id))


async def test_one_id_in_two_organizations(store: Store) -> None:
    """Two organizations may use one id, one address and one name; each has its own row."""
    mine, theirs = await founded(store), await founded(store)
    user = a_user(mine.id)
    for organization in (mine, theirs):
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(attrs.evolve(user, organization_id=organization.id), an_entry(organization.id))
            await unit.commit()
    async with store.unit(mine.id) as unit:
        await unit.of(User).save((await unit.of(User).get(user.id)).renamed("Mine"), an_entry(mine.id))
        await unit.commit()
    async with store.reading(theirs.id) as reading:
        assert (await reading.of(User).get(user.id)).name == "Ann"
