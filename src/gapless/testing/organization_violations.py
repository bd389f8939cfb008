"""Violations of what an organization has a limit of, its seats apart: phone numbers, storage, calls once deleted."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from gapless.domain.calls import Call
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Judged
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.attempts import CountedViolation, PlainSql, StepViolation
from gapless.testing.filling import room
from gapless.testing.rows import a_phone_number, an_organization, going_on
from gapless.testing.scenes import Scene
from gapless.testing.steps import (
    add,
    delete_organization,
    deletion,
    found,
    founding,
    insertion,
    reopening,
    save,
)

Invariant: TypeAlias = InvariantValidator[Judged]


def _further_number(scene: Scene) -> PhoneNumber:
    return a_phone_number(scene.organization.id, scene.ids)


def _too_many_numbers(invariant: Invariant, scene: Scene) -> list[PhoneNumber]:
    """As many as are allowed, beside the one that is there: one too many."""
    allowed = room(invariant, scene.organization, scene.phone_number)
    return [_further_number(scene) for _ in range(allowed + 1)]


def _one_number_more(invariant: Invariant) -> StepViolation:
    """They come one after the other."""

    async def store(store: Store, scene: Scene) -> None:
        for number in _too_many_numbers(invariant, scene):
            await add(store, scene, number)

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        return tuple(map(insertion, _too_many_numbers(invariant, scene)))

    return StepViolation("phone_numbers_quota", "add one more than the plan allows", store, sql=sql)


def _many_numbers(invariant: Invariant) -> StepViolation:
    """They come in one statement."""

    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            await unit.of(PhoneNumber).add_all(_too_many_numbers(invariant, scene), scene.entry())
            await unit.commit()

    return StepViolation("phone_numbers_quota", "add too many at once", store)


PHONE_NUMBERS_QUOTA = (
    CountedViolation("phone_numbers_quota", _one_number_more),
    CountedViolation("phone_numbers_quota", _many_numbers),
)


def _changed(scene: Scene, assignments: str) -> PlainSql:
    text = f"UPDATE organizations SET {assignments} WHERE id = $1"  # noqa: S608  # our own words
    return PlainSql(text, (scene.organization.id,))


def _past_quota(organization: Organization) -> Organization:
    return organization.with_usage(storage=organization.storage_quota + 1)


async def _store_too_much(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(Organization).save_unaudited(_past_quota(scene.organization))
        await unit.commit()


async def _store_more_past_quota(store: Store, scene: Scene) -> None:
    """What is used stays when the quota shrinks below it, but does not grow."""
    async with store.unit(scene.organization.id) as unit:
        used = await unit.of(Organization).save_unaudited(scene.organization.with_usage(storage=2))
        smaller = attrs.evolve(used, storage_quota=Bytes(BigInteger(1)))
        shrunk = await unit.of(Organization).save(smaller, scene.entry())
        await unit.of(Organization).save_unaudited(shrunk.with_usage(storage=1))
        await unit.commit()


async def _found_past_quota(store: Store, scene: Scene) -> None:
    await found(store, scene, _past_quota(an_organization(scene.ids)))


STORAGE_QUOTA = (
    StepViolation(
        "storage_quota",
        "use more than the plan allows",
        _store_too_much,
        sql=lambda scene: (_changed(scene, "used_storage = storage_quota + 1"),),
    ),
    StepViolation(
        "storage_quota",
        "use yet more when the quota has shrunk",
        _store_more_past_quota,
        sql=lambda scene: (
            _changed(scene, "used_storage = 2"),
            _changed(scene, "storage_quota = 1"),
            _changed(scene, "used_storage = 3"),
        ),
    ),
    StepViolation(
        "storage_quota",
        "found with too much",
        _found_past_quota,
        sql=lambda scene: founding(_past_quota(an_organization(scene.ids)), scene),
    ),
)


def _running(scene: Scene) -> Call:
    return going_on(scene.further_call())


def _too_many_calls(invariant: Invariant, scene: Scene) -> list[Call]:
    """One call more than may be going on when the organization is deleted."""
    allowed = room(invariant, deleted(scene.organization, scene.deletion()))
    return [_running(scene) for _ in range(allowed + 1)]


def _deletion_while_calling(invariant: Invariant) -> StepViolation:
    async def store(store: Store, scene: Scene) -> None:
        for call in _too_many_calls(invariant, scene):
            await add(store, scene, call)
        await delete_organization(store, scene)

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        return (*map(insertion, _too_many_calls(invariant, scene)), deletion(scene))

    tried = "delete an organization while a call is going on"
    return StepViolation("no_active_calls", tried, store, sql=sql)


def _reopening_in_deleted(invariant: Invariant) -> StepViolation:
    """As many calls as may be are going on when it is deleted, and then one is reopened."""

    async def store(store: Store, scene: Scene) -> None:
        for call in _too_many_calls(invariant, scene)[1:]:
            await add(store, scene, call)
        await delete_organization(store, scene)
        await save(store, scene, going_on(scene.call))

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        there = map(insertion, _too_many_calls(invariant, scene)[1:])
        return (*there, deletion(scene), reopening(scene.call))

    return StepViolation("no_active_calls", "reopen a call of a deleted one", store, sql=sql)


NO_ACTIVE_CALLS = (
    CountedViolation("no_active_calls", _deletion_while_calling),
    CountedViolation("no_active_calls", _reopening_in_deleted),
)

ORGANIZATION_VIOLATIONS = (*PHONE_NUMBERS_QUOTA, *STORAGE_QUOTA, *NO_ACTIVE_CALLS)
