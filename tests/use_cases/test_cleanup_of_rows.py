"""INTEGRITY-007: single users, knowledge items and processed commands go in their time; the organization stays."""

from datetime import timedelta

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.writing.reader import Reader
from gapless.application.cleanup_outcomes import Purged
from gapless.domain.calls import Call, CallNote
from gapless.domain.catalogue import GAPLESS
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import NotFound, RowUnreadable
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.ports import UnitOfWork
from gapless.kit.queries import Where
from gapless.kit.row_keys import Found, RowKey
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
from tests.use_cases.worlds import World, fails, world_on


@pytest.mark.asyncio
async def test_an_expired_user_goes_and_the_calls_stay(world: World) -> None:
    """A user who was removed long ago goes with the notes; the calls stay, handled by nobody any more."""
    bob, eve = await world.member("Bob"), await world.member("Eve")
    calls = await add_calls(world, 2, bob)
    await add_note(world, calls[0], bob)
    await add_note(world, calls[1], eve)
    await removed_long_ago(world, bob)
    await world.app.members.remove(world.home, eve.id, actor=world.actor)
    told: list[Purged] = []
    await purge(world, progress=told.append)
    assert steps_in(world, told) == [Purged(root_id=world.home, root="Organization", rows={"users": 1})]
    assert [user.id for user in await world.rows(User)] == [world.owner.id, eve.id]
    assert [(call.id, call.handled_by_user_id) for call in await world.rows(Call)] == [
        (call.id, None) for call in calls
    ]
    assert [note.user_id for note in await world.rows(CallNote)] == [eve.id]
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_type, audit.resource_id) == ("users.purged", "organization", str(world.home))
    assert audit.metadata == JsonObject({"ids": [str(bob.id)]})
    await fails(lambda: world.app.members.restore(world.home, bob.id, actor=world.actor), NotFound)


@pytest.mark.asyncio
async def test_expired_items_go_in_batches(world: World) -> None:
    """Knowledge items that were deleted long ago go, a batch and an audit record at a time; the others stay."""
    old = await add_items(world, 5, LONG_AGO)
    recent = await add_items(world, 1, world.clock.now())
    live = await add_items(world, 1)
    audits = len(await world.trail())
    told: list[Purged] = []
    report = await purge(world, batch=2, progress=told.append)
    assert sum(step.rows["knowledge_items"] for step in steps_in(world, told)) == 5 <= report.rows["knowledge_items"]
    assert [item.id for item in await world.rows(KnowledgeItem)] == [recent[0].id, live[0].id]
    added = (await world.trail())[audits:]
    assert [audit.action for audit in added] == ["knowledge_items.purged"] * 3
    batches = (old[:2], old[2:4], old[4:])
    assert [audit.metadata["ids"] for audit in added] == [[str(item.id) for item in items] for items in batches]


@pytest.mark.asyncio
async def test_a_row_goes_from_the_moment_on_at_which_its_retention_ends(world: World) -> None:
    """What was deleted exactly as long ago as is retained goes, and what was deleted an instant later stays."""
    ended = world.clock.now() - RETENTION
    await add_items(world, 1, ended)
    later = await add_items(world, 1, ended + timedelta(microseconds=1))
    await purge(world)
    assert [item.id for item in await world.rows(KnowledgeItem)] == [later[0].id]


@pytest.mark.asyncio
async def test_handled_commands_are_forgotten_when_their_time_is_over(world: World) -> None:
    """A command goes from the moment at which it expires; those that expire later, or never, stay."""
    now = world.clock.now()
    for place, expires_at in enumerate([now, now, now - timedelta(days=1), now + timedelta(microseconds=1), None]):
        await add_command(world, f"command {place}", expires_at)
    told: list[Purged] = []
    report = await purge(world, batch=1, progress=told.append)
    assert report.rows["handled_commands"] >= 3
    assert {step.root_id for step in told} == {None}
    assert [command.key for command in await world.rows(ProcessedCommand)] == ["command 3", "command 4"]


class ClosedStore(MemoryStore):
    """A store in which whoever opens a unit of one organization meets a row that can't be read."""

    closed: RootId | None = None

    def unit(
        self, root_id: RootId | None = None, *, of: type | None = None, seconds: float | None = None
    ) -> UnitOfWork:
        """As `Store.unit`, for the others."""
        if root_id == self.closed:
            raise RowUnreadable("User", (RowKey("users", ("organization_id", "id"), (str(root_id), "1")),))
        return super().unit(root_id, of=of, seconds=seconds)


@pytest.mark.asyncio
@pytest.mark.parametrize("rows", [1, 2, 5])
async def test_rows_that_only_a_removal_finds_unreadable(rows: int) -> None:
    """However many rows there are, a run that can read none while it removes them ends, and names what it met."""
    store = ClosedStore(GAPLESS)
    world = await world_on(store, "acme")
    for name in ("Bob", "Eve", "Kim", "Tom", "Max")[:rows]:
        await removed_long_ago(world, await world.member(name))
    store.closed = world.home
    report = await purge(world)
    assert {key.table for key in report.unreadable} == {"users"}
    assert report.rows["users"] == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("entity", [Organization, ProcessedCommand, User])
async def test_whatever_can_not_be_read_is_named(entity: type[Validated], monkeypatch: pytest.MonkeyPatch) -> None:
    """An organization that is to go, the mark that its purge has begun, a user who was removed: each is named."""
    world = await world_on(MemoryStore(GAPLESS), "acme")
    await removed_long_ago(world, await world.member("Bob"))
    other = await world_on(world.store, "globex")
    await add_calls(other, 3)
    await deleted_long_ago(other)

    def stop(_: Purged) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await purge(other, batch=1, progress=stop)
    find = Reader.find_readable

    async def leaving_out(
        reader: Reader[Validated], where: Where[Validated] | None = None, **given: object
    ) -> Found[Validated]:
        found, model = await find(reader, where, **given), reader._model  # type: ignore[arg-type]  # as they come
        if model.entity is not entity:
            return found
        return Found((), tuple(RowKey(model.table, model.key, (str(model.key_of(row)),)) for row in found.rows))

    monkeypatch.setattr(Reader, "find_readable", leaving_out)
    report = await purge(world)
    assert {key.table for key in report.unreadable} == {GAPLESS.model(entity).table}
