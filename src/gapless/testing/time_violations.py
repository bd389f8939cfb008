"""Violations of times that only move forward: a row is saved with an earlier one."""

from __future__ import annotations

from collections.abc import Callable

from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import Role, User
from gapless.kit import model_of
from gapless.kit.model import Judged
from gapless.kit.ports import Store
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.rows import LATER, MOMENT, a_knowledge_item, a_subscription, a_user
from gapless.testing.scenes import Scene
from gapless.testing.steps import add, insertion, on_row, save


def _set_back(entity: type[Judged], column: str, make: Callable[[Scene], Judged]) -> StepViolation:
    """A row with a time is added, and then has an earlier one."""
    model = model_of(entity)

    def row(scene: Scene) -> Judged:
        return model.replaced(make(scene), {column: LATER})

    async def store(store: Store, scene: Scene) -> None:
        kept = await add(store, scene, row(scene))
        await save(store, scene, model.replaced(kept, {column: MOMENT}))

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        kept = row(scene)
        change = f"UPDATE {model.table} SET {column} = {column} - interval '1 second'"  # noqa: S608  # names of a catalogue
        return insertion(kept), on_row(change, kept)

    return StepViolation(f"{model.table}_{column}_forward", "an earlier time", store, sql=sql)


TIME_VIOLATIONS = (
    _set_back(User, "last_seen_at", lambda scene: a_user(scene.organization.id, scene.ids, Role.OPERATOR)),
    _set_back(KnowledgeItem, "last_used_at", lambda scene: a_knowledge_item(scene.organization.id, scene.ids)),
    _set_back(Subscription, "payment_failed_at", lambda scene: a_subscription(scene.organization.id, scene.ids)),
)
