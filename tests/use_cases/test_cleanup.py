"""INTEGRITY-007: what was deleted long enough ago is removed for good, and nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from gapless.application.cleanup_outcomes import CleanupReport, Purged
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import Role, User
from gapless.kit import nullable
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord, Erasure
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState, InvalidValue
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from tests.use_cases.deletions import (
    LONG_AGO,
    RETENTION,
    add_calls,
    add_command,
    add_items,
    add_note,
    deleted_long_ago,
    purge,
    removed_long_ago,
    steps_in,
)
from tests.use_cases.worlds import SIGNUP, World, fails


class Stopped(Exception):
    """Somebody stops a run."""


def fields_of(audit: AuditRecord) -> dict[str, object]:
    """What an audit record says, wherever it is kept."""
    return attrs.asdict(audit, recurse=False)


async def full_house(world: World) -> User:
    """Gives the organization a member, calls with a note, items, and deletes it long ago; returns the member."""
    bob = await world.member("Bob")
    calls = await add_calls(world, 3, bob)
    await add_note(world, calls[0], bob)
    await add_items(world, 2)
    await deleted_long_ago(world)
    return bob


async def expect_gone(world: World) -> None:
    """Asserts that nothing is left of the organization but the archive, the outbox and a mark for erasure."""
    for model, rows in zip(GAPLESS.models, await world.everything(GAPLESS), strict=True):
        if model.entity not in (ArchivedAuditRecord, OutboxEvent, Erasure):
            assert rows == (), model.table


@pytest.mark.asyncio
@pytest.mark.gap("INTEGRITY-007")
async def test_an_expired_organization_goes_for_good(world: World) -> None:
    """It goes with all that it had; the archive keeps its trail and the purge's own record, the outbox its events."""
    await full_house(world)
    trail, events = await world.trail(), await world.events()
    told: list[Purged] = []
    report = await purge(world, progress=told.append)
    assert world.home in report.roots
    assert steps_in(world, told) == [
        Purged(
            root_id=world.home, root="Organization", is_gone=True, rows={"calls": 3, "users": 2, "knowledge_items": 2}
        )
    ]
    await expect_gone(world)
    kept = {audit.id: audit for audit in await world.rows(ArchivedAuditRecord)}
    own = [kept[new] for new in kept.keys() - {audit.id for audit in trail}]
    assert [fields_of(kept[audit.id]) for audit in trail] == [fields_of(audit) for audit in trail]
    assert [(audit.action, audit.job, audit.after) for audit in own] == [("organization.purged", "cleanup", None)]
    assert own[0].before is not None
    assert own[0].before["slug"] == world.organization.slug
    assert own[0].metadata == JsonObject({"calls": 3, "users": 2, "knowledge_items": 2})
    assert await world.events() == [*events, ("organization.purged", {"organization_id": str(world.home)})]
    first = await world.app.audit_trail.of_purged_root(world.home, limit=1)
    rest = await world.app.audit_trail.of_purged_root(world.home, after=first.next)
    newest = (*first.items, *rest.items)
    assert [audit.number for audit in newest] == list(range(len(kept), 0, -1))
    assert [kept[audit.id].number for audit in trail] == [audit.number for audit in trail]
    assert (await world.app.audit_trail.of_root(world.home)).items == ()


@pytest.mark.asyncio
async def test_its_slug_is_free_again(world: World) -> None:
    """Once the organization is purged, another one can be created under its slug."""
    await deleted_long_ago(world)
    await purge(world)
    slug = world.organization.slug
    created = await world.app.organizations.create("New", slug, "eve@new.org", "Eve", actor=world.actor)
    assert created.organization.slug == slug


@pytest.mark.asyncio
async def test_erasure_leaves_no_trail(world: World) -> None:
    """Of an organization that was marked for erasure nothing is archived, and the mark says why."""
    await full_house(world)
    mark = await world.app.organizations.mark_for_erasure(world.home, "The customer asked for it.", actor=SIGNUP)
    await purge(world)
    await expect_gone(world)
    assert await world.rows(ArchivedAuditRecord) == ()
    assert [row.id for row in await world.rows(Erasure)] == [mark.id]
    assert len(await world.events("organization.purged")) == 1


@pytest.mark.asyncio
async def test_what_is_not_expired_stays(world: World) -> None:
    """An organization that lives, one that was deleted a moment too late, and a user of it stay as they are."""
    bob, eve = await world.member("Bob"), await world.member("Eve")
    await removed_long_ago(world, bob)
    world.clock.time = LONG_AGO + timedelta(microseconds=1)
    await world.app.members.remove(world.home, eve.id, actor=world.actor)
    await world.app.organizations.delete(world.home, actor=world.actor)
    world.clock.time = LONG_AGO + RETENTION
    before = await world.everything(GAPLESS)
    report = await purge(world)
    assert world.home not in report.roots
    assert await world.everything(GAPLESS) == before
    world.clock.turn(timedelta(microseconds=1))
    assert world.home in (await purge(world)).roots


@pytest.mark.asyncio
async def test_batches(world: World) -> None:
    """No unit of work removes more than a batch of anything, and the last audit record tells the sum of them all."""
    for name in ("Bob", "Eve", "Tom"):
        await world.member(name)
    await add_calls(world, 7)
    await add_items(world, 5)
    await deleted_long_ago(world)
    told: list[Purged] = []
    await purge(world, batch=2, progress=told.append)
    steps = steps_in(world, told)
    assert [
        (*(step.rows.get(table, 0) for table in ("calls", "users", "knowledge_items")), step.is_gone) for step in steps
    ] == [
        (2, 0, 0, False),
        (2, 0, 0, False),
        (2, 0, 0, False),
        (1, 0, 2, False),
        (0, 0, 2, False),
        (0, 2, 0, False),
        (0, 2, 1, True),
    ]
    await expect_gone(world)
    archived = sorted(await world.rows(ArchivedAuditRecord), key=lambda audit: audit.id)
    items, purged = "knowledge_items.purged", [audit.action for audit in archived]
    assert purged[-4:] == [items, items, "users.purged", "organization.purged"]
    assert archived[-1].metadata == JsonObject({"calls": 7, "users": 4, "knowledge_items": 5})


@pytest.mark.asyncio
@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.gap("INTEGRITY-007")
async def test_a_purge_that_has_begun_is_finished(world: World, cancelled: bool) -> None:
    """Stopped after a batch it keeps that, refuses to restore, and the next run finishes it whatever its retention."""
    await add_calls(world, 5)
    await deleted_long_ago(world)

    def stop(purged: Purged) -> None:
        if purged.root_id == world.home:
            if not cancelled:
                raise Stopped
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

    with pytest.raises(asyncio.CancelledError if cancelled else Stopped):
        await asyncio.create_task(purge(world, batch=2, progress=stop))
    assert len(await world.rows(Call)) == 3
    assert len(await world.rows(User)) == 1
    world.clock.time = LONG_AGO
    await fails(lambda: world.app.organizations.restore(world.home, actor=world.actor), InvalidState)
    told: list[Purged] = []
    report = await purge(world, retention=timedelta(days=30 * 365), progress=told.append)
    assert world.home in report.roots
    assert sum(step.rows.get("calls", 0) for step in steps_in(world, told)) == 3
    await expect_gone(world)
    own = [audit for audit in await world.rows(ArchivedAuditRecord) if audit.action == "organization.purged"]
    assert [audit.metadata["calls"] for audit in own] == [5]


@pytest.mark.asyncio
async def test_a_restored_organization_stays(world: World) -> None:
    """Restored and deleted anew, it counts from the new deletion."""
    world.clock.time = LONG_AGO
    await world.app.organizations.delete(world.home, actor=world.actor)
    await world.app.organizations.restore(world.home, actor=world.actor)
    world.clock.time = datetime(2026, 1, 1, tzinfo=UTC)
    await world.app.organizations.delete(world.home, actor=world.actor)
    assert world.home not in (await purge(world)).roots
    assert (await world.current()).is_deleted


@pytest.mark.asyncio
async def test_deleted_without_a_batch(world: World) -> None:
    """An organization that was marked as deleted past the use cases is purged in batches as well."""
    await add_calls(world, 3)
    await world.save(attrs.evolve(world.organization, is_deleted=True, deleted_at=LONG_AGO))
    await purge(world, batch=2)
    await expect_gone(world)


@pytest.mark.asyncio
async def test_several_runs_at_once(world: World) -> None:
    """Runs at the same time share the work: each row is removed once in the sum of their reports."""
    bob = await world.member("Bob", Role.OWNER)
    await add_calls(world, 7, bob)
    await add_items(world, 5)
    await add_command(world, "old", LONG_AGO)
    await deleted_long_ago(world)
    async with world.store.system() as unit:
        due = await unit.of(ProcessedCommand).count(lambda command: nullable(command.expires_at) <= world.clock.now())
    told: list[Purged] = []
    reports = await asyncio.gather(*(purge(world, batch=2, progress=told.append) for _ in range(3)))
    steps = steps_in(world, told)
    assert sum(step.rows.get("calls", 0) for step in steps) == 7
    assert sum(step.rows.get("users", 0) for step in steps) == 2
    assert sum(step.rows.get("knowledge_items", 0) for step in steps) == 5
    assert [step.is_gone for step in steps].count(True) == 1
    assert [world.home in report.roots for report in reports].count(True) == 1
    # A command is forgotten by its time, or goes with its organization.
    assert sum(report.rows["handled_commands"] for report in reports) <= due
    assert [report.unfinished for report in reports] == [(), (), ()]
    await expect_gone(world)
    assert len(await world.events("organization.purged")) == 1


@pytest.mark.asyncio
async def test_nothing_to_do_leaves_no_trace(world: World) -> None:
    """A second run removes nothing and records nothing."""
    await add_items(world, 2, LONG_AGO)
    await purge(world)
    before = await world.everything(GAPLESS)
    told: list[Purged] = []
    report = await purge(world, progress=told.append)
    assert await world.everything(GAPLESS) == before
    assert told == []
    assert attrs.evolve(report, blocked=()) == CleanupReport(
        roots=(),
        rows=dict.fromkeys(report.rows, 0),
        blocked=(),
        unfinished=(),
        unlinked=dict.fromkeys(report.unlinked, 0),
        roots_of={"Organization": ()},
    )


@pytest.mark.asyncio
async def test_a_retention_of_zero_removes_what_was_just_deleted(world: World) -> None:
    """No time at all is a retention as well; here it ends in the year of the deletion."""
    await deleted_long_ago(world)
    world.clock.time = LONG_AGO
    assert world.home in (await purge(world, retention=timedelta(0))).roots


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("retention", "batch"),
    [
        (timedelta(microseconds=-1), 1),
        (timedelta.max, 1),
        (30, 1),
        (None, 1),
        (RETENTION, 0),
        (RETENTION, -1),
        (RETENTION, 10_001),
        (RETENTION, True),
        (RETENTION, 2.0),
    ],
)
async def test_bad_arguments(world: World, retention: timedelta, batch: int) -> None:
    """A retention that is no span of time from zero on, or a batch that is no number of rows, removes nothing."""
    await deleted_long_ago(world)
    await fails(lambda: purge(world, retention=retention, batch=batch), InvalidValue)
    assert (await world.current()).is_deleted
