"""What the repositories return and refuse."""

from collections.abc import Awaitable, Callable
from typing import cast
from uuid import UUID, uuid4

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import descending
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import (
    AuditRecordRequired,
    ConcurrencyConflict,
    DeclarationError,
    NotFound,
    QueryRefused,
    RuleViolated,
    TenantMismatch,
    UnitOfWorkFailed,
)
from gapless.kit.ids import DeletionId
from gapless.kit.ports import Repository, UnitOfWork
from gapless.kit.soft_deletion import Deletion, deleted, restored
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
    fresh_id,
    members,
)

pytestmark = pytest.mark.asyncio
HOME = fresh_id()
GONE = Deletion(id=DeletionId(uuid4()), at=NOW, by=None)


async def test_the_store_owns_the_version() -> None:
    """A new row has version 1 whatever it carried; each save raises it, also when nothing changed."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        stored = await unit.of(User).add(a_user(home.id, version=7), audit)
        saved = await unit.of(User).save(stored, audit)
        assert (stored.version, saved.version) == (1, 2)
        assert await unit.of(User).get(stored.id) is saved


async def test_what_has_no_version_is_kept_as_it_is() -> None:
    """An audit record is stored as the very value that was returned."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    audit = an_audit_record(home.id)
    async with store.unit(home.id) as unit:
        added = await unit.audit_trail.add(audit)
        assert added == audit
        assert await unit.audit_trail.get(audit.id) is added


async def test_a_stale_version_is_a_conflict_and_a_missing_row_is_not_found() -> None:
    """Saving or removing needs the row as it was read."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        await unit.of(User).save(owner.renamed("Anna"), an_audit_record(home.id))
        await unit.commit()
    for write in ("save", "remove"):
        for user, error in ((owner, ConcurrencyConflict), (a_user(home.id), NotFound)):
            async with store.unit(home.id) as unit:
                method = unit.of(User).save if write == "save" else unit.of(User).remove
                with pytest.raises(error):
                    await method(user, an_audit_record(home.id))


async def test_a_save_of_what_the_unit_has_not_seen_writes_what_differs_from_now() -> None:
    """Without a before-image the current row stands for it."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        saved = await unit.of(User).save(owner.renamed("Anna"), an_audit_record(home.id))
        assert saved == attrs.evolve(owner, name="Anna", version=2)


async def test_another_organization_is_out_of_sight() -> None:
    """Its rows are not found, nor is the organization itself."""
    store = MemoryStore(GAPLESS)
    home, other = await created(store), await created(store)
    (foreigner,) = await members(store, other.id)
    async with store.unit(home.id) as unit:
        assert await unit.of(User).find(lambda user: user.id == foreigner.id) == ()
        assert await unit.of(Organization).find() == (home,)
        with pytest.raises(NotFound):
            await unit.of(User).get(foreigner.id)
        with pytest.raises(NotFound):
            await unit.of(Organization).get(other.id)


MISMATCHES: dict[str, Callable[[UnitOfWork, User], Awaitable[object]]] = {
    "save": lambda unit, user: unit.of(User).save(user, an_audit_record(HOME)),
    "remove": lambda unit, user: unit.of(User).remove(user, an_audit_record(HOME)),
    "add": lambda unit, user: unit.of(User).add(a_user(user.organization_id), an_audit_record(HOME)),
    "add_all": lambda unit, user: unit.of(User).add_all([a_user(HOME), user], an_audit_record(HOME)),
    "an organization": lambda unit, _: unit.of(Organization).add(an_organization(), an_audit_record(HOME)),
    "an entry": lambda unit, user: unit.of(User).add(a_user(HOME), an_audit_record(user.organization_id)),
    "an event": lambda unit, user: unit.of(User).add(
        a_user(HOME), an_audit_record(HOME), [an_event(user.organization_id)]
    ),
}


@pytest.mark.parametrize("write", MISMATCHES)
async def test_another_organization_is_out_of_reach(write: str) -> None:
    """Writing a row of another organization, or telling of it there, is a mismatch."""
    store = MemoryStore(GAPLESS)
    other = await created(store)
    await created(store, an_owner(HOME), id=HOME)
    (foreigner,) = await members(store, other.id)
    async with store.unit(HOME) as unit:
        with pytest.raises(TenantMismatch):
            await MISMATCHES[write](unit, foreigner)


async def test_a_missing_or_strange_id_is_not_found() -> None:
    """Whatever is no id of a row here finds nothing."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        for strange in (fresh_id(), "text", None):
            with pytest.raises(NotFound):
                await unit.of(User).get(strange)  # type: ignore[arg-type]  # what an edge may let through


async def test_deleted_rows_are_hidden_unless_asked_for() -> None:
    """get, find, count and set-based writes pass them over; save finds them."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        gone = await unit.of(User).save(deleted(await unit.of(User).add(a_user(home.id), audit), GONE), audit)
        with pytest.raises(NotFound):
            await unit.of(User).get(gone.id)
        assert await unit.of(User).get(gone.id, include_deleted=True) == gone
        assert await unit.of(User).count() == 1
        assert await unit.of(User).count(include_deleted=True) == 2
        assert len(await unit.of(User).find(include_deleted=True)) == 2
        changed = [
            await unit.of(User).update_where(
                lambda user: user.name == "Ann",
                lambda user: (assign(user.name, "Ann"),),
                audit,
                include_deleted=asked,
            )
            for asked in (False, True)
        ]
        assert changed == [1, 2]
        current = await unit.of(User).get(gone.id, include_deleted=True)
        assert (await unit.of(User).save(restored(current), audit)).version == current.version + 1


async def test_set_based_writes_count_and_raise_versions() -> None:
    """They say how many rows there were, and what they changed is seen by the unit at once."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.unit(home.id) as unit:
        folders = unit.of(Folder)
        await folders.add_all([a_folder(home.id, label=label) for label in ("a", "a", "b")])
        assert await folders.update_where(lambda row: row.label == "a", lambda row: (assign(row.label, None),)) == 2
        assert sorted((row.version, row.label) for row in await folders.find(lambda row: row.version == 2)) == [
            (2, None),
            (2, None),
        ]
        assert await folders.delete_where(lambda row: row.label == "b") == 1
        assert await folders.count() == 2


async def test_rows_come_in_the_order_that_was_asked_for() -> None:
    """Ties are broken by id, nulls come last, and a page goes on where the one before ended."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    rows = [a_folder(home.id, label=label) for label in ("b", None, "a", "b")]
    async with store.unit(home.id) as unit:
        stored = await unit.of(Folder).add_all(rows)
        first, second = sorted((stored[0], stored[3]), key=lambda folder: folder.id)
        expected = [stored[2], first, second, stored[1]]
        assert await unit.of(Folder).find(order=lambda folder: folder.label) == tuple(expected)
        page = await unit.of(Folder).find(order=lambda folder: folder.label, limit=2)
        rest = await unit.of(Folder).find(order=lambda folder: folder.label, after=page[-1])
        assert [*page, *rest] == expected
        backwards = await unit.of(Folder).find(order=lambda folder: descending(folder.label))
        assert backwards == (first, second, stored[2], stored[1])


UNTOLD: dict[str, Callable[[Repository[User, UUID], User], Awaitable[object]]] = {
    "add": lambda users, owner: users.add(a_user(owner.organization_id)),
    "add_all": lambda users, _: users.add_all([]),
    "save": lambda users, owner: users.save(owner),
    "remove": lambda users, owner: users.remove(owner),
    "update_where": lambda users, _: users.update_where(lambda user: user.is_active, lambda _: ()),
    "delete_where": lambda users, _: users.delete_where(lambda user: user.is_active),
}


@pytest.mark.parametrize("write", UNTOLD)
async def test_a_write_of_an_audited_entity_takes_its_record(write: str) -> None:
    """Without one every writing method is refused, and the unit has failed."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        users = cast("Repository[User, UUID]", unit.of(User))  # as who has no type checker may use it
        with pytest.raises(AuditRecordRequired):
            await UNTOLD[write](users, owner)
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()


async def test_one_record_covers_several_writes() -> None:
    """Audit record and events go with the write; the audit record that the unit has written is not written again."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        audit, told = an_audit_record(home.id), an_audit_record(home.id)
        await unit.of(User).add(a_user(home.id), audit, [an_event(home.id), an_event(home.id)])
        await unit.of(User).add(a_user(home.id), audit, [an_event(home.id)])
        await unit.audit_trail.add(told)
        await unit.of(User).delete_where(lambda user: user.name == "nobody", told)
        await unit.commit()
    async with store.reading(home.id) as reading:
        assert {row.id for row in await reading.audit_trail.find()} >= {audit.id, told.id}
        assert await reading.audit_trail.count() == 3
        assert [event.version for event in await reading.outbox.find()] == [1, 1, 1]


async def test_a_record_of_an_earlier_unit_is_not_taken_for_written() -> None:
    """Handed to another unit, the same audit record is a second row of one key."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    audit = an_audit_record(home.id)
    async with store.unit(home.id) as unit:
        await unit.of(User).add(a_user(home.id), audit)
        await unit.commit()
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="audit_logs_root_id_id_unique"):
            await unit.of(User).add(a_user(home.id), audit)


async def test_no_record_stays_of_a_write_that_failed() -> None:
    """A statement that is refused leaves neither its audit record nor its events."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    (owner,) = await members(store, home.id)
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated):
            await unit.of(User).add(a_user(home.id, email=owner.email), an_audit_record(home.id), [an_event(home.id)])
    async with store.reading(home.id) as reading:
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (1, 0)


async def test_an_entity_outside_the_catalogue_has_no_repository() -> None:
    """Asking for it is an error of the declaration, wherever it is asked."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit, store.reading(home.id) as reading, store.system() as system:
        for of in (unit.of, reading.of, system.of):
            with pytest.raises(DeclarationError):
                of(Folder)
        assert unit.of(User) is unit.of(User)


async def test_what_the_stores_do_not_answer_alike_is_refused() -> None:
    """A refused question fails no unit, a refused write does."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(User).find(limit=0)
        with pytest.raises(QueryRefused):
            await unit.of(User).update_where(
                lambda user: user.is_active, lambda user: (assign(user.version, 3),), an_audit_record(home.id)
            )
    async with store.unit(home.id) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(User).add(an_event(home.id), an_audit_record(home.id))  # type: ignore[arg-type]  # no user at all


async def test_a_set_based_write_forgets_what_the_unit_has_seen() -> None:
    """A save after it is compared with the row as it is now."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    folder = a_folder(home.id)
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add(folder)
        read = await unit.of(Document).add(a_document(home.id, folder.id, pages=1))
        await unit.of(Document).update_where(lambda row: row.pages == 1, lambda row: (assign(row.pages, 2),))
        saved = await unit.of(Document).save(attrs.evolve(read, version=2, title="Later"))
        assert (saved.pages, saved.title, saved.version) == (1, "Later", 3)


async def test_the_trail_is_read_through_its_property() -> None:
    """The typed properties are the repositories of their entities."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        assert unit.audit_trail is unit.of(AuditRecord)
        assert await unit.of(User).count() == 1
