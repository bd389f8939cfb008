"""The use cases around the knowledge base."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import cast
from uuid import uuid4

import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId
from gapless.domain.organizations import OrganizationId
from gapless.kit.errors import InvalidState, InvalidValue, NotFound, QueryRefused, RetentionExpired
from gapless.kit.json_object import JsonObject
from tests.use_cases.worlds import RETENTION, SIGNUP, World, fails, refused, world_on

pytestmark = pytest.mark.asyncio
INSTANT = timedelta(microseconds=1)
QUESTION, ANSWER = "When are you open?", "From nine to five."


async def added(world: World, category: str = "hours") -> KnowledgeItem:
    """An item of the organization's knowledge base."""
    return await world.app.knowledge.add(world.home, QUESTION, ANSWER, category, actor=world.actor)


async def used(world: World, times: int) -> KnowledgeItem:
    """An item that was used so many times."""
    item = await added(world)
    for _ in range(times):
        item = await world.app.knowledge.use(world.home, item.id)
    return item


async def test_add(world: World) -> None:
    """A new item is active and was never used; the trail has all of it."""
    item = await added(world)
    assert await world.app.knowledge.get(world.home, item.id) == item
    assert (item.question, item.answer, item.category, item.created_at) == (
        QUESTION,
        ANSWER,
        "hours",
        world.clock.now(),
    )
    assert (item.is_active, item.usage_count, item.last_used_at) == (True, 0, None)
    assert await world.actions() == ["knowledge_item.added"]
    audit = (await world.trail())[-1]
    assert (audit.resource_type, audit.resource_id, audit.user_id) == ("knowledge_item", str(item.id), world.owner.id)
    assert audit.before is None
    assert audit.after is not None
    assert audit.after["question"] == QUESTION


async def test_add_refuses(world: World) -> None:
    """Texts that are too short or too long, and an organization that is not there, are refused: nothing is kept."""
    add = world.app.knowledge.add
    before = await world.everything(GAPLESS)
    await refused(lambda: add(world.home, "Too short", ANSWER, "hours", actor=SIGNUP), "check_question_length")
    await refused(lambda: add(world.home, QUESTION, "x" * 5001, "hours", actor=SIGNUP), "check_answer_length")
    await refused(lambda: add(world.home, QUESTION, ANSWER, "", actor=SIGNUP), "knowledge_items_category_length")
    await fails(lambda: add(OrganizationId(uuid4()), QUESTION, ANSWER, "hours", actor=SIGNUP), NotFound)
    assert await world.everything(GAPLESS) == before


async def test_edit(world: World) -> None:
    """What is given is changed and recorded, what is not is kept; what changes nothing is not recorded."""
    item, edit = await added(world), world.app.knowledge.edit
    edited = await edit(world.home, item.id, answer="From ten to six.", category="times", actor=world.actor)
    again = await edit(world.home, item.id, question=QUESTION, actor=world.actor)
    untouched = await edit(world.home, item.id, actor=world.actor)
    assert edited == again == untouched == await world.app.knowledge.get(world.home, item.id)
    assert (edited.question, edited.answer, edited.category) == (QUESTION, "From ten to six.", "times")
    assert await world.actions() == ["knowledge_item.added", "knowledge_item.edited"]
    audit = (await world.trail())[-1]
    assert audit.before == JsonObject({"answer": ANSWER, "category": "hours"})
    assert audit.after == JsonObject({"answer": "From ten to six.", "category": "times"})
    await refused(lambda: edit(world.home, item.id, question="", actor=world.actor), "check_question_length")


async def test_use(world: World) -> None:
    """A use counts and says when, and the trail is not bothered with it."""
    item = await added(world)
    world.clock.turn(timedelta(hours=1))
    before = await world.trail()
    counted = [await world.app.knowledge.use(world.home, item.id) for _ in range(2)]
    assert [(one.usage_count, one.last_used_at) for one in counted] == [(1, world.clock.now()), (2, world.clock.now())]
    assert counted[-1] == await world.app.knowledge.get(world.home, item.id)
    assert await world.trail() == before


async def test_every_use_counts(world: World) -> None:
    """Of twenty uses at once, while the texts are edited, none is lost, and neither are the texts."""
    item = await added(world)
    uses = [world.app.knowledge.use(world.home, item.id) for _ in range(20)]
    edit = world.app.knowledge.edit(world.home, item.id, answer="From ten to six.", actor=world.actor)
    await asyncio.gather(*uses[:10], edit, *uses[10:])
    stored = await world.app.knowledge.get(world.home, item.id)
    assert (stored.usage_count, stored.answer) == (20, "From ten to six.")


async def test_switching(world: World) -> None:
    """An inactive item is not used; to activate an active one, or deactivate an inactive one, changes nothing."""
    item, knowledge = await added(world), world.app.knowledge
    assert await knowledge.activate(world.home, item.id, actor=world.actor) == item
    inactive = await knowledge.deactivate(world.home, item.id, actor=world.actor)
    assert not inactive.is_active
    assert await knowledge.deactivate(world.home, item.id, actor=world.actor) == inactive
    before = await world.everything(GAPLESS)
    error = await fails(lambda: knowledge.use(world.home, item.id), InvalidState)
    assert error.details() == {"entity": "KnowledgeItem", "id": str(item.id), "fields": []}
    assert await world.everything(GAPLESS) == before
    assert (await knowledge.activate(world.home, item.id, actor=world.actor)).is_active
    assert (await knowledge.use(world.home, item.id)).usage_count == 1
    switches = ["knowledge_item.deactivated", "knowledge_item.activated"]
    assert await world.actions() == ["knowledge_item.added", *switches]


@pytest.mark.gap("GAP-212")
async def test_delete(world: World) -> None:
    """A deleted item bears its deletion, is recorded, and is found by nothing but its restore."""
    item, knowledge = await added(world), world.app.knowledge
    gone = await knowledge.delete(world.home, item.id, actor=world.actor)
    assert (gone.is_deleted, gone.deleted_at, gone.deleted_by) == (True, world.clock.now(), world.owner.id)
    assert gone.deletion_id is not None
    assert (await world.actions())[-1] == "knowledge_item.deleted"
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: knowledge.get(world.home, item.id),
        lambda: knowledge.use(world.home, item.id),
        lambda: knowledge.edit(world.home, item.id, category="times", actor=world.actor),
        lambda: knowledge.activate(world.home, item.id, actor=world.actor),
        lambda: knowledge.deactivate(world.home, item.id, actor=world.actor),
        lambda: knowledge.delete(world.home, item.id, actor=world.actor),
    ]
    before = await world.everything(GAPLESS)
    for attempt in attempts:
        await fails(attempt, NotFound)
    assert await world.everything(GAPLESS) == before


@pytest.mark.gap("GAP-212")
async def test_restore(world: World) -> None:
    """Until the last instant of the retention an item comes back as it was; from then on it does not."""
    item, knowledge = await used(world, 3), world.app.knowledge
    item = await knowledge.deactivate(world.home, item.id, actor=world.actor)
    await knowledge.delete(world.home, item.id, actor=world.actor)
    world.clock.turn(RETENTION - INSTANT)
    restored = await knowledge.restore(world.home, item.id, actor=world.actor)
    assert restored == await knowledge.get(world.home, item.id)
    assert (restored.is_active, restored.usage_count, restored.deletion_id) == (False, 3, None)
    assert (await world.actions())[-1] == "knowledge_item.restored"
    await fails(lambda: knowledge.restore(world.home, item.id, actor=world.actor), InvalidState)
    await knowledge.delete(world.home, item.id, actor=world.actor)
    world.clock.turn(RETENTION)
    before = await world.everything(GAPLESS)
    await fails(lambda: knowledge.restore(world.home, item.id, actor=world.actor), RetentionExpired)
    assert await world.everything(GAPLESS) == before


async def test_by_category(world: World) -> None:
    """A category lists its items page by page, in the order of their ids, without deleted and foreign ones."""
    items = [await added(world) for _ in range(4)]
    await added(world, "prices")
    other = await world_on(world.store, f"other-{uuid4().hex}")
    await added(other)
    await world.app.knowledge.delete(world.home, items[1].id, actor=world.actor)
    inactive = await world.app.knowledge.deactivate(world.home, items[3].id, actor=world.actor)
    expected = sorted([items[0], items[2], inactive], key=lambda item: item.id)
    listing = world.app.knowledge.list_by_category
    first = await listing(world.home, "hours", limit=2)
    second = await listing(world.home, "hours", after=first.next, limit=2)
    assert first.items == tuple(expected[:2])
    assert (second.items, second.next) == (tuple(expected[2:]), None)
    active = await listing(world.home, "hours", active_only=True)
    assert active.items == tuple(item for item in expected if item.is_active)
    assert (await listing(world.home, "Hours")).items == ()
    assert (await listing(OrganizationId(uuid4()), "hours")).items == ()


async def test_most_used(world: World) -> None:
    """The most used come first, those used alike in the order of their ids, page by page, without deleted ones."""
    items = [await used(world, times) for times in (0, 2, 1, 2, 0, 3)]
    await world.app.knowledge.delete(world.home, items[5].id, actor=world.actor)
    expected = sorted(items[:5], key=lambda item: (-item.usage_count, item.id))
    pages = [await world.app.knowledge.list_most_used(world.home, limit=2)]
    while pages[-1].next is not None:
        pages.append(await world.app.knowledge.list_most_used(world.home, after=pages[-1].next, limit=2))
    assert [page.items for page in pages] == [tuple(expected[:2]), tuple(expected[2:4]), tuple(expected[4:])]


async def test_deleted_ones(world: World) -> None:
    """Deleted items are listed by themselves, page by page, those of a deleted organization too."""
    items = [await added(world) for _ in range(3)]
    gone = [await world.app.knowledge.delete(world.home, item.id, actor=world.actor) for item in items[:2]]
    gone.sort(key=lambda item: item.id)
    first = await world.app.knowledge.list_deleted(world.home, limit=1)
    second = await world.app.knowledge.list_deleted(world.home, after=first.next, limit=1)
    assert first.items == (gone[0],)
    assert (second.items, second.next) == ((gone[1],), None)
    await world.app.organizations.delete(world.home, actor=world.actor)
    assert len((await world.app.knowledge.list_deleted(world.home)).items) == 3
    assert (await world.app.knowledge.list_most_used(world.home)).items == ()


async def test_listings_refuse(world: World) -> None:
    """A limit or an `after` that is none is refused."""
    knowledge, wrong = world.app.knowledge, str(uuid4())
    await fails(lambda: knowledge.list_deleted(world.home, limit=0), QueryRefused)
    await fails(lambda: knowledge.list_most_used(world.home, limit=1001), QueryRefused)
    await fails(lambda: knowledge.list_by_category(world.home, "a\0b"), QueryRefused)
    await fails(lambda: knowledge.list_deleted(world.home, after=wrong), InvalidValue)
    await fails(lambda: knowledge.list_by_category(world.home, "hours", after=wrong), InvalidValue)
    await fails(lambda: knowledge.list_most_used(world.home, after=wrong), InvalidValue)


async def test_item_of_another_organization(world: World) -> None:
    """An item is found in its own organization only, and what is no id is found nowhere."""
    other = await world_on(world.store, f"other-{uuid4().hex}")
    item, knowledge = await added(other), world.app.knowledge
    await fails(lambda: knowledge.get(world.home, item.id), NotFound)
    await fails(lambda: knowledge.use(world.home, item.id), NotFound)
    await fails(lambda: knowledge.delete(world.home, item.id, actor=world.actor), NotFound)
    await fails(lambda: knowledge.restore(world.home, item.id, actor=world.actor), NotFound)
    await fails(lambda: knowledge.get(world.home, cast("KnowledgeItemId", "x")), InvalidValue)
    assert await other.rows(KnowledgeItem) == (item,)
