"""Law 2: one statement changes its rows, then judges references, then carries out what a deletion does to others."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.domain.values import EmailAddress
from gapless.kit.audit import ArchivedEntry
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.queries import assign
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.voice.hosted import Document, Folder, FolderId, Stamp, Status
from gapless.testing.voice.rows import (
    NOW,
    a_deletion,
    a_document,
    a_folder,
    a_stamp,
    a_user,
    an_entry,
    an_event,
    founded,
    fresh_id,
)


async def refused(unit: UnitOfWork, *users: User) -> str:
    """The rule by which users are refused that are added in one statement."""
    with pytest.raises(RuleViolated) as caught:
        await unit.of(User).add_all(users, an_entry(users[0].organization_id))
    return caught.value.rule


async def test_a_set_based_write_is_judged_as_one(store: Store) -> None:
    """A write that makes two rows share an address raises users_email_unique, though nobody else has that address."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        users = [a_user(organization.id, name="Twin") for _ in range(2)]
        await unit.of(User).add_all(users, an_entry(organization.id))
        with pytest.raises(RuleViolated, match="users_email_unique"):
            await unit.of(User).update_where(
                lambda row: row.name == "Twin",
                lambda row: (assign(row.email, EmailAddress("both@acme.org")),),
                an_entry(organization.id),
            )


async def test_addresses_are_not_swapped_row_by_row(store: Store) -> None:
    """Two users can't swap addresses by two saves: the first of them takes one that is not free."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        one, other = await unit.of(User).add_all([a_user(organization.id) for _ in range(2)], an_entry(organization.id))
        with pytest.raises(RuleViolated, match="users_email_unique"):
            await unit.of(User).save(attrs.evolve(one, email=other.email), an_entry(organization.id))


async def test_an_address_is_handed_on(store: Store) -> None:
    """An address is free as soon as its user has another, is deleted or gone, and taken again by a restore."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        entry = an_entry(organization.id)
        first = await unit.of(User).add(a_user(organization.id), entry)
        email = first.email
        gone = await unit.of(User).save(deleted(first, a_deletion()), entry)
        second = await unit.of(User).add(a_user(organization.id, email=email), entry)
        await unit.of(User).save(attrs.evolve(second, email=EmailAddress("other@acme.org")), entry)
        third = await unit.of(User).add(a_user(organization.id, email=email), entry)
        await unit.of(User).remove(third, entry)
        back = await unit.of(User).save(restored(gone), entry)
        assert await refused(unit, a_user(organization.id, email=back.email)) == "users_email_unique"


async def test_a_batch_is_judged_as_one(store: Store) -> None:
    """A batch with two rows of one address or one id is refused as a whole; one that refers to itself is kept."""
    organization = await founded(store)
    user = a_user(organization.id)
    async with store.unit(organization.id) as unit:
        assert await refused(unit, user, a_user(organization.id, email=user.email)) == "users_email_unique"
    async with store.unit(organization.id) as unit:
        same = a_user(organization.id, id=user.id, email="other@acme.org")
        assert await refused(unit, user, same) == "users_organization_id_id_unique"
    top = a_folder(organization.id)
    inner = a_folder(organization.id, parent_id=top.id)
    async with store.unit(organization.id) as unit:
        assert len(await unit.of(Folder).add_all([inner, top])) == 2
        await unit.commit()


async def test_empty_batch(store: Store) -> None:
    """A batch of no rows, and a set-based write that finds none, write their entry and their events all the same."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        assert await unit.of(User).add_all([], an_entry(organization.id), (an_event(organization.id),)) == ()
        number = await unit.of(User).delete_where(
            lambda row: row.name == "Nobody", an_entry(organization.id), (an_event(organization.id),)
        )
        assert number == 0
        assert await unit.of(Folder).add_all([]) == ()
        assert await unit.of(Organization).add_all([], an_entry(organization.id), (an_event(organization.id),)) == ()
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (4, 3)


async def test_references_are_judged_at_the_write(store: Store) -> None:
    """A row that refers to nothing is refused by the write that makes it so, and null refers to nothing at all."""
    organization = await founded(store)
    folder = a_folder(organization.id)
    lost = {
        "folders_owner_id_fkey": attrs.evolve(folder, owner_id=UserId(fresh_id())),
        "folders_parent_id_fkey": attrs.evolve(folder, parent_id=FolderId(fresh_id())),
    }
    for rule, row in lost.items():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated, match=rule):
                await unit.of(Folder).add(row)
        async with store.unit(organization.id) as unit:
            await unit.of(Folder).add(folder)
            with pytest.raises(RuleViolated, match=rule):
                await unit.of(Folder).save(attrs.evolve(row, version=1))


async def test_a_folder_may_be_its_own_parent(store: Store) -> None:
    """A row may refer to itself, and its removal takes it along once."""
    organization = await founded(store)
    folder = a_folder(organization.id)
    async with store.unit(organization.id) as unit:
        own = await unit.of(Folder).add(attrs.evolve(folder, parent_id=folder.id))
        await unit.of(Folder).remove(own)
        assert await unit.of(Folder).count() == 0


async def test_cascade_goes_all_the_way_down(store: Store) -> None:
    """Removing a folder removes what is in it, level after level, and clears what pointed at that from elsewhere."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        levels = [await unit.of(Folder).add(a_folder(organization.id))]
        for _ in range(3):
            levels.append(await unit.of(Folder).add(a_folder(organization.id, parent_id=levels[-1].id)))
        elsewhere = await unit.of(Folder).add(a_folder(organization.id))
        lost = await unit.of(Document).add(a_document(organization.id, levels[-1].id))
        copy = await unit.of(Document).add(a_document(organization.id, elsewhere.id, original_id=lost.id))
        await unit.of(Folder).remove(levels[0])
        assert await unit.of(Folder).find() == (elsewhere,)
        assert await unit.of(Document).find() == (attrs.evolve(copy, original_id=None),)
        await unit.commit()


async def test_restrict_stops_a_cascade(store: Store) -> None:
    """A stamped document keeps its folder, and every folder above, from being removed; nothing else of it happens."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        top = await unit.of(Folder).add(a_folder(organization.id))
        inner = await unit.of(Folder).add(a_folder(organization.id, parent_id=top.id))
        document = await unit.of(Document).add(a_document(organization.id, inner.id))
        await unit.of(Stamp).add(a_stamp(organization.id, document.id))
        await unit.commit()
    for entity, row in ((Document, document), (Folder, inner), (Folder, top)):
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated, match="stamps_document_id_fkey"):
                await unit.of(entity).remove(row)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="stamps_document_id_fkey"):
            await unit.of(Folder).delete_where(lambda folder: folder.version >= 0)
    async with store.unit(organization.id) as unit:
        await unit.of(Stamp).delete_where(lambda stamp: stamp.document_id == document.id)
        await unit.of(Folder).remove(top)
        assert (await unit.of(Folder).count(), await unit.of(Document).count()) == (0, 0)


async def test_set_null_meets_the_checks(store: Store) -> None:
    """Removing the author of a published document is refused by the check that it would break; of a draft it is not."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        author = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        folder = await unit.of(Folder).add(a_folder(organization.id))
        draft = await unit.of(Document).add(a_document(organization.id, folder.id, author_id=author.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        published = attrs.evolve(draft, status=Status.PUBLISHED, published_at=NOW)
        await unit.of(Document).save(published)
        with pytest.raises(RuleViolated, match="documents_published_has_author"):
            await unit.of(User).remove(author, an_entry(organization.id))
    async with store.unit(organization.id) as unit:
        await unit.of(User).remove(author, an_entry(organization.id))
        assert await unit.of(Document).get(draft.id) == attrs.evolve(draft, author_id=None)


async def test_restrict_on_a_user(store: Store) -> None:
    """A reviewer can't be removed, by no write, and can once nothing is reviewed."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        reviewer = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        folder = await unit.of(Folder).add(a_folder(organization.id, owner_id=reviewer.id))
        document = await unit.of(Document).add(a_document(organization.id, folder.id, reviewer_id=reviewer.id))
        await unit.commit()
    removals: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda unit: unit.of(User).remove(reviewer, an_entry(organization.id)),
        lambda unit: unit.of(User).delete_where(lambda user: user.id == reviewer.id, an_entry(organization.id)),
    ]
    for remove in removals:
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated, match="documents_reviewer_id_fkey"):
                await remove(unit)
    async with store.unit(organization.id) as unit:
        await unit.of(Document).save(attrs.evolve(document, reviewer_id=None))
        await unit.of(User).remove(reviewer, an_entry(organization.id))
        assert (await unit.of(Folder).get(folder.id)).owner_id is None
        await unit.commit()


async def full_organization(store: Store) -> Organization:
    """An organization with a row of everything but stamps."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(User).add(a_user(organization.id), an_entry(organization.id), (an_event(organization.id),))
        folder = await unit.of(Folder).add(a_folder(organization.id, owner_id=user.id))
        await unit.of(Document).add(a_document(organization.id, folder.id, author_id=user.id))
        await unit.commit()
    return organization


async def rows_left(store: Store, id: OrganizationId) -> int:
    """How many rows of an organization are left."""
    async with store.reading(id) as reading:
        return sum(
            [
                await reading.of(entity).count(include_deleted=True)
                for entity in (Organization, User, Folder, Document, Stamp)
            ]
        )


async def test_removing_an_organization(store: Store) -> None:
    """The hard deletion of an organization removes its users and the host's rows; the trail goes to the archive.

    The entry of the deletion itself goes there too. Events that are not delivered stay.
    """
    organization = await full_organization(store)
    entry = an_entry(organization.id)
    async with store.unit(organization.id) as unit:
        trail = await unit.audit_trail.find()
        await unit.of(Organization).delete_where(lambda row: row.version >= 0, entry)
        await unit.commit()
    assert await rows_left(store, organization.id) == 0
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.count() == 0
        archived = await reading.of(ArchivedEntry).find()
        assert await reading.outbox.count() == 1
    own = archived[-1]
    filled = attrs.evolve(entry, number=own.number, recorded_at=own.recorded_at)
    assert [attrs.asdict(row) for row in archived] == [attrs.asdict(row) for row in (*trail, filled)]
    with pytest.raises(NotFound):
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")


async def test_removing_an_organization_is_restricted(store: Store) -> None:
    """A row that restricts keeps its organization from being removed, and everything stays."""
    organization = await full_organization(store)
    async with store.unit(organization.id) as unit:
        (document,) = await unit.of(Document).find()
        await unit.of(Stamp).add(a_stamp(organization.id, document.id))
        await unit.commit()
    before = await rows_left(store, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="stamps_"):
            await unit.of(Organization).remove(organization, an_entry(organization.id))
    assert await rows_left(store, organization.id) == before
