"""Violations of the rules of entry: what enters an organization that is deleted, or whose minutes are used up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs

from gapless.domain.calls import Call, CallNote, CallStatus
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import User
from gapless.kit import model_of
from gapless.kit.model import Judged
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.rows import a_knowledge_item, going_on
from gapless.testing.scenes import SAMPLES, Scene
from gapless.testing.steps import add, delete_organization, deletion, insertion, on_row, reopening, save

D = TypeVar("D", User, KnowledgeItem)


def _enter_deleted(entity: type[Judged], tried: str) -> StepViolation:
    """A row is added to a deleted organization."""
    sample = SAMPLES[entity]

    async def store(store: Store, scene: Scene) -> None:
        await delete_organization(store, scene)
        await add(store, scene, sample(scene))

    return StepViolation(
        "live_organization",
        tried,
        store,
        sql=lambda scene: (deletion(scene), insertion(sample(scene))),
        table=model_of(entity).table,
    )


def _return_to_deleted(entity: type[D], tried: str, sample: Callable[[Scene], D]) -> StepViolation:
    """A deleted row is restored in a deleted organization."""
    table = model_of(entity).table

    async def store(store: Store, scene: Scene) -> None:
        gone = await add(store, scene, deleted(sample(scene), scene.deletion()))
        await delete_organization(store, scene)
        await save(store, scene, restored(gone))

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        gone = deleted(sample(scene), scene.deletion())
        back = f"UPDATE {table} SET is_deleted = false, deleted_at = null"  # noqa: S608  # our own words
        return insertion(gone), deletion(scene), on_row(back, gone)

    return StepViolation("live_organization", tried, store, sql=sql, table=table)


LIVE_ORGANIZATION = (
    _enter_deleted(User, "invite into a deleted organization"),
    _return_to_deleted(User, "restore a user there", lambda scene: scene.member()),
    _enter_deleted(PhoneNumber, "add a number to a deleted organization"),
    _enter_deleted(Call, "a call to a deleted organization"),
    _enter_deleted(CallNote, "annotate a call of a deleted organization"),
    _enter_deleted(KnowledgeItem, "add knowledge to a deleted organization"),
    _return_to_deleted(
        KnowledgeItem,
        "restore knowledge there",
        lambda scene: a_knowledge_item(scene.organization.id, scene.ids),
    ),
    _enter_deleted(Subscription, "subscribe for a deleted organization"),
)


async def _use_up(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        used_up = scene.organization.with_usage(minutes=scene.organization.call_minutes_quota)
        await unit.of(Organization).save_unaudited(used_up)
        await unit.commit()


def _used_up(scene: Scene) -> PlainSql:
    text = "UPDATE organizations SET used_minutes = call_minutes_quota WHERE id = $1"
    return PlainSql(text, (scene.organization.id,))


async def _start_without_minutes(store: Store, scene: Scene) -> None:
    await _use_up(store, scene)
    await add(store, scene, going_on(scene.further_call()))


async def _answer_without_minutes(store: Store, scene: Scene) -> None:
    missed = await add(store, scene, _missed(scene))
    await _use_up(store, scene)
    await save(store, scene, going_on(missed))


def _missed(scene: Scene) -> Call:
    return attrs.evolve(scene.further_call(), status=CallStatus.MISSED, ended_at=None, duration_seconds=None)


def _answered(scene: Scene) -> tuple[PlainSql, ...]:
    missed = _missed(scene)
    return insertion(missed), _used_up(scene), reopening(missed)


CALL_MINUTES_QUOTA = (
    StepViolation(
        "call_minutes_quota",
        "start a call when the minutes are used up",
        _start_without_minutes,
        sql=lambda scene: (_used_up(scene), insertion(going_on(scene.further_call()))),
    ),
    StepViolation("call_minutes_quota", "answer a missed one then", _answer_without_minutes, sql=_answered),
)

ENTRY_VIOLATIONS = (*LIVE_ORGANIZATION, *CALL_MINUTES_QUOTA)
