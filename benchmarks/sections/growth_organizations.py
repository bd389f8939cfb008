"""What use cases cost on PostgreSQL while the organizations grow in number, each with an owner."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.growing import Case, Cases, Growing, grown, sizes_of
from benchmarks.growths import Growth
from benchmarks.scenes.loading import ORGANIZATIONS
from benchmarks.scenes.served import Served, served
from benchmarks.scenes.units import ACTOR
from benchmarks.scenes.use_cases import call_cases, idle_cleanup, role_change

NAME = "growth_organizations"
SIZES = (1_000, 10_000, 100_000, 1_000_000)


async def measured(context: Context) -> list[Growth]:
    """Measures the use cases of one organization among many, and those that are about all of them."""
    async with served(context) as service:

        async def cases(_: int) -> Cases:
            return await _cases(service)

        growing = Growing(
            section=NAME,
            name="organizations on PostgreSQL",
            sizes=sizes_of(context, SIZES),
            grow=lambda size: service.grow(ORGANIZATIONS, size),
            cases=cases,
            with_server=True,
        )
        return [await grown(context, growing)]


async def _cases(service: Served) -> Cases:
    organizations = service.app.organizations

    async def create(number: int) -> None:
        await organizations.create("Acme", f"created-{number}", "ann@acme.org", "Ann", plan="roomy", actor=ACTOR)

    of_calls = await call_cases(service.company, 0)
    return {
        "create an organization": Case(step=create),
        "change a role": Case(step=role_change(service.company)),
        "start a call": of_calls["start a call"],
        "finish a call": of_calls["finish a call"],
        "clean up with nothing to do": idle_cleanup(service.app),
    }
