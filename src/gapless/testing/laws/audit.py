"""Audit and events: an audited write takes its entry, is told once, and neither trail nor outbox tells what was not."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.kit.audit import ArchivedEntry, AuditEntry
from gapless.kit.errors import AuditEntryRequired, ConcurrencyConflict, QueryRefused, RuleViolated
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import AuditedRepository, Repository, Store
from gapless.kit.queries import assign
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.removing import count
from gapless.testing.laws.rows import NOW, an_entry, an_event, fresh_id

Users = AuditedRepository[Member, UserId]


async def test_audited_write_takes_its_entry(store: Store, team: Team) -> None:
    """A write of an audited entity without an entry, or with something else for one, is refused."""
    organization = await team.founded(store)
    (owner,) = await team.members(store, organization.id)
    user = team.a_member(organization.id)
    writes: dict[str, Callable[[Users, AuditEntry], Awaitable[object]]] = {
        "add": lambda users, entry: users.add(user, entry),
        "add_all": lambda users, entry: users.add_all([user], entry),
        "save": lambda users, entry: users.save(owner, entry),
        "remove": lambda users, entry: users.remove(owner, entry),
        "update_where": lambda users, entry: users.update_where(
            lambda row: row.name == "Ann", lambda row: (assign(row.name, "Bo"),), entry
        ),
        "delete_where": lambda users, entry: users.delete_where(lambda row: row.name == "Ann", entry),
    }
    for write in writes.values():
        for wrong in (None, "entry", user):
            async with store.unit(organization.id) as unit:
                with pytest.raises(AuditEntryRequired):
                    await write(unit.of(team.member), cast(AuditEntry, wrong))
    await team.assert_untouched(store, organization.id)


async def test_entry_and_events_are_kept_with_the_write(store: Store, team: Team) -> None:
    """Entry and events are there as they were handed over, as soon as the write is."""
    organization = await team.founded(store)
    entry = an_entry(organization.id, before=JsonObject({"a": 1}), user_agent="")
    events = [an_event(organization.id), an_event(organization.id, kind="second")]
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), entry, events)
        assert await unit.audit_trail.get(entry.id) == entry
        assert {event.id for event in await unit.outbox.find()} == {event.id for event in events}
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.get(entry.id) == entry
        stored = [await reading.outbox.get(event.id) for event in events]
    assert stored == [attrs.evolve(event, version=1) for event in events]


async def test_one_entry_covers_a_batch(store: Store, team: Team) -> None:
    """An entry that is handed over again is not written again, whatever is written; its events are, each time."""
    organization = await team.founded(store)
    entry = an_entry(organization.id)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(team.a_member(organization.id), entry, (an_event(organization.id),))
        await unit.of(team.member).save(user.renamed("Bo"), entry, (an_event(organization.id),))
        await unit.of(team.root).save(organization.renamed("Bo"), entry)
        await unit.of(team.member).delete_where(lambda row: row.id == user.id, entry)
        await unit.audit_trail.add(an_entry(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (3, 2)


async def test_entry_added_by_itself_covers_later_writes(store: Store, team: Team) -> None:
    """An entry that was added to the trail first and is then handed over with a write stands there once."""
    organization = await team.founded(store)
    entry = an_entry(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.audit_trail.add(entry)
        await unit.of(team.member).add(team.a_member(organization.id), entry)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.count(lambda row: row.id == entry.id) == 1


@pytest.mark.parametrize("by_itself", [True, False], ids=["added by itself", "handed over"])
async def test_another_entry_with_the_same_id(store: Store, team: Team, by_itself: bool) -> None:
    """An entry that differs from one that the unit has written is not taken for it: nothing that it tells is lost."""
    organization = await team.founded(store)
    entry = an_entry(organization.id)
    async with store.unit(organization.id) as unit:
        if by_itself:
            await unit.audit_trail.add(entry)
        else:
            await unit.of(team.member).add(team.a_member(organization.id), entry)
        with pytest.raises(RuleViolated) as caught:
            await unit.of(team.member).add(team.a_member(organization.id), attrs.evolve(entry, action="another"))
    assert caught.value.rule == "audit_logs_organization_id_id_unique"
    await team.assert_untouched(store, organization.id)


async def test_entry_that_is_there_already(store: Store, team: Team) -> None:
    """An entry of an earlier unit can't be written a second time."""
    organization = await team.founded(store)
    entry = an_entry(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.audit_trail.add(entry)
        await unit.commit()
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="audit_logs_organization_id_id_unique"):
            await unit.of(team.member).add(team.a_member(organization.id), entry)


def archived(entry: AuditEntry) -> ArchivedEntry:
    """The same entry, as the archive keeps it."""
    return ArchivedEntry(**attrs.asdict(entry, recurse=False))


async def test_nobody_adds_to_the_archive(store: Store, team: Team) -> None:
    """An archived entry is refused by every way to add one: a forged one would be there before the genuine one."""
    organization = await team.founded(store)
    forged = archived(an_entry(organization.id))
    adds: list[Callable[[Repository[ArchivedEntry, UUID]], Awaitable[object]]] = [
        lambda archive: archive.add(forged),
        lambda archive: archive.add_all([forged]),
    ]
    for add in adds:
        async with store.unit(organization.id) as unit:
            with pytest.raises(QueryRefused, match="ArchivedEntry"):
                await add(unit.of(ArchivedEntry))
        async with store.founding(OrganizationId(fresh_id())) as founding:
            with pytest.raises(QueryRefused, match="ArchivedEntry"):
                await add(founding.of(ArchivedEntry))
    assert await count(store, organization.id, ArchivedEntry) == 0


async def test_an_archived_entry_does_not_tell_of_a_write(store: Store, team: Team) -> None:
    """An archived entry in the place of an entry is refused, though every archived entry is one."""
    organization = await team.founded(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(team.member).add(team.a_member(organization.id), archived(an_entry(organization.id)))


async def test_refused_write_is_not_told(store: Store, team: Team) -> None:
    """A write that was refused, or found its row changed, leaves neither entry nor event."""
    organization = await team.founded(store)
    (owner,) = await team.members(store, organization.id)
    twin, stale = attrs.evolve(owner, id=UserId(fresh_id())), attrs.evolve(owner, version=5)
    writes: list[Callable[[Users, AuditEntry, Sequence[OutboxEvent]], Awaitable[object]]] = [
        lambda users, entry, events: users.add(twin, entry, events),
        lambda users, entry, events: users.save(stale, entry, events),
        lambda users, entry, events: users.remove(stale, entry, events),
    ]
    for write in writes:
        async with store.unit(organization.id) as unit:
            with pytest.raises((RuleViolated, ConcurrencyConflict)):
                await write(unit.of(team.member), an_entry(organization.id), (an_event(organization.id),))
    await team.assert_untouched(store, organization.id)


async def test_trail_is_append_only(store: Store, team: Team) -> None:
    """No write changes or removes an entry; that goes with the organization alone."""
    organization = await team.founded(store)
    async with store.unit(organization.id) as unit:
        (entry,) = await unit.audit_trail.find()
    changes: dict[str, Callable[[Repository[AuditEntry, UUID]], Awaitable[object]]] = {
        "save": lambda trail: trail.save(attrs.evolve(entry, action="else")),
        "remove": lambda trail: trail.remove(entry),
        "update_where": lambda trail: trail.update_where(
            lambda row: row.id == entry.id, lambda row: (assign(row.action, "else"),)
        ),
        "delete_where": lambda trail: trail.delete_where(lambda row: row.id == entry.id),
    }
    for change in changes.values():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await change(unit.of(AuditEntry))
            assert caught.value.rule == "audit_logs_append_only"
    await team.assert_untouched(store, organization.id)
    async with store.unit(organization.id) as unit:
        trail = unit.of(AuditEntry)
        assert await trail.delete_where(lambda row: row.action == "nobody did") == 0
        assert (
            await trail.update_where(lambda row: row.action == "nobody did", lambda row: (assign(row.action, "else"),))
            == 0
        )
        await unit.commit()
    await team.assert_untouched(store, organization.id)


async def test_archive_is_append_only(store: Store, team: Team) -> None:
    """No write changes or removes what was archived with its organization."""
    organization = await team.founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).remove(organization, an_entry(organization.id))
        await unit.commit()
    async with store.founding(organization.id) as unit:
        kept = (await unit.of(ArchivedEntry).find())[0]
    changes: list[Callable[[Repository[ArchivedEntry, UUID]], Awaitable[object]]] = [
        lambda entries: entries.save(attrs.evolve(kept, action="else")),
        lambda entries: entries.remove(kept),
        lambda entries: entries.update_where(lambda row: row.id == kept.id, lambda row: (assign(row.action, "else"),)),
        lambda entries: entries.delete_where(lambda row: row.id == kept.id),
    ]
    for change in changes:
        async with store.founding(organization.id) as unit:
            with pytest.raises(RuleViolated, match="audit_archive_append_only"):
                await change(unit.of(ArchivedEntry))


async def test_entries_of_an_entity_that_is_not_audited(store: Store, team: Team, plain: Plain) -> None:
    """Entities that are not audited are written without an entry."""
    organization = await team.founded(store)
    async with store.unit(organization.id) as unit:
        await unit.of(plain.row).add(plain.a_row(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.count() == 1


async def test_events_of_the_host(store: Store, team: Team) -> None:
    """Events may be added, postponed and removed in a unit, as every row may."""
    organization = await team.founded(store)
    async with store.unit(organization.id) as unit:
        event = await unit.outbox.add(an_event(organization.id))
        claimed = await unit.outbox.save(attrs.evolve(event, attempts=1, claim=fresh_id()))
        assert await unit.outbox.find(lambda row: row.due_at <= NOW) == (claimed,)
        await unit.outbox.remove(claimed)
        await unit.commit()
    await team.assert_untouched(store, organization.id)


async def test_founding_writes_its_entry_beside_the_organization(store: Store, team: Team) -> None:
    """The entry of a founding belongs to the organization that the same statement adds."""
    organization = team.a_root()
    async with store.founding(organization.id) as unit:
        entry = an_entry(organization.id)
        await unit.of(team.root).add(organization, entry, (an_event(organization.id),))
        await unit.of(team.member).add(team.a_member(organization.id, role="OWNER"), entry)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        users: tuple[Member, ...] = await reading.of(team.member).find()
        assert (len(users), await reading.audit_trail.count(), await reading.outbox.count()) == (1, 1, 1)
