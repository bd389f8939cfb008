"""What a commit finds that others did meanwhile, where no common lock kept them apart."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.domain.values import EmailAddress
from gapless.kit.assignments import assign
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.ids import DeletionId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import UnitOfWork
from gapless.kit.soft_deletion import Deletion, deleted
from tests.unit.memory.checking import faults
from tests.voice.hosted import HOSTED, Document, Folder
from tests.voice.rows import (
    NOW,
    a_document,
    a_folder,
    a_user,
    an_audit_record,
    an_event,
    an_organization,
    an_owner,
    created,
    members,
)

pytestmark = pytest.mark.asyncio
Work = Callable[[UnitOfWork], Awaitable[object]]
GONE = Deletion(id=DeletionId(uuid4()), at=NOW, by=None)


async def overlapping(store: MemoryStore, home: Organization, late: Work, early: Work) -> None:
    """Commits `early` in a unit of its own between the work of `late` and its commit."""
    async with store.creating(home.id) as unit:
        await late(unit)
        async with store.unit(home.id) as other:
            await early(other)
            await other.commit()
        try:
            await unit.commit()
        finally:
            assert faults(store) == []


async def test_a_row_that_another_changed_is_a_conflict() -> None:
    """A unit commits only over the rows that it was based on."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)

    def renaming(name: str) -> Work:
        return lambda unit: unit.of(User).save(owner.renamed(name), an_audit_record(home.id))

    with pytest.raises(ConcurrencyConflict):
        await overlapping(store, home, renaming("Late"), renaming("Early"))
    assert [user.name for user in await members(store, home.id)] == ["Early"]


async def test_a_row_that_another_removed_is_a_conflict() -> None:
    """Also when both remove it."""
    store = MemoryStore(GAPLESS)
    home = await created(store, an_owner(home_id := an_organization().id), user := a_user(home_id), id=home_id)
    stored = attrs.evolve(user, version=1)

    def remove(unit: UnitOfWork) -> Awaitable[object]:
        return unit.of(User).remove(stored, an_audit_record(home.id))

    with pytest.raises(ConcurrencyConflict):
        await overlapping(store, home, remove, remove)


async def test_a_key_that_another_took_is_a_conflict() -> None:
    """Two units add a row of one key."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    folder = a_folder(home.id)
    with pytest.raises(ConcurrencyConflict):
        await overlapping(
            store, home, lambda unit: unit.of(Folder).add(folder), lambda unit: unit.of(Folder).add(folder)
        )


async def test_a_unique_key_that_another_took_is_a_conflict() -> None:
    """Two units take one address, in one organization or a slug in two."""
    store = MemoryStore(GAPLESS)
    home = await created(store)

    def adding(unit: UnitOfWork) -> Awaitable[object]:
        return unit.of(User).add(a_user(home.id, email=EmailAddress("same@acme.org")), an_audit_record(home.id))

    with pytest.raises(ConcurrencyConflict):
        await overlapping(store, home, adding, adding)
    first, second = (an_organization(slug="same") for _ in range(2))
    async with store.creating(first.id) as one, store.creating(second.id) as two:
        for unit, organization in ((one, first), (two, second)):
            await unit.of(Organization).add(organization, audit := an_audit_record(organization.id))
            await unit.of(User).add(an_owner(organization.id), audit)
        await one.commit()
        with pytest.raises(ConcurrencyConflict):
            await two.commit()
    assert faults(store) == []


async def test_a_unique_key_taken_and_given_back_stays_with_the_other() -> None:
    """What a unit had for a while and freed again is no matter of its commit."""
    store = MemoryStore(HOSTED)
    home = await created(store)

    async def take_and_free(unit: UnitOfWork) -> None:
        stored = await unit.of(Folder).add(a_folder(home.id, name="same"))
        await unit.of(Folder).save(attrs.evolve(stored, name="other"))

    await overlapping(store, home, take_and_free, lambda unit: unit.of(Folder).add(a_folder(home.id, name="same")))
    async with store.reading(home.id) as reading:
        assert [row.name for row in await reading.of(Folder).find(order=lambda row: row.name)] == ["other", "same"]


async def test_a_parent_that_another_removed_is_a_conflict() -> None:
    """A row does not outlive the one it refers to."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    folder = a_folder(home.id)
    async with store.unit(home.id) as unit:
        stored = await unit.of(Folder).add(folder)
        await unit.commit()
    with pytest.raises(ConcurrencyConflict):
        await overlapping(
            store,
            home,
            lambda unit: unit.of(Document).add(a_document(home.id, folder.id)),
            lambda unit: unit.of(Folder).remove(stored),
        )


async def test_a_child_that_another_added_below_what_is_removed_is_a_conflict() -> None:
    """No row appears below one that goes, be it a folder or the organization."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    folder = a_folder(home.id)
    command = ProcessedCommand(root_id=home.id, kind="test", key="1", created_at=home.created_at, result=JsonObject({}))
    async with store.unit(home.id) as unit:
        stored = await unit.of(Folder).add(folder)
        await unit.commit()
    with pytest.raises(ConcurrencyConflict):
        await overlapping(
            store,
            home,
            lambda unit: unit.of(Folder).remove(stored),
            lambda unit: unit.of(Document).add(a_document(home.id, folder.id)),
        )
    with pytest.raises(ConcurrencyConflict):
        await overlapping(
            store,
            home,
            lambda unit: unit.of(Organization).remove(home, an_audit_record(home.id)),
            lambda unit: unit.of(ProcessedCommand).add(command),
        )


async def test_admission_by_a_parent_that_another_closed_is_a_conflict() -> None:
    """Nothing enters an organization that was deleted before the commit; what did not enter is kept."""
    store = MemoryStore(GAPLESS)
    home = await created(store)

    def delete(unit: UnitOfWork) -> Awaitable[object]:
        return unit.of(Organization).save(deleted(home, GONE), an_audit_record(home.id))

    with pytest.raises(ConcurrencyConflict):
        await overlapping(
            store, home, lambda unit: unit.of(User).add(a_user(home.id), an_audit_record(home.id)), delete
        )
    (gone,) = store._database.committed.rows("organizations", home.id.int).values()
    assert isinstance(gone, Organization)
    await overlapping(
        store,
        home,
        lambda unit: unit.outbox.add(an_event(home.id)),
        lambda unit: unit.of(Organization).save(gone.renamed("Gone"), an_audit_record(home.id)),
    )


async def test_work_on_different_rows_is_no_conflict() -> None:
    """Units that overlap and do not meet are both kept, with the counts of both."""
    store = MemoryStore(GAPLESS)
    home = await created(store)

    def adding(unit: UnitOfWork) -> Awaitable[object]:
        return unit.of(User).add(a_user(home.id), an_audit_record(home.id))

    await overlapping(store, home, adding, adding)
    assert len(await members(store, home.id)) == 3


async def test_a_job_over_all_organizations_meets_a_unit() -> None:
    """Whoever commits later over the same row gets the conflict."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        await unit.outbox.add_all([an_event(home.id)])
        await unit.commit()
    async with store.system() as system, store.unit(home.id) as unit:
        (event,) = await unit.outbox.find()
        await system.of(OutboxEvent).update_where(lambda row: row.attempts == 0, lambda row: (assign(row.attempts, 1),))
        await unit.outbox.save(attrs.evolve(event, attempts=2))
        await system.commit()
        with pytest.raises(ConcurrencyConflict):
            await unit.commit()
    async with store.reading(home.id) as reading:
        assert [row.attempts for row in await reading.outbox.find()] == [1]


async def test_a_unit_reads_what_others_commit_meanwhile() -> None:
    """Each read sees the newest committed state, and a save of what is stale by then is a conflict at once."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.creating(home.id) as unit:
        assert await unit.of(User).get(owner.id) == owner
        async with store.unit(home.id) as other:
            renamed = await other.of(User).save(owner.renamed("Early"), an_audit_record(home.id))
            await other.commit()
        assert await unit.of(User).get(owner.id) == renamed
        with pytest.raises(ConcurrencyConflict):
            await unit.of(User).save(owner.renamed("Late"), an_audit_record(home.id))
