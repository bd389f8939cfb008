"""Changing the role of a member, up and down, with its audit record and, on the way down, an event."""

from __future__ import annotations

from benchmarks.comparison.works import names
from benchmarks.comparison.works.work import ACTOR, Plain, Work
from gapless import Gapless, Role
from gapless.domain.users import User

NAME = "change a role"
STORE = "postgresql"
STEPS = 40


async def prepared(app: Gapless, slug: str) -> Work:
    """An organization with a member who is now an administrator, now a manager."""
    created = await names.created(app, slug)
    home = created.organization.id
    member = await names.members(app).invite(home, "bob@acme.org", "Bob", Role.MANAGER, actor=ACTOR)
    roles = (Role.ADMIN, Role.MANAGER)

    async def step(place: int) -> None:
        await names.members(app).change_role(home, member.id, roles[place % 2], actor=ACTOR)

    async def outcome() -> Plain:
        async with app.store.reading(home) as reading:
            users = await reading.of(User).find()
            audits = await reading.of(names.AuditRecord).find()
            events = await reading.outbox.find()
        return {
            "users": [[user.email, user.role.value, user.version] for user in users],
            "entries": [[audit.action, str(audit.before), str(audit.after)] for audit in audits if audit.before],
            "events": [[event.kind, str(event.payload["reason"])] for event in events],
        }

    return Work(step=step, outcome=outcome)
