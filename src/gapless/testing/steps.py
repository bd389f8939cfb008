"""The steps that attempts are made of: rows that are added, saved and deleted, through the ports and in plain SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from gapless.domain.calls import Call
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit import AuditedEntity, Entity, model_of
from gapless.kit.ids import OrganizationId
from gapless.kit.json_object import JsonObject
from gapless.kit.model import TENANT, Judged
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.predicates import literal
from gapless.kit.soft_deletion import deleted
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.rows import a_user
from gapless.testing.scenes import Scene

E = TypeVar("E", bound=Judged)


def insertion(row: Judged) -> PlainSql:
    """The statement that inserts a row, judged or not."""
    model = model_of(type(row))
    names = ", ".join(column.name for column in model.columns)
    values = model.values(row)
    casts = ("::text::jsonb" if isinstance(value, JsonObject) else "" for value in values)
    places = ", ".join(f"${place}{cast}" for place, cast in enumerate(casts, 1))
    text = f"INSERT INTO {model.table} ({names}) VALUES ({places})"  # noqa: S608  # names of a catalogue, no input
    return PlainSql(text, tuple(map(_sent, values)))


def _sent(value: object) -> object:
    return value.text if isinstance(value, JsonObject) else literal(value)


def founding(organization: Organization, scene: Scene) -> tuple[PlainSql, ...]:
    """The statements that insert an organization and its owner, without whom it would be refused."""
    users = model_of(User)
    # The organization may be spoiled, its very id missing, so its owner is judged no more than it is.
    return insertion(organization), insertion(users.replaced(scene.owner, {TENANT: organization.id}))


def deletion(scene: Scene) -> PlainSql:
    """The statement that deletes the organization softly."""
    text = "UPDATE organizations SET is_deleted = true, deleted_at = now() WHERE id = $1"
    return PlainSql(text, (scene.organization.id,))


def on_row(text: str, row: Judged) -> PlainSql:
    """A statement on one row of a tenant, which it names `WHERE organization_id = $1 AND id = $2`."""
    return PlainSql(f"{text} WHERE organization_id = $1 AND id = $2", model_of(type(row)).key_of(row))


def reopening(call: Call) -> PlainSql:
    """The statement that makes a call one that is going on."""
    return on_row("UPDATE calls SET status = 'ACTIVE', ended_at = null, duration_seconds = null", call)


async def add_row(unit: UnitOfWork, scene: Scene, row: E) -> E:
    """Adds a row of any entity in a unit of work of its organization, with an audit entry if it takes one."""
    if isinstance(row, AuditedEntity):
        organization_id = cast(OrganizationId, model_of(type(row)).tenant_of(row))
        return cast(E, await unit.of(type(row)).add(row, scene.entry(organization_id)))
    return cast(E, await unit.of(type(cast(Entity, row))).add(cast(Entity, row)))


async def save_row(unit: UnitOfWork, scene: Scene, row: E) -> E:
    """Saves a row of any entity in a unit of work of the scene, with an audit entry if it takes one."""
    if isinstance(row, AuditedEntity):
        return cast(E, await unit.of(type(row)).save(row, scene.entry()))
    return cast(E, await unit.of(type(cast(Entity, row))).save(cast(Entity, row)))


async def add(store: Store, scene: Scene, row: E) -> E:
    """Adds a row in a unit of work of its own, of the scene's organization or of one that is not there."""
    organization_id = cast(OrganizationId, model_of(type(row)).tenant_of(row))
    is_there = organization_id == scene.organization.id
    async with store.unit(organization_id) if is_there else store.founding(organization_id) as unit:
        added = await add_row(unit, scene, row)
        await unit.commit()
    return added


async def save(store: Store, scene: Scene, row: E) -> E:
    """Saves a row in a unit of work of its own."""
    async with store.unit(scene.organization.id) as unit:
        saved = await save_row(unit, scene, row)
        await unit.commit()
    return saved


async def found(store: Store, scene: Scene, organization: Organization, *rows: Judged) -> None:
    """Founds an organization with an owner, without whom it would be refused, and with further rows."""
    async with store.founding(organization.id) as unit:
        for row in (organization, a_user(organization.id, scene.ids, Role.OWNER), *rows):
            await add_row(unit, scene, row)
        await unit.commit()


async def delete_organization(store: Store, scene: Scene) -> None:
    """Deletes the organization softly, and nothing else."""
    await save(store, scene, deleted(scene.organization, scene.deletion()))


def adding(rule: str, tried: str, rows: Callable[[Scene], tuple[Judged, ...]]) -> StepViolation:
    """A rule is broken by the last of these rows, which are added one after the other."""

    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            for row in rows(scene):
                await add_row(unit, scene, row)
            await unit.commit()

    return StepViolation(rule, tried, store, sql=lambda scene: tuple(map(insertion, rows(scene))))
