"""Law 17: audit records have numbers in the order in which they came, and the time by the store's own clock."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from gapless.kit import descending, model_of
from gapless.kit.assignments import assign
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.columns import UNNUMBERED, BigInteger, RecordedTime
from gapless.kit.errors import ClockSkewed, QueryRefused, RuleViolated
from gapless.kit.ids import AuditRecordId, RootId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import IDS, an_audit_record, at_once

LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)
FAR = timedelta(days=400)


async def numbers(store: Store, organization_id: RootId) -> dict[int, str]:
    """The actions of the audit records of a root, by number."""
    async with store.reading(organization_id) as reading:
        return {audit.number: audit.action for audit in await reading.audit_trail.find()}


def told(organization_id: RootId, action: str, **values: object) -> AuditRecord:
    """An audit record with this action."""
    return an_audit_record(organization_id, action=action, **values)


async def test_audit_records_are_numbered_in_the_order_of_their_coming(store: Store, team: Team) -> None:
    """Each audit record, whatever it goes with, gets the next number of its root: 1, 2, 3, without gaps."""
    organization, other = await team.created(store), await team.created(store)
    home = organization.id
    async with store.unit(home) as unit:
        added = await unit.of(AuditRecord).add_all([told(home, "second"), told(home, "third")])
        user = await unit.of(team.member).add(team.a_member(home), told(home, "fourth"))
        await unit.of(team.member).save(user.renamed("Bo"), told(home, "fifth"))
        await unit.of(team.member).update_where(
            lambda row: row.name == "Bo", lambda row: (assign(row.name, "Cy"),), told(home, "sixth")
        )
        await unit.of(team.member).delete_where(lambda row: row.name == "Cy", told(home, "seventh"))
        last = await unit.audit_trail.add(told(home, "eighth", created_at=LONG_AGO))
        await unit.commit()
    assert [audit.number for audit in (*added, last)] == [2, 3, 8]
    found = await numbers(store, home)
    names = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
    assert {number: found[number] for number in range(2, 9)} == dict(enumerate(names, 2))
    assert sorted(found) == list(range(1, 9))
    assert list(await numbers(store, other.id)) == [1]


async def test_the_order_of_the_numbers_is_not_that_of_the_times(store: Store, team: Team) -> None:
    """Audit records are numbered in the order in which they come, also if their own times go back."""
    organization = await team.created(store)
    for hour in (5, 3, 4):
        async with store.unit(organization.id) as unit:
            at = LONG_AGO + timedelta(hours=hour)
            await unit.audit_trail.add(told(organization.id, f"at {hour}", created_at=at))
            await unit.commit()
    async with store.reading(organization.id) as reading:
        newest = await reading.audit_trail.find(order=lambda audit: descending(audit.number), limit=3)
    assert [audit.action for audit in newest] == ["at 4", "at 3", "at 5"]


async def test_what_the_store_fills_is_not_the_writers(store: Store, team: Team) -> None:
    """The store gives its own number and time, whatever the writer gave, and returns them; the rest stays."""
    organization = await team.created(store)
    forged = told(
        organization.id,
        "forged",
        created_at=LONG_AGO,
        number=BigInteger(77),
        recorded_at=RecordedTime(LONG_AGO),
    )
    async with store.unit(organization.id) as unit:
        stored = await unit.audit_trail.add(forged)
        beside = attrs.evolve(forged, id=AuditRecordId(IDS.new()))
        await unit.of(team.member).add(team.a_member(organization.id), beside)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        kept = await reading.audit_trail.get(forged.id)
        other = await reading.audit_trail.get(beside.id)
    assert (stored.number, kept.number, other.number) == (2, 2, 3)
    assert kept == stored == forged
    assert (kept.recorded_at, kept.created_at) == (stored.recorded_at, LONG_AGO)
    assert LONG_AGO + FAR < kept.recorded_at <= other.recorded_at


async def test_an_audit_record_that_no_store_has_taken_has_no_number(store: Store, team: Team) -> None:
    """The record that was handed over keeps no number, also when it went with several writes."""
    organization = await team.created(store)
    audit = told(organization.id, "once")
    async with store.unit(organization.id) as unit:
        first = await unit.audit_trail.add(audit)
        await unit.of(team.member).add(team.a_member(organization.id), first)
        await unit.of(team.member).add(team.a_member(organization.id), audit)
        await unit.commit()
    assert audit.number == UNNUMBERED
    assert await numbers(store, organization.id) == {1: "test", 2: "once"}


async def test_what_is_not_kept_leaves_no_gap(store: Store, team: Team) -> None:
    """Numbers of a unit that was not kept are given to the next unit."""
    organization = await team.created(store)
    for kept in (False, True):
        async with store.unit(organization.id) as unit:
            audit = await unit.audit_trail.add(told(organization.id, f"{kept}"))
            assert audit.number == 2
            if kept:
                await unit.commit()
    assert (await numbers(store, organization.id))[2] == "True"


async def test_units_that_wait_for_each_other_are_numbered_in_their_order(store: Store, team: Team) -> None:
    """Units of one root that want to write at once get numbers in the order in which they commit."""
    organization = await team.created(store)
    committed: list[str] = []

    async def write(name: str) -> None:
        async with store.unit(organization.id) as unit:
            await unit.audit_trail.add(told(organization.id, name))
            await asyncio.sleep(0)
            await unit.commit()
            committed.append(name)

    await at_once(*(write(f"unit {number}") for number in range(6)))
    found = await numbers(store, organization.id)
    assert [found[number] for number in range(2, 8)] == committed


async def test_numbers_are_not_assigned(store: Store, team: Team) -> None:
    """A set-based write can't assign the columns that the store fills."""
    organization = await team.created(store)
    assignments: tuple[Callable[[AuditRecord], object], ...] = (
        lambda audit: assign(audit.number, BigInteger(9)),
        lambda audit: assign(audit.recorded_at, RecordedTime(LONG_AGO)),
    )
    for assignment in assignments:
        async with store.unit(organization.id) as unit:
            with pytest.raises(QueryRefused):
                await unit.of(AuditRecord).update_where(
                    lambda audit: audit.action == "test",
                    lambda audit, one=assignment: (one(audit),),  # type: ignore[misc]  # a lambda has no annotations
                )


async def removed(team: Team, unit: UnitOfWork, organization_id: RootId, action: str) -> None:
    """Removes the root for good, with an audit record."""
    organization = await unit.of(team.root).get(organization_id)
    await unit.of(team.root).remove(organization, told(organization_id, action))


async def test_the_archive_keeps_numbers_and_times(store: Store, team: Team) -> None:
    """The archive keeps numbers and times; the record of the removal itself has the last number."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(AuditRecord).add_all([told(organization.id, "second"), told(organization.id, "third")])
        trail = await unit.audit_trail.find(order=lambda audit: audit.number)
        await removed(team, unit, organization.id, "fourth")
        await unit.commit()
    async with store.reading(organization.id) as reading:
        archived = await reading.of(ArchivedAuditRecord).find(order=lambda audit: audit.number)
    assert [audit.number for audit in archived] == [1, 2, 3, 4]
    assert archived[-1].action == "fourth"
    values = model_of(AuditRecord).values
    assert [model_of(ArchivedAuditRecord).values(audit) for audit in archived[:-1]] == [
        values(audit) for audit in trail
    ]


async def test_an_organization_that_comes_again_begins_anew(store: Store, team: Team) -> None:
    """If a root with the id of a removed one is created, its numbers begin at 1 again, as its trail does."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await removed(team, unit, organization.id, "gone")
        await unit.commit()
    await team.created(store, id=organization.id)
    assert await numbers(store, organization.id) == {1: "test"}


FIRST_LIVES: dict[str, tuple[str, ...]] = {
    "another time of coming": ("true",),
    "another text": ("forged",),
    "another number": ("before", "true"),
}
"""Audit records of an earlier root with the same id: the last one has the id of the genuine record."""


@pytest.mark.parametrize("difference", FIRST_LIVES)
async def test_the_archive_takes_no_second_audit_record_under_an_id(store: Store, team: Team, difference: str) -> None:
    """If the archive has another record under the same id, the removal is refused, and nothing is lost."""
    organization = await team.created(store)
    true = told(organization.id, "true")
    *before, last = FIRST_LIVES[difference]
    others = [attrs.evolve(true, id=AuditRecordId(IDS.new()), action=action) for action in before]
    async with store.unit(organization.id) as unit:
        await unit.of(AuditRecord).add_all([*others, attrs.evolve(true, action=last)])
        await removed(team, unit, organization.id, "gone")
        await unit.commit()
    await team.created(store, id=organization.id)
    async with store.unit(organization.id) as unit:
        await unit.audit_trail.add(true)
        await unit.commit()
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await removed(team, unit, organization.id, "gone again")
    assert caught.value.rule == "audit_archive_root_id_id_unique"
    async with store.reading(organization.id) as reading:
        trail, archive = await reading.audit_trail.count(), await reading.of(ArchivedAuditRecord).count()
    assert (trail, archive) == (2, len(before) + 3)


async def test_a_time_that_was_the_last_does_not_go_back(store: Store, team: Team) -> None:
    """A save that sets `last_seen_at` to an earlier time is refused; the same time and a later time are kept."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(
            team.a_member(organization.id, last_seen_at=LONG_AGO), told(organization.id, "a")
        )
        user = await unit.of(team.member).save_unaudited(attrs.evolve(user, last_seen_at=LONG_AGO + FAR))
        user = await unit.of(team.member).save_unaudited(user)
        with pytest.raises(RuleViolated, match=team.forward_rule):
            await unit.of(team.member).save_unaudited(attrs.evolve(user, last_seen_at=LONG_AGO))


async def test_a_time_ahead_of_the_stores_own_clock_is_refused(store: Store) -> None:
    """`require_not_ahead` refuses a time that is days ahead of the store's clock; an equal or earlier one passes."""
    now = datetime.now(UTC)
    await store.require_not_ahead(now - FAR)
    await store.require_not_ahead(now)
    with pytest.raises(ClockSkewed) as caught:
        await store.require_not_ahead(now + FAR)
    assert caught.value.ours == now + FAR
    assert str(now.year) in str(caught.value)
