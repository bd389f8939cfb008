"""Violations of what an organization has a limit of, its seats apart: phone numbers, storage, calls once deleted."""

from __future__ import annotations

import attrs

from gapless.domain.calls import Call
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.ports import Store
from gapless.testing.attempts import PlainSql, StepViolation
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


def _further_number(scene: Scene) -> PhoneNumber:
    return a_phone_number(scene.organization.id, scene.ids)


async def _one_number_more(store: Store, scene: Scene) -> None:
    await save(store, scene, attrs.evolve(scene.organization, phone_numbers_quota=1))
    await add(store, scene, _further_number(scene))


async def _many_numbers(store: Store, scene: Scene) -> None:
    """As many as are allowed, in one statement, beside the one that is there."""
    numbers = [_further_number(scene) for _ in range(scene.organization.phone_numbers_quota)]
    async with store.unit(scene.organization.id) as unit:
        await unit.of(PhoneNumber).add_all(numbers, scene.entry())
        await unit.commit()


def _changed(scene: Scene, assignments: str) -> PlainSql:
    text = f"UPDATE organizations SET {assignments} WHERE id = $1"  # noqa: S608  # our own words
    return PlainSql(text, (scene.organization.id,))


PHONE_NUMBERS_QUOTA = (
    StepViolation(
        "phone_numbers_quota",
        "add one more than the plan allows",
        _one_number_more,
        sql=lambda scene: (_changed(scene, "phone_numbers_quota = 1"), insertion(_further_number(scene))),
    ),
    StepViolation("phone_numbers_quota", "add too many at once", _many_numbers),
)


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


async def _delete_while_calling(store: Store, scene: Scene) -> None:
    await add(store, scene, _running(scene))
    await delete_organization(store, scene)


async def _reopen_in_deleted(store: Store, scene: Scene) -> None:
    await delete_organization(store, scene)
    await save(store, scene, going_on(scene.call))


NO_ACTIVE_CALLS = (
    StepViolation(
        "no_active_calls",
        "delete an organization while a call is going on",
        _delete_while_calling,
        sql=lambda scene: (insertion(_running(scene)), deletion(scene)),
    ),
    StepViolation(
        "no_active_calls",
        "reopen a call of a deleted one",
        _reopen_in_deleted,
        sql=lambda scene: (deletion(scene), reopening(scene.call)),
    ),
)

ORGANIZATION_VIOLATIONS = (*PHONE_NUMBERS_QUOTA, *STORAGE_QUOTA, *NO_ACTIVE_CALLS)
