"""Violations by removing for good a row that others refer to; what refers to nothing follows from the declaration."""

from __future__ import annotations

from gapless.domain.calls import Call
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.kit.ports import Store
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.rows import an_invoice, going_on
from gapless.testing.scenes import Scene
from gapless.testing.steps import add, insertion, on_row


async def _remove_organization(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(Organization).remove(scene.organization, scene.entry())
        await unit.commit()


async def _remove_every_organization(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(Organization).delete_where(lambda organization: organization.is_live, scene.entry())
        await unit.commit()


def _removal(scene: Scene) -> PlainSql:
    return PlainSql("DELETE FROM organizations WHERE id = $1", (scene.organization.id,))


async def _remove_with_invoice(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(Call).remove(scene.call)
        await unit.commit()
    await add(store, scene, an_invoice(scene.organization.id, scene.ids))
    await _remove_organization(store, scene)


def _removed_with_invoice(scene: Scene) -> tuple[PlainSql, ...]:
    invoice = insertion(an_invoice(scene.organization.id, scene.ids))
    return on_row("DELETE FROM calls", scene.call), invoice, _removal(scene)


async def _release_while_calling(store: Store, scene: Scene) -> None:
    await add(store, scene, going_on(scene.further_call()))
    async with store.unit(scene.organization.id) as unit:
        await unit.of(PhoneNumber).remove(scene.phone_number, scene.entry())
        await unit.commit()


def _released_while_calling(scene: Scene) -> tuple[PlainSql, ...]:
    return insertion(going_on(scene.further_call())), on_row("DELETE FROM phone_numbers", scene.phone_number)


REMOVAL_VIOLATIONS = (
    StepViolation(
        "calls_organization_id_fkey",
        "remove an organization that has calls",
        _remove_organization,
        sql=lambda scene: (_removal(scene),),
    ),
    StepViolation("calls_organization_id_fkey", "remove it by a condition", _remove_every_organization),
    StepViolation(
        "invoices_organization_id_fkey",
        "remove an organization that has invoices",
        _remove_with_invoice,
        sql=_removed_with_invoice,
    ),
    StepViolation(
        "calls_active_needs_number",
        "release the number of a call that is going on",
        _release_while_calling,
        sql=_released_while_calling,
    ),
)
