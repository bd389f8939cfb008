"""Audit and events: an audited write takes its record, and trail and outbox never tell of a write that was not kept."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.kit.assignments import assign
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.errors import AuditRecordRequired, ConcurrencyConflict, QueryRefused, RuleViolated
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import AuditedRepository, Repository, Store
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.removal import count
from gapless.testing.laws.rows import NOW, an_audit_record, an_event, fresh_id

Users = AuditedRepository[Member, UserId]


async def test_audited_write_takes_its_audit_record(store: Store, team: Team) -> None:
    """A write of an audited entity without an audit record, or with something else in its place, is refused."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    user = team.a_member(organization.id)
    writes: dict[str, Callable[[Users, AuditRecord], Awaitable[object]]] = {
        "add": lambda users, audit: users.add(user, audit),
        "add_all": lambda users, audit: users.add_all([user], audit),
        "save": lambda users, audit: users.save(owner, audit),
        "remove": lambda users, audit: users.remove(owner, audit),
        "update_where": lambda users, audit: users.update_where(
            lambda row: row.name == "Ann", lambda row: (assign(row.name, "Bo"),), audit
        ),
        "delete_where": lambda users, audit: users.delete_where(lambda row: row.name == "Ann", audit),
    }
    for write in writes.values():
        for wrong in (None, "record", user):
            async with store.unit(organization.id) as unit:
                with pytest.raises(AuditRecordRequired):
                    await write(unit.of(team.member), cast(AuditRecord, wrong))
    await team.assert_untouched(store, organization.id)


async def test_audit_record_and_events_are_kept_with_the_write(store: Store, team: Team) -> None:
    """As soon as a write is done, its audit record and events are there as they were handed over."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id, before=JsonObject({"a": 1}), user_agent="")
    events = [an_event(organization.id), an_event(organization.id, kind="second")]
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), audit, events)
        assert await unit.audit_trail.get(audit.id) == audit
        assert {event.id for event in await unit.outbox.find()} == {event.id for event in events}
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.get(audit.id) == audit
        stored = [await reading.outbox.get(event.id) for event in events]
    assert stored == [attrs.evolve(event, version=1) for event in events]


async def test_one_audit_record_covers_a_batch(store: Store, team: Team) -> None:
    """A record that is handed over with several writes is written once; the events are written each time."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(team.a_member(organization.id), audit, (an_event(organization.id),))
        await unit.of(team.member).save(user.renamed("Bo"), audit, (an_event(organization.id),))
        await unit.of(team.root).save(organization.renamed("Bo"), audit)
        await unit.of(team.member).delete_where(lambda row: row.id == user.id, audit)
        await unit.audit_trail.add(an_audit_record(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (3, 2)


async def test_audit_record_added_by_itself_covers_later_writes(store: Store, team: Team) -> None:
    """An audit record that is added to the trail first, and then handed over with a write, is in the trail once."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.audit_trail.add(audit)
        await unit.of(team.member).add(team.a_member(organization.id), audit)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.count(lambda row: row.id == audit.id) == 1


@pytest.mark.parametrize("by_itself", [True, False], ids=["added by itself", "handed over"])
async def test_another_audit_record_with_the_same_id(store: Store, team: Team, by_itself: bool) -> None:
    """A different record under the id of one that the unit has written is refused, so that nothing it tells is lost."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        if by_itself:
            await unit.audit_trail.add(audit)
        else:
            await unit.of(team.member).add(team.a_member(organization.id), audit)
        with pytest.raises(RuleViolated) as caught:
            await unit.of(team.member).add(team.a_member(organization.id), attrs.evolve(audit, action="another"))
    assert caught.value.rule == "audit_logs_root_id_id_unique"
    await team.assert_untouched(store, organization.id)


async def test_audit_record_that_is_there_already(store: Store, team: Team) -> None:
    """An audit record of an earlier unit can't be written a second time."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.audit_trail.add(audit)
        await unit.commit()
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="audit_logs_root_id_id_unique"):
            await unit.of(team.member).add(team.a_member(organization.id), audit)


async def test_a_conflict_comes_before_an_audit_record_that_is_there(store: Store, team: Team) -> None:
    """Whose row had changed is told of that, and not of a rule that only the record of the write breaks."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    audit, stale = an_audit_record(organization.id), attrs.evolve(owner, version=5)
    async with store.unit(organization.id) as unit:
        await unit.audit_trail.add(audit)
        await unit.commit()
    writes: list[Callable[[Users], Awaitable[object]]] = [
        lambda users: users.save(stale, audit),
        lambda users: users.remove(stale, audit),
    ]
    for write in writes:
        async with store.unit(organization.id) as unit:
            with pytest.raises(ConcurrencyConflict):
                await write(unit.of(team.member))


def archived(audit: AuditRecord) -> ArchivedAuditRecord:
    """The same audit record, as the archive keeps it."""
    return ArchivedAuditRecord(**attrs.asdict(audit, recurse=False))


async def test_nobody_adds_to_the_archive(store: Store, team: Team) -> None:
    """Every way to add an archived record is refused: a forged one would be there before the genuine one."""
    organization = await team.created(store)
    forged = archived(an_audit_record(organization.id))
    adds: list[Callable[[Repository[ArchivedAuditRecord, UUID]], Awaitable[object]]] = [
        lambda archive: archive.add(forged),
        lambda archive: archive.add_all([forged]),
    ]
    for add in adds:
        async with store.unit(organization.id) as unit:
            with pytest.raises(QueryRefused, match="ArchivedAuditRecord"):
                await add(unit.of(ArchivedAuditRecord))
        async with store.creating(fresh_id()) as creating:
            with pytest.raises(QueryRefused, match="ArchivedAuditRecord"):
                await add(creating.of(ArchivedAuditRecord))
    assert await count(store, organization.id, ArchivedAuditRecord) == 0


async def test_an_archived_audit_record_does_not_tell_of_a_write(store: Store, team: Team) -> None:
    """An archived record is refused in the place of an audit record, though its class is a subclass."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(team.member).add(team.a_member(organization.id), archived(an_audit_record(organization.id)))


async def test_refused_write_is_not_told(store: Store, team: Team) -> None:
    """A write that was refused, or whose row had changed, leaves no audit record and no event."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    twin, stale = attrs.evolve(owner, id=UserId(fresh_id())), attrs.evolve(owner, version=5)
    writes: list[Callable[[Users, AuditRecord, Sequence[OutboxEvent]], Awaitable[object]]] = [
        lambda users, audit, events: users.add(twin, audit, events),
        lambda users, audit, events: users.save(stale, audit, events),
        lambda users, audit, events: users.remove(stale, audit, events),
    ]
    for write in writes:
        async with store.unit(organization.id) as unit:
            with pytest.raises((RuleViolated, ConcurrencyConflict)):
                await write(unit.of(team.member), an_audit_record(organization.id), (an_event(organization.id),))
    await team.assert_untouched(store, organization.id)


async def test_trail_is_append_only(store: Store, team: Team) -> None:
    """No write changes or removes an audit record; records leave the trail only with their root."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        (audit,) = await unit.audit_trail.find()
    changes: dict[str, Callable[[Repository[AuditRecord, UUID]], Awaitable[object]]] = {
        "save": lambda trail: trail.save(attrs.evolve(audit, action="else")),
        "remove": lambda trail: trail.remove(audit),
        "update_where": lambda trail: trail.update_where(
            lambda row: row.id == audit.id, lambda row: (assign(row.action, "else"),)
        ),
        "delete_where": lambda trail: trail.delete_where(lambda row: row.id == audit.id),
    }
    for change in changes.values():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await change(unit.of(AuditRecord))
            assert caught.value.rule == "audit_logs_append_only"
    await team.assert_untouched(store, organization.id)
    async with store.unit(organization.id) as unit:
        trail = unit.of(AuditRecord)
        assert await trail.delete_where(lambda row: row.action == "nobody did") == 0
        assert (
            await trail.update_where(lambda row: row.action == "nobody did", lambda row: (assign(row.action, "else"),))
            == 0
        )
        await unit.commit()
    await team.assert_untouched(store, organization.id)


async def test_archive_is_append_only(store: Store, team: Team) -> None:
    """No write changes or removes what was archived with its root."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).remove(organization, an_audit_record(organization.id))
        await unit.commit()
    async with store.creating(organization.id) as unit:
        kept = (await unit.of(ArchivedAuditRecord).find())[0]
    changes: list[Callable[[Repository[ArchivedAuditRecord, UUID]], Awaitable[object]]] = [
        lambda audits: audits.save(attrs.evolve(kept, action="else")),
        lambda audits: audits.remove(kept),
        lambda audits: audits.update_where(lambda row: row.id == kept.id, lambda row: (assign(row.action, "else"),)),
        lambda audits: audits.delete_where(lambda row: row.id == kept.id),
    ]
    for change in changes:
        async with store.creating(organization.id) as unit:
            with pytest.raises(RuleViolated, match="audit_archive_append_only"):
                await change(unit.of(ArchivedAuditRecord))


async def test_audit_records_of_an_entity_that_is_not_audited(store: Store, team: Team, plain: Plain) -> None:
    """Entities that are not audited are written without an audit record."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(plain.row).add(plain.a_row(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.audit_trail.count() == 1


async def test_events_of_the_host(store: Store, team: Team) -> None:
    """Events may be added, postponed and removed in a unit, as every row may."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        event = await unit.outbox.add(an_event(organization.id))
        claimed = await unit.outbox.save(attrs.evolve(event, attempts=1, claim=fresh_id()))
        assert await unit.outbox.find(lambda row: row.due_at <= NOW) == (claimed,)
        await unit.outbox.remove(claimed)
        await unit.commit()
    await team.assert_untouched(store, organization.id)


async def test_creation_writes_its_audit_record_beside_the_organization(store: Store, team: Team) -> None:
    """The audit record of a new root belongs to the root that the same statement adds."""
    organization = team.a_root()
    async with store.creating(organization.id) as unit:
        audit = an_audit_record(organization.id)
        await unit.of(team.root).add(organization, audit, (an_event(organization.id),))
        await unit.of(team.member).add(team.a_member(organization.id, role="OWNER"), audit)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        users: tuple[Member, ...] = await reading.of(team.member).find()
        assert (len(users), await reading.audit_trail.count(), await reading.outbox.count()) == (1, 1, 1)
