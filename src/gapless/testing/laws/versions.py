"""Law 4: the store owns the version of a row; a save needs the version that was read, and writes what changed."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import attrs
import pytest

from gapless.kit import Immutable, model_of
from gapless.kit.assignments import Assignment, assign
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import ConcurrencyConflict, NotFound, QueryRefused, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.files import Folder, Stamp
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Plain, PlainRow, Team, rule_of
from gapless.testing.laws.rows import an_audit_record


async def test_version_of_an_addition(store: Store, team: Team, plain: Plain) -> None:
    """An added row has version 1, whatever version it came with."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        added = await unit.of(team.member).add(
            team.a_member(organization.id, version=7), an_audit_record(organization.id)
        )
        several = await unit.of(plain.row).add_all([plain.a_row(organization.id, version=n) for n in (0, 3)])
        await unit.commit()
    assert (organization.version, added.version, *(row.version for row in several)) == (1, 1, 1, 1)


async def test_version_of_a_save(store: Store, team: Team) -> None:
    """Each save raises the version by one and returns the stored row, also if it changes nothing."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        for version, name in ((2, "Bob"), (3, "Bob"), (4, "Rob")):
            user = await unit.of(team.member).save(user.renamed(name), an_audit_record(organization.id))
            assert user == attrs.evolve(user, name=name, version=version)
        await unit.commit()
    async with store.unit(organization.id) as unit:
        unchanged = await unit.of(team.member).save(user, an_audit_record(organization.id))
        await unit.commit()
    assert unchanged == attrs.evolve(user, version=5)
    assert unchanged in await team.members(store, organization.id)


async def test_stale_save(store: Store, team: Team, plain: Plain) -> None:
    """A save or a removal of a stale version raises ConcurrencyConflict, and changes nothing."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        old = await unit.of(plain.row).add(plain.a_row(organization.id))
        new = await unit.of(plain.row).save(plain.saying(old, "new"))
        await unit.commit()
    for version in (old.version, new.version + 1, 0):
        stale = plain.saying(model_of(plain.row).with_version(new, version), "stale")
        async with store.unit(organization.id) as unit:
            with pytest.raises(ConcurrencyConflict):
                await unit.of(plain.row).save(stale)
        async with store.unit(organization.id) as unit:
            with pytest.raises(ConcurrencyConflict):
                await unit.of(plain.row).remove(stale)
    async with store.reading(organization.id) as reading:
        assert await reading.of(plain.row).find() == (new,)


async def test_stale_save_of_an_audited_row(store: Store, team: Team) -> None:
    """A stale save of an audited row writes no audit record."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(ConcurrencyConflict):
            await unit.of(team.member).save(attrs.evolve(owner, version=9), an_audit_record(organization.id))
    await team.assert_untouched(store, organization.id)


async def test_save_of_what_is_gone(store: Store, team: Team, plain: Plain) -> None:
    """A save or a removal of a row that is gone, or never was, raises NotFound with its id."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        gone = await unit.of(plain.row).add(plain.a_row(organization.id))
        await unit.of(plain.row).remove(gone)
        await unit.commit()
    for write in ("save", "remove"):
        for row in (gone, plain.a_row(organization.id)):
            async with store.unit(organization.id) as unit:
                with pytest.raises(NotFound) as caught:
                    await getattr(unit.of(plain.row), write)(row)
                assert caught.value.to_dict()["id"] == str(row.id)
                assert caught.value.to_dict()["entity"] == plain.row.__name__


async def _stamped(store: Store, home: RootId, files: Files) -> tuple[Folder, Stamp]:
    async with store.unit(home) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(home))
        document = await unit.of(files.document).add(files.a_document(home, folder.id))
        stamp = await unit.of(files.stamp).add(files.a_stamp(home, document.id))
        await unit.commit()
    return folder, stamp


async def test_when_a_row_was_created_never_changes(store: Store, team: Team, files: Files) -> None:
    """For every entity, a save with another `created_at` is refused by its rule; the same time passes."""
    organization = await team.created(store)
    (user,) = await team.members(store, organization.id)
    folder, stamp = await _stamped(store, organization.id, files)
    later, audit = organization.created_at + timedelta(days=1), an_audit_record(organization.id)
    saves: dict[type[Validated], Callable[[UnitOfWork, datetime], Awaitable[object]]] = {
        team.root: lambda unit, at: unit.of(team.root).save(attrs.evolve(organization, created_at=at), audit),
        team.member: lambda unit, at: unit.of(team.member).save(attrs.evolve(user, created_at=at), audit),
        files.folder: lambda unit, at: unit.of(files.folder).save(attrs.evolve(folder, created_at=at)),
        files.stamp: lambda unit, at: unit.of(files.stamp).save(attrs.evolve(stamp, created_at=at)),
    }
    for entity, save in saves.items():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await save(unit, later)
            assert caught.value.rule == rule_of(entity, Immutable, "created_at")
    async with store.unit(organization.id) as unit:
        with pytest.raises(QueryRefused, match="created_at"):
            await unit.of(files.folder).update_where(
                lambda row: row.name == "a", lambda row: (assign(row.created_at, later),)
            )
    async with store.unit(organization.id) as unit:
        assert await unit.of(files.stamp).save(stamp) == stamp
        assert await saves[files.folder](unit, folder.created_at) == attrs.evolve(folder, version=2)
        await unit.commit()


async def test_set_based_writes_raise_versions(store: Store, team: Team, plain: Plain) -> None:
    """A set-based write raises the version of every row that it matches, also if nothing changes in it."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        first, second, other = await unit.of(plain.row).add_all([plain.a_row(organization.id) for _ in range(3)])
        number = await unit.of(plain.row).update_where(
            lambda row: row.id != other.id, lambda row: (plain.said(row, "same"),)
        )
        await unit.commit()
    async with store.reading(organization.id) as reading:
        versions = {row.id: row.version for row in await reading.of(plain.row).find()}
    assert (number, versions) == (2, {first.id: 2, second.id: 2, other.id: 1})


async def test_referential_actions_and_count_rules_leave_the_version(store: Store, team: Team, files: Files) -> None:
    """A reference that a removal sets to null, and an invariant that becomes pending, raise no version."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        folder = await unit.of(files.folder).add(files.a_folder(organization.id, owner_id=user.id))
        await unit.of(team.member).remove(user, an_audit_record(organization.id))
        assert await unit.of(files.folder).get(folder.id) == attrs.evolve(folder, owner_id=None)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.of(team.root).get(organization.id)).version == 1


async def test_save_writes_only_what_changed(store: Store, team: Team, files: Files) -> None:
    """A save writes only fields that differ from the row that was read; one set to null meanwhile stays null."""
    organization = await team.created(store)
    author = team.a_member(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(author, an_audit_record(organization.id))
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        draft = await unit.of(files.document).add(files.a_document(organization.id, folder.id, author_id=author.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        read = await unit.of(files.document).get(draft.id)
        await unit.of(team.member).delete_where(lambda row: row.id == author.id, an_audit_record(organization.id))
        saved = await unit.of(files.document).save(attrs.evolve(read, title="Changed"))
        assert (saved.title, saved.author_id) == ("Changed", None)
        await unit.commit()


async def test_save_of_what_the_unit_never_read(store: Store, team: Team) -> None:
    """A row that another unit has read is saved as a whole if it was not changed since."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        changed = await unit.of(team.member).save(owner.renamed("Olga"), an_audit_record(organization.id))
        await unit.commit()
    assert await team.members(store, organization.id) == (attrs.evolve(owner, name="Olga", version=2),)
    assert changed == attrs.evolve(owner, name="Olga", version=2)


async def test_save_after_a_set_based_write(store: Store, team: Team, plain: Plain) -> None:
    """A row that was read before a set-based write changed it is stale afterwards."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(plain.row).add(plain.a_row(organization.id))
        await unit.of(plain.row).update_where(lambda row: row.id == folder.id, lambda row: (plain.said(row, "set"),))
        with pytest.raises(ConcurrencyConflict):
            await unit.of(plain.row).save(plain.saying(folder, "late"))


async def test_version_and_key_are_not_assigned(store: Store, team: Team, plain: Plain) -> None:
    """A set-based write that assigns the version, the key, one column twice or nothing is refused."""
    organization = await team.created(store)

    def twice(row: PlainRow) -> tuple[Assignment, ...]:
        return plain.said(row, "one"), plain.said(row, "other")

    for assignments in (
        lambda row: (assign(row.version, 3),),
        lambda row: (assign(row.id, an_audit_record(organization.id).id),),
        lambda row: (assign(row.organization_id, organization.id),),
        twice,
        lambda _: (),
    ):
        async with store.unit(organization.id) as unit:
            with pytest.raises(QueryRefused):
                await unit.of(plain.row).update_where(lambda row: row.version == 9, assignments)


async def test_rows_without_a_version(store: Store, team: Team, files: Files) -> None:
    """A row of an entity without a version can be added, found and removed; then it is NotFound."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        document = await unit.of(files.document).add(files.a_document(organization.id, folder.id))
        stamp = files.a_stamp(organization.id, document.id)
        assert await unit.of(files.stamp).add(stamp) == stamp
        assert await unit.of(files.stamp).get(stamp.id) == stamp
        assert await unit.of(files.stamp).save(stamp) == stamp
        await unit.of(files.stamp).remove(stamp)
        with pytest.raises(NotFound):
            await unit.of(files.stamp).remove(stamp)


async def test_changed_fields_meet_the_rules(store: Store, team: Team) -> None:
    """A save by one unit and a removal by the next leave nothing but their audit records."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(
            team.an_owner(organization.id), an_audit_record(organization.id, action="add")
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        saved = await unit.of(team.member).save(
            user.with_role(team.role.ADMIN), an_audit_record(organization.id, action="save")
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).remove(saved, an_audit_record(organization.id, action="remove"))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        audits: tuple[AuditRecord, ...] = await reading.audit_trail.find(order=lambda audit: audit.created_at)
        left: tuple[Member, ...] = await reading.of(team.member).find()
    assert [audit.action for audit in audits] == ["test", "add", "save", "remove"]
    assert len(left) == 1
