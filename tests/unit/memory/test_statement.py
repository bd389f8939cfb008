"""What one statement checks, in which order, and what it does to the rows that refer to what it removes."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid4

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.domain.values import EmailAddress
from gapless.kit import AppendOnly, Entity, OnDelete, Reference, Rule, model_of, rules_of
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import RuleViolated
from gapless.kit.ids import DeletionId
from gapless.kit.soft_deletion import Deletion, deleted, restored
from gapless.testing.laws.files import DocumentStatus
from tests.unit.memory.checking import faults
from tests.voice.hosted import HOSTED, Document, Folder, Stamp, folder_rules
from tests.voice.rows import (
    NOW,
    a_document,
    a_folder,
    a_stamp,
    a_user,
    an_audit_record,
    an_owner,
    created,
    members,
)

pytestmark = pytest.mark.asyncio
GONE = Deletion(id=DeletionId(uuid4()), at=NOW, by=None)


def spoiled(user: User, **values: object) -> User:
    """The user with values that nobody has validated."""
    return model_of(User).evolved(user, values)


async def test_the_store_checks_rows_that_nobody_has_validated() -> None:
    """The first broken rule is named in the order representable, required, checks by name."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    worst = {"email": "NO", "name": "x", "is_active": 1, "language": None}
    for values, rule in (
        (worst, "users_is_active_storable"),
        ({**worst, "is_active": True}, "users_language_required"),
        ({"email": "NO", "name": "x"}, "check_email_format"),
        ({"name": "x"}, "check_name_length"),
    ):
        async with store.unit(home.id) as unit:
            with pytest.raises(RuleViolated, match=rule):
                await unit.of(User).add(spoiled(a_user(home.id), **values), an_audit_record(home.id))


async def test_an_id_of_no_type_is_refused_by_its_rule() -> None:
    """A row is checked before its key is looked for."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="users_id_storable"):
            await unit.of(User).add(spoiled(a_user(home.id), id=[]), an_audit_record(home.id))


async def test_a_key_is_given_once() -> None:
    """A second row of one key is refused, in one statement, across two, and against a deleted row."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    folder = a_folder(home.id, is_archived=True)
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="folders_organization_id_id_unique"):
            await unit.of(Folder).add_all([folder, folder])
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add(folder)
        await unit.commit()
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="folders_organization_id_id_unique"):
            await unit.of(Folder).add(folder)


async def test_a_unique_key_is_taken_where_its_condition_is_true() -> None:
    """Only users who are not deleted share no address; restoring one whose address is taken is refused."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    first, second = (a_user(home.id, email="same@acme.org") for _ in range(2))
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        stored = await unit.of(User).add(first, audit)
        gone = await unit.of(User).save(deleted(stored, GONE), audit)
        await unit.of(User).add(second, audit)
        await unit.commit()
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="users_email_unique"):
            await unit.of(User).save(restored(gone), audit)
    assert faults(store) == []


async def test_a_freed_key_can_be_taken_in_the_same_unit() -> None:
    """Rows of one unit can pass a unique key on; a row that has it, written or not, keeps others out."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        ann, bob = await unit.of(User).add_all(
            [a_user(home.id, email="ann@acme.org"), a_user(home.id, email="bob@acme.org")], audit
        )
        await unit.commit()
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        bob = await unit.of(User).save(attrs.evolve(bob, email=EmailAddress("moving@acme.org")), audit)
        ann = await unit.of(User).save(attrs.evolve(ann, email=EmailAddress("bob@acme.org")), audit)
        bob = await unit.of(User).save(attrs.evolve(bob, email=EmailAddress("ann@acme.org")), audit)
        await unit.commit()
    assert faults(store) == []
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        await unit.of(User).save(ann.renamed("Anna"), audit)
        with pytest.raises(RuleViolated, match="users_email_unique"):
            await unit.of(User).save(attrs.evolve(bob, email=EmailAddress("bob@acme.org")), audit)


async def test_a_slug_is_unique_among_all_organizations() -> None:
    """A unique rule without the organization's id holds across organizations."""
    store = MemoryStore(GAPLESS)
    await created(store, slug="acme")
    with pytest.raises(RuleViolated, match="organizations_slug_unique"):
        await created(store, slug="acme")


async def test_a_set_based_write_is_checked_row_by_row() -> None:
    """Two archived folders of one name can't both be shown again."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    async with store.unit(home.id) as unit:
        folders = unit.of(Folder)
        await folders.add_all([a_folder(home.id, name="same", is_archived=True) for _ in range(2)])
        with pytest.raises(RuleViolated, match="folders_name_unique"):
            await folders.update_where(
                lambda folder: folder.name == "same",
                lambda folder: (assign(folder.is_archived, False),),
                include_deleted=True,
            )


async def test_references_are_checked_after_all_rows_are_changed() -> None:
    """A row may stand before its parent in one statement, but not without one."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    parent = a_folder(home.id)
    child = a_folder(home.id, parent_id=parent.id)
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add_all([child, parent])
        await unit.commit()
    assert faults(store) == []
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="folders_parent_id_fkey"):
            await unit.of(Folder).add(a_folder(home.id, parent_id=a_folder(home.id).id))


async def test_a_reference_does_not_point_into_another_organization() -> None:
    """The id of another organization's row is the id of nothing here."""
    store = MemoryStore(HOSTED)
    home, other = await created(store), await created(store)
    (foreigner,) = await members(store, other.id)
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="folders_owner_id_fkey"):
            await unit.of(Folder).add(a_folder(home.id, owner_id=foreigner.id))


async def test_a_cascade_goes_down_to_the_last_row() -> None:
    """With a folder go the folders inside it and their documents."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    top = a_folder(home.id)
    middle = a_folder(home.id, parent_id=top.id)
    low = a_folder(home.id, parent_id=middle.id)
    async with store.unit(home.id) as unit:
        (stored, *_) = await unit.of(Folder).add_all([top, middle, low])
        await unit.of(Document).add_all([a_document(home.id, folder.id) for folder in (top, middle, low)])
        await unit.of(Folder).remove(stored)
        assert (await unit.of(Folder).count(), await unit.of(Document).count()) == (0, 0)
        await unit.commit()
    assert faults(store) == []


async def test_a_restriction_below_a_cascade_refuses_all_of_it() -> None:
    """A stamp keeps its document, and so the folder of its folder."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    top = a_folder(home.id)
    low = a_folder(home.id, parent_id=top.id)
    document = a_document(home.id, low.id)
    async with store.unit(home.id) as unit:
        (stored, _) = await unit.of(Folder).add_all([top, low])
        await unit.of(Document).add(document)
        await unit.of(Stamp).add(a_stamp(home.id, document.id))
        with pytest.raises(RuleViolated, match="stamps_document_id_fkey"):
            await unit.of(Folder).remove(stored)


async def test_set_null_leaves_the_version_and_the_other_columns() -> None:
    """Removing an author clears the field; who read the document before can save it, and the field stays cleared."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    author = a_user(home.id)
    folder = a_folder(home.id)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        stored = await unit.of(User).add(author, audit)
        await unit.of(Folder).add(folder)
        read = await unit.of(Document).add(a_document(home.id, folder.id, author_id=author.id))
        await unit.of(User).remove(stored, audit)
        assert await unit.of(Document).get(read.id) == attrs.evolve(read, author_id=None)
        await unit.commit()
    async with store.unit(home.id) as unit:
        (current,) = await unit.of(Document).find()
        assert (current.version, current.author_id) == (1, None)
    assert faults(store) == []


async def test_a_save_after_set_null_does_not_write_the_stale_field() -> None:
    """A save writes what differs from what the unit read, not what it left alone."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    author, folder = a_user(home.id), a_folder(home.id)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        stored = await unit.of(User).add(author, audit)
        await unit.of(Folder).add(folder)
        read = await unit.of(Document).add(a_document(home.id, folder.id, author_id=author.id))
        await unit.of(User).remove(stored, audit)
        saved = await unit.of(Document).save(attrs.evolve(read, title="Later"))
        assert (saved.title, saved.author_id, saved.version) == ("Later", None, 2)


async def test_set_null_is_checked_by_the_checks_of_the_row() -> None:
    """The author of a published document can't be removed: without one, the document would break a check."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    author, folder = a_user(home.id), a_folder(home.id)
    published = {"author_id": author.id, "status": DocumentStatus.PUBLISHED, "published_at": NOW}
    async with store.unit(home.id) as unit:
        stored = await unit.of(User).add(author, an_audit_record(home.id))
        await unit.of(Folder).add(folder)
        await unit.of(Document).add(a_document(home.id, folder.id, **published))
        with pytest.raises(RuleViolated, match="documents_published_has_author"):
            await unit.of(User).remove(stored, an_audit_record(home.id))


async def test_nothing_enters_what_is_deleted() -> None:
    """A row of a deleted organization can be added outside of the rule's set and changed, but not enter it."""
    store = MemoryStore(HOSTED)
    home = await created(store)
    hidden, shown = a_folder(home.id, is_archived=True), a_folder(home.id)
    async with store.unit(home.id) as unit:
        _, kept = await unit.of(Folder).add_all([hidden, shown])
        await unit.of(Organization).save(deleted(home, GONE), an_audit_record(home.id))
        await unit.of(Folder).save(attrs.evolve(kept, label="late"))
        await unit.commit()
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add(a_folder(home.id, is_archived=True))
        found = await unit.of(Folder).get(hidden.id, include_deleted=True)
        with pytest.raises(RuleViolated, match="folders_enter_live"):
            await unit.of(Folder).save(attrs.evolve(found, is_archived=False))
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="live_organization"):
            await unit.of(User).add(a_user(home.id), an_audit_record(home.id))


async def test_admission_is_checked_on_the_view_of_the_unit() -> None:
    """Within one unit, nothing enters after the deletion, and what has entered before stays."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    async with store.unit(home.id) as unit:
        audit = an_audit_record(home.id)
        await unit.of(User).add(a_user(home.id), audit)
        await unit.of(Organization).save(deleted(home, GONE), audit)
        with pytest.raises(RuleViolated, match="live_organization"):
            await unit.of(User).add(a_user(home.id), audit)


async def test_the_trail_is_never_changed() -> None:
    """No write of an audit record passes, and the rule is named before any other that the write would break."""
    store = MemoryStore(GAPLESS)
    home = await created(store)
    trail = store.unit(home.id).of(AuditRecord)
    async with store.reading(home.id) as reading:
        (audit,) = await reading.audit_trail.find()
    attempts = (
        lambda: trail.save(attrs.evolve(audit, action="other")),
        lambda: trail.remove(audit),
        lambda: trail.update_where(lambda row: row.action == "test", lambda row: (assign(row.action, ""),)),
        lambda: trail.delete_where(lambda row: row.action == "test"),
    )
    for attempt in attempts:
        async with store.unit(home.id) as unit:
            trail = unit.of(AuditRecord)
            with pytest.raises(RuleViolated, match="audit_logs_append_only"):
                await attempt()
    async with store.unit(home.id) as unit:
        assert await unit.of(AuditRecord).delete_where(lambda row: row.action == "none") == 0


async def test_the_trail_goes_with_its_organization() -> None:
    """Removing an organization takes its users along; its trail, with the record of the removal itself, is archived."""
    store = MemoryStore(GAPLESS)
    home, other = await created(store), await created(store)
    async with store.unit(home.id) as unit:
        await unit.of(Organization).remove(home, an_audit_record(home.id))
        await unit.commit()
    assert faults(store) == []
    committed = store._database.committed
    assert set(committed.partitions[home.id.int]) == {"audit_archive"}
    assert len(committed.rows("audit_archive", home.id.int)) == 2
    assert set(committed.partitions) == {home.id.int, other.id.int}
    (last_owner,) = (each for each in store._database.schema.invariant_checks if each.name == "last_owner")
    assert set(committed.indexes.of(last_owner)) == {(other.id.int,)}


@attrs.frozen(kw_only=True, slots=True)
class Receipt(Entity):
    """A line that goes with its organization, though it refers to a folder as well."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    folder_id: UUID


@rules_of(Receipt, "receipts", belongs_to=lambda receipt: receipt.organization_id)
def receipt_rules(receipt: Receipt) -> Iterator[Rule]:
    """Never changed, and removed only with the organization."""
    home = Reference("receipts_home", "There.", receipt.organization_id, Organization, OnDelete.CASCADE)
    yield home
    folder = (receipt.organization_id, receipt.folder_id)
    yield Reference("receipts_folder", "There.", folder, Folder, OnDelete.CASCADE)
    yield AppendOnly("receipts_append_only", "Never changed.", home)


async def test_a_cascade_from_another_parent_does_not_remove_what_is_append_only() -> None:
    """Only the parent that the rule names takes the rows with it."""
    store = MemoryStore(GAPLESS + folder_rules + receipt_rules)
    home = await created(store)
    folder = a_folder(home.id)
    async with store.unit(home.id) as unit:
        stored = await unit.of(Folder).add(folder)
        await unit.of(Receipt).add(Receipt(organization_id=home.id, id=uuid4(), created_at=NOW, folder_id=folder.id))
        await unit.commit()
    async with store.unit(home.id) as unit:
        with pytest.raises(RuleViolated, match="receipts_append_only"):
            await unit.of(Folder).remove(stored)
    async with store.unit(home.id) as unit:
        await unit.of(Organization).remove(home, an_audit_record(home.id))
        await unit.commit()
    assert faults(store) == []


async def test_a_statement_may_remove_what_restricts_with_what_is_restricted() -> None:
    """A reviewer restricts nothing that goes in the same cascade before."""
    store = MemoryStore(HOSTED)
    home = await created(store, owner := an_owner(OrganizationId(home_id := uuid4())), id=home_id)
    folder = a_folder(home.id, owner_id=owner.id)
    async with store.unit(home.id) as unit:
        await unit.of(Folder).add(folder)
        await unit.of(Document).add(a_document(home.id, folder.id, reviewer_id=owner.id))
        await unit.commit()
    async with store.unit(home.id) as unit:
        (stored,) = await unit.of(User).find()
        with pytest.raises(RuleViolated, match="documents_reviewer_id_fkey"):
            await unit.of(User).remove(stored, an_audit_record(home.id))
    async with store.unit(home.id) as unit:
        await unit.of(Organization).remove(home, an_audit_record(home.id))
        await unit.commit()
    assert faults(store) == []
