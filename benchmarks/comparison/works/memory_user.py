"""A unit in memory of an audited entity: a user is made, added, got and saved, each write with its audit record."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import attrs

from benchmarks.comparison.works import names
from benchmarks.comparison.works.work import ACTOR, Plain, Work
from gapless import Gapless, Role, parse_email_address
from gapless.adapters.system import UuidV7Factory
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit.audit import ActorKind
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject

NAME = "a unit in memory, an audited user"
STORE = "memory"
STEPS = 200
SEATS = 1_000_000
IDS = UuidV7Factory()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _record(
    home: OrganizationId, row: UUID, kind: str, before: JsonObject | None, after: JsonObject
) -> names.AuditRecord:
    return names.AuditRecord(
        root_id=home,
        id=names.AuditRecordId(IDS.new()),
        created_at=NOW,
        actor_kind=ActorKind.SYSTEM,
        job=ACTOR.job,
        action=f"{kind}.changed",
        resource_type=kind,
        resource_id=str(row),
        before=before,
        after=after,
    )


def _bob(home: OrganizationId, place: int) -> User:
    return User(
        organization_id=home,
        id=UserId(IDS.new()),
        created_at=NOW,
        email=parse_email_address(f"user{place}@acme.org"),
        name="Bob",
        role=Role.MANAGER,
    )


async def prepared(app: Gapless, slug: str) -> Work:
    """An organization that has a seat for everybody."""
    created = await names.created(app, slug)
    home = created.organization.id
    async with app.store.unit(home) as unit:
        quota = JsonObject({"team_members_quota": SEATS})
        roomy = attrs.evolve(created.organization, team_members_quota=SEATS)
        await unit.of(Organization).save(roomy, _record(home, home, "organization", None, quota))
        await unit.commit()

    async def step(place: int) -> None:
        user = _bob(home, place)
        async with app.store.unit(home) as unit:
            await unit.of(User).add(user, _record(home, user.id, "user", None, JsonObject({"name": "Bob"})))
            stored = await unit.of(User).get(user.id)
            changed = JsonObject({"name": "Bob"}), JsonObject({"name": "Bill"})
            await unit.of(User).save(attrs.evolve(stored, name="Bill"), _record(home, user.id, "user", *changed))
            await unit.commit()

    async def outcome() -> Plain:
        async with app.store.reading(home) as reading:
            users = await reading.of(User).find()
            audits = await reading.of(names.AuditRecord).count()
        return [audits, [[user.email, user.name, user.role.value, user.version] for user in users]]

    return Work(step=step, outcome=outcome)
