"""System scope: units over all roots, for jobs; they take no lock, and write no entity that is audited or counted."""

import asyncio
from contextlib import suppress
from typing import cast
from uuid import UUID

import pytest

from gapless.kit import AdmissionGuard, AppendOnly, Catalogue, Reference, all_of, one_of
from gapless.kit.assignments import assign
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.errors import ConcurrencyConflict, QueryRefused, RuleViolated, UnitOfWorkClosed, UnitOfWorkFailed
from gapless.kit.ids import EventId
from gapless.kit.kinds import Invariant
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.rows import NOW, an_event, at_once, fresh_id


async def events_of(store: Store, team: Team, organizations: int, events: int) -> list[OutboxEvent]:
    """Events of several roots, the same number for each."""
    found: list[OutboxEvent] = []
    for _ in range(organizations):
        organization = await team.created(store)
        async with store.unit(organization.id) as unit:
            found += await unit.outbox.add_all([an_event(organization.id) for _ in range(events)])
            await unit.commit()
    return found


async def test_reads_and_writes_over_all_organizations(store: Store, team: Team) -> None:
    """A system unit finds, counts, changes and removes rows of all roots."""
    events = await events_of(store, team, 3, 2)
    ids = [event.id for event in events]
    async with store.system() as unit:
        outbox = unit.of(OutboxEvent)
        assert await outbox.count(lambda row: one_of(row.id, *ids)) == 6
        assert len(await outbox.find(lambda row: one_of(row.id, *ids), limit=4)) == 4
        changed = await outbox.update_where(lambda row: one_of(row.id, *ids), lambda row: (assign(row.attempts, 3),))
        assert changed == 6
        assert await outbox.delete_where(lambda row: row.id == ids[0]) == 1
        await unit.commit()
    async with store.system() as unit:
        left = await unit.of(OutboxEvent).find(lambda row: one_of(row.id, *ids))
        assert {(event.attempts, event.version) for event in left} == {(3, 2)}
        assert len(left) == 5


async def test_leaving_keeps_nothing(store: Store, team: Team) -> None:
    """Without a commit nothing of a system unit is kept, and nobody sees its writes before."""
    events = await events_of(store, team, 2, 1)
    ids = [event.id for event in events]
    async with store.system() as unit:
        await unit.of(OutboxEvent).delete_where(lambda row: one_of(row.id, *ids))
        assert await unit.of(OutboxEvent).count(lambda row: one_of(row.id, *ids)) == 0
        async with store.system() as other:
            assert await other.of(OutboxEvent).count(lambda row: one_of(row.id, *ids)) == 2
    async with store.system() as unit:
        assert await unit.of(OutboxEvent).count(lambda row: one_of(row.id, *ids)) == 2


async def test_what_is_audited_or_counted_is_refused(store: Store, catalogue: Catalogue, team: Team) -> None:
    """A system unit reads rows that are audited, counted, guarded or append-only, and can't write them."""
    organization = await team.created(store)
    bound = (Invariant, AdmissionGuard, AppendOnly)
    refused = [model for model in catalogue.models if model.audited or any(map(model.of_kind, bound))]
    assert {team.root, team.member, AuditRecord, ArchivedAuditRecord} <= {model.entity for model in refused}
    # Each of these entities has the fields that are used of a member.
    for entity in cast("list[type[Member]]", [model.entity for model in refused]):
        async with store.system() as unit:
            repository = unit.of(entity)
            await repository.count()
            with pytest.raises(QueryRefused, match="one root"):
                await repository.delete_where(lambda row: row.created_at > NOW)
        async with store.system() as unit:
            repository = unit.of(entity)
            with pytest.raises(QueryRefused, match="one root"):
                await repository.update_where(
                    lambda row: row.id == organization.id, lambda row: (assign(row.id, organization.id),)
                )
    assert organization.version == 1


async def test_life_of_a_unit_in_system_scope(store: Store, team: Team) -> None:
    """A system unit is opened once, committed once, and has failed once a write has failed."""
    (event,) = await events_of(store, team, 1, 1)
    unit = store.system()
    with pytest.raises(UnitOfWorkClosed):
        await unit.of(OutboxEvent).count()
    async with unit:
        with pytest.raises(UnitOfWorkClosed):
            await unit.__aenter__()
        await unit.commit()
        with pytest.raises(UnitOfWorkClosed):
            await unit.commit()
    with pytest.raises(UnitOfWorkClosed):
        await unit.__aenter__()
    async with store.system() as unit:
        with pytest.raises(RuleViolated, match="outbox_attempts_not_negative"):
            await unit.of(OutboxEvent).update_where(
                lambda row: row.id == event.id, lambda row: (assign(row.attempts, -1),)
            )
        with pytest.raises(UnitOfWorkFailed):
            await unit.of(OutboxEvent).count()
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()


async def test_hosts_rows_in_system_scope(store: Store, team: Team, files: Files) -> None:
    """A system unit writes rows of other entities that are not audited or counted, and their references are checked."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        document = await unit.of(files.document).add(files.a_document(organization.id, folder.id))
        stamp = await unit.of(files.stamp).add(files.a_stamp(organization.id, document.id))
        await unit.commit()
    async with store.system() as system:
        with pytest.raises(RuleViolated, match=rule_of(files.stamp, Reference, "document_id")):
            await system.of(files.stamp).update_where(
                lambda row: row.id == stamp.id, lambda row: (assign(row.document_id, fresh_id()),)
            )
    async with store.system() as system:
        assert await system.of(files.stamp).delete_where(lambda row: row.id == stamp.id) == 1
        await system.commit()


async def claim(store: Store, token: UUID, wanted: list[UUID]) -> set[UUID]:
    """Claims events that are due, as a relay does; returns none if another relay was faster."""
    later = NOW.replace(year=2030)
    try:
        async with store.system() as unit:
            outbox = unit.of(OutboxEvent)
            due = await outbox.find(lambda row: all_of(one_of(row.id, *wanted), row.due_at <= NOW), limit=3)
            await asyncio.sleep(0)
            ids = [event.id for event in due] or [EventId(fresh_id())]
            await outbox.update_where(
                lambda row: all_of(one_of(row.id, *ids), row.due_at <= NOW),
                lambda row: (assign(row.claim, token), assign(row.due_at, later)),
            )
            claimed: set[UUID] = {event.id for event in await outbox.find(lambda row: row.claim == token)}
            await unit.commit()
    except ConcurrencyConflict:
        return set()
    return claimed


async def test_events_are_claimed_once(store: Store, team: Team) -> None:
    """Several relays that claim at once never claim an event twice, and together claim all of them."""
    wanted: list[UUID] = [event.id for event in await events_of(store, team, 2, 4)]
    claimed: list[UUID] = []
    for _ in range(20):
        for part in await at_once(*[claim(store, fresh_id(), wanted) for _ in range(3)]):
            claimed.extend(part)
        if len(claimed) >= len(wanted):
            break
    assert sorted(claimed) == sorted(wanted)


async def test_overlapping_units_lose_no_update(store: Store, team: Team) -> None:
    """If two system units change one row at once, no update is lost: one fails, or sees the change of the other."""
    (event,) = await events_of(store, team, 1, 1)
    barrier = asyncio.Barrier(2)

    async def count_up() -> bool:
        try:
            async with store.system() as unit:
                outbox = unit.of(OutboxEvent)
                (row,) = await outbox.find(lambda row: row.id == event.id)
                await barrier.wait()
                number = await outbox.update_where(
                    lambda seen: all_of(seen.id == event.id, seen.version == row.version),
                    lambda seen: (assign(seen.attempts, row.attempts + 1),),
                )
                await unit.commit()
        except ConcurrencyConflict:
            return False
        return number == 1

    number = sum(await at_once(count_up(), count_up()))
    async with store.reading(event.root_id) as reading:
        found = await reading.outbox.get(event.id)
    assert number <= 1
    assert (found.attempts, found.version) == (number, 1 + number)


async def test_unit_and_job_at_one_row(store: Store, team: Team) -> None:
    """A system unit that changes rows, one of which was removed meanwhile, changes the others, or fails."""
    gone, left = await events_of(store, team, 1, 2)

    async def number_changed() -> int:
        async with store.system() as job:
            assert await job.of(OutboxEvent).count(lambda row: one_of(row.id, gone.id, left.id)) == 2
            async with store.unit(gone.root_id) as unit:
                await unit.outbox.remove(gone)
                await unit.commit()
            number = await job.of(OutboxEvent).update_where(
                lambda row: one_of(row.id, gone.id, left.id), lambda row: (assign(row.attempts, 9),)
            )
            await job.commit()
        return number

    with suppress(ConcurrencyConflict):
        assert await number_changed() == 1
    async with store.reading(gone.root_id) as reading:
        assert [event.id for event in await reading.outbox.find()] == [left.id]
