"""What a write and a look at the audit trail cost on PostgreSQL while the trail of an organization grows."""

from __future__ import annotations

from hashlib import md5
from uuid import UUID

from benchmarks.context import Context
from benchmarks.growing import Case, Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import RECORDS
from benchmarks.scenes.served import Served, served
from benchmarks.scenes.use_cases import PAGE, role_change

NAME = "growth_trail"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def measured(context: Context) -> list[Growth]:
    """Measures a change, and a page of each listing of the trail."""
    async with served(context) as service:
        company = service.company

        async def cases(_: int) -> Cases:
            return _cases(service)

        growing = Growing(
            section=NAME,
            name="audit records of an organization on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(RECORDS, size, company.id, company.owner.id),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]


def _cases(service: Served) -> Cases:
    trail, home, owner = service.app.audit_trail, service.company.id, service.company.owner
    told = UUID(md5(b"user 7", usedforsecurity=False).hexdigest())
    return {
        "change a role": Case(step=role_change(service.company)),
        "list the trail of the organization": Case(step=lambda _: trail.of_organization(home, limit=PAGE)),
        "list what a user did": Case(step=lambda _: trail.of_user(home, owner.id, limit=PAGE)),
        "list what happened to a user": Case(step=lambda _: trail.of_resource(home, "user", told, limit=PAGE)),
    }
