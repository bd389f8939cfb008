"""Founding an organization with its owner."""

from __future__ import annotations

from benchmarks.comparison.works.work import ACTOR, Plain, Work
from gapless import Gapless
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import OrganizationId

NAME = "found an organization"
STORE = "postgresql"
STEPS = 20


async def prepared(app: Gapless, slug: str) -> Work:
    """Needs nothing in place; the slug of each organization begins with this one."""
    homes: list[OrganizationId] = []

    async def step(place: int) -> None:
        created = await app.organizations.create(
            "Acme", f"{slug}-{place}", "ann@acme.org", "Ann", plan="team", actor=ACTOR
        )
        homes.append(created.organization.id)

    async def left(home: OrganizationId) -> Plain:
        async with app.store.reading(home) as reading:
            organization = await reading.of(Organization).get(home)
            users = await reading.of(User).find()
            audits = await reading.of(AuditRecord).find()
        return [
            organization.name,
            organization.slug,
            organization.team_members_quota,
            [[user.email, user.role.value, user.version] for user in users],
            [[audit.action, audit.resource_type] for audit in audits],
        ]

    async def outcome() -> Plain:
        return [await left(home) for home in homes]

    return Work(step=step, outcome=outcome)
