"""Law 2: one statement changes its rows, then checks references, then carries out referential actions."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.kit import Check, Reference
from gapless.kit.assignments import assign
from gapless.kit.audit import ArchivedAuditRecord
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.ids import RootId, UserId
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.laws.files import FolderId
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Plain, Team, rule_of
from gapless.testing.laws.rows import NOW, a_deletion, an_audit_record, an_event, fresh_id
from gapless.testing.laws.workspaces import Workspace


async def refused(team: Team, unit: UnitOfWork, *users: Member) -> str:
    """The rule that refuses these members when they are added in one statement."""
    with pytest.raises(RuleViolated) as caught:
        await unit.of(team.member).add_all(users, an_audit_record(users[0].organization_id))
    return caught.value.rule


async def test_a_set_based_write_is_checked_as_one(store: Store, team: Team) -> None:
    """A set-based write that gives two rows the same address is refused, even if no other row has that address."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        users = [team.a_member(organization.id, name="Twin") for _ in range(2)]
        await unit.of(team.member).add_all(users, an_audit_record(organization.id))
        with pytest.raises(RuleViolated, match=team.email_rule):
            await unit.of(team.member).update_where(
                lambda row: row.name == "Twin",
                lambda row: (assign(row.email, "both@acme.org"),),
                an_audit_record(organization.id),
            )


async def test_addresses_are_not_swapped_row_by_row(store: Store, team: Team) -> None:
    """Two members can't swap addresses by two saves: the first save takes an address that is not free."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        one, other = await unit.of(team.member).add_all(
            [team.a_member(organization.id) for _ in range(2)], an_audit_record(organization.id)
        )
        with pytest.raises(RuleViolated, match=team.email_rule):
            await unit.of(team.member).save(attrs.evolve(one, email=other.email), an_audit_record(organization.id))


async def test_an_address_is_handed_on(store: Store, team: Team) -> None:
    """An address is free as soon as its member has another one, is deleted or is gone; a restore takes it again."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        audit = an_audit_record(organization.id)
        first = await unit.of(team.member).add(team.a_member(organization.id), audit)
        email = first.email
        gone = await unit.of(team.member).save(deleted(first, a_deletion()), audit)
        second = await unit.of(team.member).add(team.a_member(organization.id, email=email), audit)
        await unit.of(team.member).save(attrs.evolve(second, email="other@acme.org"), audit)
        third = await unit.of(team.member).add(team.a_member(organization.id, email=email), audit)
        await unit.of(team.member).remove(third, audit)
        back = await unit.of(team.member).save(restored(gone), audit)
        assert await refused(team, unit, team.a_member(organization.id, email=back.email)) == team.email_rule


async def test_a_batch_is_checked_as_one(store: Store, team: Team) -> None:
    """A batch with two rows of one address or one id is refused as a whole."""
    organization = await team.created(store)
    user = team.a_member(organization.id)
    async with store.unit(organization.id) as unit:
        assert await refused(team, unit, user, team.a_member(organization.id, email=user.email)) == team.email_rule
    async with store.unit(organization.id) as unit:
        same = team.a_member(organization.id, id=user.id, email="other@acme.org")
        assert await refused(team, unit, user, same) == team.member_key_rule


async def test_a_batch_may_refer_to_itself(store: Store, team: Team, files: Files) -> None:
    """A row may refer to another row of the same batch, also to one that comes after it."""
    organization = await team.created(store)
    top = files.a_folder(organization.id)
    inner = files.a_folder(organization.id, parent_id=top.id)
    async with store.unit(organization.id) as unit:
        assert len(await unit.of(files.folder).add_all([inner, top])) == 2
        await unit.commit()


async def test_empty_batch(store: Store, team: Team, plain: Plain) -> None:
    """A batch without rows, and a set-based write that finds no rows, still write their audit record and events."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        assert (
            await unit.of(team.member).add_all([], an_audit_record(organization.id), (an_event(organization.id),)) == ()
        )
        number = await unit.of(team.member).delete_where(
            lambda row: row.name == "Nobody", an_audit_record(organization.id), (an_event(organization.id),)
        )
        assert number == 0
        assert await unit.of(plain.row).add_all([]) == ()
        record = an_audit_record(organization.id)
        for _ in range(2):  # the second time the record is there already
            assert await unit.of(team.root).add_all([], record, (an_event(organization.id),)) == ()
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (4, 4)


async def test_references_are_checked_at_the_write(store: Store, team: Team, files: Files) -> None:
    """The write that makes a row refer to a missing row is refused; a reference with a null is not checked."""
    organization = await team.created(store)
    folder = files.a_folder(organization.id)
    lost = {
        rule_of(files.folder, Reference, "owner_id"): attrs.evolve(folder, owner_id=UserId(fresh_id())),
        rule_of(files.folder, Reference, "parent_id"): attrs.evolve(folder, parent_id=FolderId(fresh_id())),
    }
    for rule, row in lost.items():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated, match=rule):
                await unit.of(files.folder).add(row)
        async with store.unit(organization.id) as unit:
            await unit.of(files.folder).add(folder)
            with pytest.raises(RuleViolated, match=rule):
                await unit.of(files.folder).save(attrs.evolve(row, version=1))


async def test_a_folder_may_be_its_own_parent(store: Store, team: Team, files: Files) -> None:
    """A row may refer to itself, and can be removed."""
    organization = await team.created(store)
    folder = files.a_folder(organization.id)
    async with store.unit(organization.id) as unit:
        own = await unit.of(files.folder).add(attrs.evolve(folder, parent_id=folder.id))
        await unit.of(files.folder).remove(own)
        assert await unit.of(files.folder).count() == 0


async def test_cascade_goes_all_the_way_down(store: Store, team: Team, files: Files) -> None:
    """Removing a folder removes what is in it, level by level, and sets references to those rows to null."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        levels = [await unit.of(files.folder).add(files.a_folder(organization.id))]
        for _ in range(3):
            levels.append(await unit.of(files.folder).add(files.a_folder(organization.id, parent_id=levels[-1].id)))
        elsewhere = await unit.of(files.folder).add(files.a_folder(organization.id))
        lost = await unit.of(files.document).add(files.a_document(organization.id, levels[-1].id))
        copy = await unit.of(files.document).add(files.a_document(organization.id, elsewhere.id, original_id=lost.id))
        await unit.of(files.folder).remove(levels[0])
        assert await unit.of(files.folder).find() == (elsewhere,)
        assert await unit.of(files.document).find() == (attrs.evolve(copy, original_id=None),)
        await unit.commit()


async def test_restrict_stops_a_cascade(store: Store, team: Team, files: Files) -> None:
    """A stamped document keeps its folder, and every folder above, from being removed; nothing is removed then."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        top = await unit.of(files.folder).add(files.a_folder(organization.id))
        inner = await unit.of(files.folder).add(files.a_folder(organization.id, parent_id=top.id))
        document = await unit.of(files.document).add(files.a_document(organization.id, inner.id))
        await unit.of(files.stamp).add(files.a_stamp(organization.id, document.id))
        await unit.commit()
    for entity, row in ((files.document, document), (files.folder, inner), (files.folder, top)):
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated, match=rule_of(files.stamp, Reference, "document_id")):
                await unit.of(entity).remove(row)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match=rule_of(files.stamp, Reference, "document_id")):
            await unit.of(files.folder).delete_where(lambda folder: folder.version >= 0)
    async with store.unit(organization.id) as unit:
        await unit.of(files.stamp).delete_where(lambda stamp: stamp.document_id == document.id)
        await unit.of(files.folder).remove(top)
        assert (await unit.of(files.folder).count(), await unit.of(files.document).count()) == (0, 0)


async def test_set_null_meets_the_checks(store: Store, team: Team, files: Files) -> None:
    """The author of a published document can't be removed, because a check would break; the author of a draft can."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        author = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        draft = await unit.of(files.document).add(files.a_document(organization.id, folder.id, author_id=author.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        published = draft.published(NOW)
        await unit.of(files.document).save(published)
        with pytest.raises(RuleViolated, match=rule_of(files.document, Check, "author_id", "status")):
            await unit.of(team.member).remove(author, an_audit_record(organization.id))
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).remove(author, an_audit_record(organization.id))
        assert await unit.of(files.document).get(draft.id) == attrs.evolve(draft, author_id=None)


async def test_restrict_on_a_user(store: Store, team: Team, files: Files) -> None:
    """No write can remove a reviewer as long as a document refers to them."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        reviewer = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        folder = await unit.of(files.folder).add(files.a_folder(organization.id, owner_id=reviewer.id))
        document = await unit.of(files.document).add(
            files.a_document(organization.id, folder.id, reviewer_id=reviewer.id)
        )
        await unit.commit()
    removals: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda unit: unit.of(team.member).remove(reviewer, an_audit_record(organization.id)),
        lambda unit: unit.of(team.member).delete_where(
            lambda user: user.id == reviewer.id, an_audit_record(organization.id)
        ),
    ]
    for remove in removals:
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated, match=rule_of(files.document, Reference, "reviewer_id")):
                await remove(unit)
    async with store.unit(organization.id) as unit:
        await unit.of(files.document).save(attrs.evolve(document, reviewer_id=None))
        await unit.of(team.member).remove(reviewer, an_audit_record(organization.id))
        assert (await unit.of(files.folder).get(folder.id)).owner_id is None
        await unit.commit()


async def full_organization(store: Store, team: Team, files: Files) -> Workspace:
    """A root with a row of every entity except stamps."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(
            team.a_member(organization.id), an_audit_record(organization.id), (an_event(organization.id),)
        )
        folder = await unit.of(files.folder).add(files.a_folder(organization.id, owner_id=user.id))
        await unit.of(files.document).add(files.a_document(organization.id, folder.id, author_id=user.id))
        await unit.commit()
    return organization


async def rows_left(store: Store, team: Team, files: Files, id: RootId) -> int:
    """How many rows of a root are left."""
    async with store.reading(id) as reading:
        return sum(
            [
                await reading.of(entity).count(include_deleted=True)
                for entity in (team.root, team.member, files.folder, files.document, files.stamp)
            ]
        )


async def test_removing_an_organization(store: Store, team: Team, files: Files) -> None:
    """Removing a root for good removes its members and its other rows, and archives its trail.

    The audit record of the removal itself is archived too. Events that are not delivered stay.
    """
    organization = await full_organization(store, team, files)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        trail = await unit.audit_trail.find()
        await unit.of(team.root).delete_where(lambda row: row.version >= 0, audit)
        await unit.commit()
    assert await rows_left(store, team, files, organization.id) == 0
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.count() == 0
        archived = await reading.of(ArchivedAuditRecord).find()
        assert await reading.outbox.count() == 1
    own = archived[-1]
    filled = attrs.evolve(audit, number=own.number, recorded_at=own.recorded_at)
    assert [attrs.asdict(row) for row in archived] == [attrs.asdict(row) for row in (*trail, filled)]
    with pytest.raises(NotFound):
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")


async def test_removing_an_organization_is_restricted(store: Store, team: Team, files: Files) -> None:
    """A row whose reference restricts keeps its root from being removed, and everything stays."""
    organization = await full_organization(store, team, files)
    async with store.unit(organization.id) as unit:
        (document,) = await unit.of(files.document).find()
        await unit.of(files.stamp).add(files.a_stamp(organization.id, document.id))
        await unit.commit()
    before = await rows_left(store, team, files, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="stamps_"):
            await unit.of(team.root).remove(organization, an_audit_record(organization.id))
    assert await rows_left(store, team, files, organization.id) == before
