"""What callers ask, and what they are answered, in three languages."""

from __future__ import annotations

import attrs

from gapless.demo.data import DemoQuestion
from gapless.demo.player import Player
from gapless.demo.story.cast import Cast
from gapless.demo.story.departures import LONGER_THAN_RETAINED
from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId

LONGEST_ANSWER = 5000


async def knowledge(player: Player, cast: Cast) -> None:
    """Questions are added, and callers are answered with some of them, the first the most often."""
    for place, question in enumerate(cast.company.questions):
        item = await _added(player, cast, "add a question", question)
        for _ in range(max(0, 2 - place) if item is not None else 0):
            await _use(player, cast, "answer with it", item)
    await player.play("list the most used", lambda app: app.knowledge.list_most_used(cast.organization_id, limit=2))


async def _added(player: Player, cast: Cast, step: str, question: DemoQuestion) -> KnowledgeItem | None:
    return await player.play(
        step,
        lambda app: app.knowledge.add(
            cast.organization_id, question.question, question.answer, question.category, actor=cast.actor
        ),
    )


async def _use(player: Player, cast: Cast, step: str, item: KnowledgeItem | None) -> None:
    if item is not None:
        await player.play(step, lambda app: app.knowledge.use(cast.organization_id, item.id))


async def editing(player: Player, cast: Cast) -> None:
    """An item is reworded, put aside and taken up again, deleted and restored; and what is none is added."""
    question = cast.company.questions[0]
    for step, wrong in {
        "ask too shortly": attrs.evolve(question, question="Открыто?"),
        "ask for too long": attrs.evolve(question, question="?" * 501),
        "answer too shortly": attrs.evolve(question, answer="Ha, albat"),
        "answer NUL": attrs.evolve(question, answer="Every day\0of the week."),
        "add without a category": attrs.evolve(question, category=""),
        "add with a long category": attrs.evolve(question, category="a" * 51),
    }.items():
        await _added(player, cast, step, wrong)
    item = await _added(player, cast, "ask the same again", question)
    if item is not None:
        await _edited(player, cast, item)
        await _switched(player, cast, item)
        await _deleted(player, cast, item)
    await _listed(player, cast, question.category)


async def _edited(player: Player, cast: Cast, item: KnowledgeItem) -> None:
    longest = (f"{item.answer}\n\n" * LONGEST_ANSWER)[: LONGEST_ANSWER - 1].strip() + "."
    await _edit(player, cast, "answer at length", item.id, longest)
    await _edit(player, cast, "answer the same", item.id, longest)
    await _edit(player, cast, "answer for too long", item.id, "a" * (LONGEST_ANSWER + 1))


async def _edit(player: Player, cast: Cast, step: str, item: KnowledgeItemId, answer: str) -> None:
    home = cast.organization_id
    await player.play(step, lambda app: app.knowledge.edit(home, item, answer=answer, actor=cast.actor))


async def _switched(player: Player, cast: Cast, item: KnowledgeItem) -> None:
    home, actor = cast.organization_id, cast.actor
    for step in ("put aside", "put aside again"):
        await player.play(step, lambda app: app.knowledge.deactivate(home, item.id, actor=actor))
    await _use(player, cast, "answer with what is put aside", item)
    await player.play("read the item", lambda app: app.knowledge.get(home, item.id))
    for step in ("take up", "take up again"):
        await player.play(step, lambda app: app.knowledge.activate(home, item.id, actor=actor))


async def _deleted(player: Player, cast: Cast, item: KnowledgeItem) -> None:
    home, actor = cast.organization_id, cast.actor
    for step in ("delete the item", "delete the item again"):
        await player.play(step, lambda app: app.knowledge.delete(home, item.id, actor=actor))
    await _use(player, cast, "answer with the deleted", item)
    await player.play("read the deleted item", lambda app: app.knowledge.get(home, item.id))
    await player.play("list deleted items", lambda app: app.knowledge.list_deleted(home))
    for step in ("restore the item", "restore the item again"):
        await player.play(step, lambda app: app.knowledge.restore(home, item.id, actor=actor))


async def _listed(player: Player, cast: Cast, category: str) -> None:
    home = cast.organization_id
    await player.play("list a category", lambda app: app.knowledge.list_by_category(home, category))
    await player.play(
        "list what is active", lambda app: app.knowledge.list_by_category(home, category, active_only=True, limit=1)
    )
    await player.play("list no category", lambda app: app.knowledge.list_by_category(home, "a\0b"))


async def lost_knowledge(player: Player, cast: Cast) -> None:
    """An item is deleted, and missed only when its retention is over."""
    home, actor = cast.organization_id, cast.actor
    page = await player.play("list what is used least", lambda app: app.knowledge.list_most_used(home))
    if page is None or not page.items:
        return
    item = page.items[-1].id
    await player.play("delete it for long", lambda app: app.knowledge.delete(home, item, actor=actor))
    player.wait(LONGER_THAN_RETAINED)
    await player.play("list deleted items", lambda app: app.knowledge.list_deleted(home))
    await player.play("miss it too late", lambda app: app.knowledge.restore(home, item, actor=actor))
