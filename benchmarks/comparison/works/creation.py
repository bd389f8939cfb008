"""Creating an organization with its owner."""

from __future__ import annotations

from benchmarks.comparison.works import names
from benchmarks.comparison.works.work import Plain, Work
from gapless import Gapless
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User

NAME = "create an organization"
STORE = "postgresql"
STEPS = 20


async def prepared(app: Gapless, slug: str) -> Work:
    """Needs nothing in place; the slug of each organization begins with this one."""
    homes: list[OrganizationId] = []

    async def step(place: int) -> None:
        created = await names.created(app, f"{slug}-{place}")
        homes.append(created.organization.id)

    async def left(home: OrganizationId) -> Plain:
        async with app.store.reading(home) as reading:
            organization = await reading.of(Organization).get(home)
            users = await reading.of(User).find()
            audits = await reading.of(names.AuditRecord).find()
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
