"""Violations of what is unique: among all organizations, or in one of them."""

from __future__ import annotations

import attrs

from gapless.domain.invoices import Invoice
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.domain.values import EmailAddress
from gapless.kit.ids import OrganizationId
from gapless.kit.ports import Store
from gapless.kit.queries import assign
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.rows import a_phone_number, a_subscription, an_erasure, an_invoice, an_organization
from gapless.testing.scenes import Scene
from gapless.testing.steps import add, add_row, adding, delete_organization, found, founding, insertion, save


def _namesake(scene: Scene) -> Organization:
    return attrs.evolve(an_organization(scene.ids), slug=scene.organization.slug)


async def _found_namesake(store: Store, scene: Scene) -> None:
    await found(store, scene, _namesake(scene))


async def _take_slug_of_deleted(store: Store, scene: Scene) -> None:
    await delete_organization(store, scene)
    await _found_namesake(store, scene)


_SLUG = (
    StepViolation(
        "organizations_slug_unique",
        "found with a slug that is taken",
        _found_namesake,
        sql=lambda scene: founding(_namesake(scene), scene),
    ),
    StepViolation("organizations_slug_unique", "with that of a deleted one", _take_slug_of_deleted),
)


def _twin(scene: Scene) -> User:
    return attrs.evolve(scene.member(), email=scene.owner.email)


async def _become_twin(store: Store, scene: Scene) -> None:
    member = await add(store, scene, scene.member())
    await save(store, scene, attrs.evolve(member, email=scene.owner.email))


async def _twins_at_once(store: Store, scene: Scene) -> None:
    one, other = scene.member(), scene.member()
    async with store.unit(scene.organization.id) as unit:
        await unit.of(User).add_all((one, attrs.evolve(other, email=one.email)), scene.entry())
        await unit.commit()


async def _one_address_for_all(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(User).add(scene.member(), scene.entry())
        address = EmailAddress("all@acme.example")
        await unit.of(User).update_where(
            lambda user: user.is_live, lambda user: (assign(user.email, address),), scene.entry()
        )
        await unit.commit()


async def _restore_twin(store: Store, scene: Scene) -> None:
    gone = await add(store, scene, deleted(_twin(scene), scene.deletion()))
    await save(store, scene, restored(gone))


_ADDRESS = (
    adding("users_email_unique", "invite with an address that is taken", lambda scene: (_twin(scene),)),
    StepViolation("users_email_unique", "change to it", _become_twin),
    StepViolation("users_email_unique", "twice in one statement", _twins_at_once),
    StepViolation("users_email_unique", "one for all", _one_address_for_all),
    StepViolation("users_email_unique", "restore with it", _restore_twin),
)


def _same_number(scene: Scene, organization_id: OrganizationId) -> PhoneNumber:
    return attrs.evolve(a_phone_number(organization_id, scene.ids), number=scene.phone_number.number)


async def _number_of_another(store: Store, scene: Scene) -> None:
    other = an_organization(scene.ids)
    await found(store, scene, other, _same_number(scene, other.id))


def _insert_number_of_another(scene: Scene) -> tuple[PlainSql, ...]:
    other = an_organization(scene.ids)
    return *founding(other, scene), insertion(_same_number(scene, other.id))


async def _change_number(store: Store, scene: Scene) -> None:
    further = await add(store, scene, a_phone_number(scene.organization.id, scene.ids))
    await save(store, scene, attrs.evolve(further, number=scene.phone_number.number))


_NUMBER = (
    adding(
        "phone_numbers_number_unique",
        "a number that the organization has",
        lambda scene: (_same_number(scene, scene.organization.id),),
    ),
    StepViolation(
        "phone_numbers_number_unique",
        "one that another organization has",
        _number_of_another,
        sql=_insert_number_of_another,
    ),
    StepViolation("phone_numbers_number_unique", "change to it", _change_number),
)


def _two_invoices(scene: Scene) -> tuple[Invoice, Invoice]:
    one, other = (an_invoice(scene.organization.id, scene.ids) for _ in range(2))
    return one, attrs.evolve(other, number=one.number)


async def _renumber_invoice(store: Store, scene: Scene) -> None:
    one, same = _two_invoices(scene)
    async with store.unit(scene.organization.id) as unit:
        await add_row(unit, scene, one)
        other = await add_row(unit, scene, attrs.evolve(same, number=same.id.hex))
        await unit.of(Invoice).save(attrs.evolve(other, number=one.number), scene.entry())
        await unit.commit()


_ONE_EACH = (
    adding(
        "subscriptions_organization_id_unique",
        "subscribe twice",
        lambda scene: tuple(a_subscription(scene.organization.id, scene.ids) for _ in range(2)),
    ),
    adding("invoices_number_unique", "a number that is taken", _two_invoices),
    StepViolation("invoices_number_unique", "change to it", _renumber_invoice),
    adding(
        "erasures_organization_id_unique",
        "mark for erasure twice",
        lambda scene: tuple(an_erasure(scene.organization.id, scene.ids) for _ in range(2)),
    ),
)

UNIQUE_VIOLATIONS = (*_SLUG, *_ADDRESS, *_NUMBER, *_ONE_EACH)
