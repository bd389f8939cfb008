"""The benchmarks of growth: a tiny run of each works, and measures each use case at each size."""

from collections.abc import Iterator

import pytest

from benchmarks.context import Context
from benchmarks.growing import QUICK_SIZES, Case, Cases, Growing, grown, nothing
from benchmarks.growths import Growth
from benchmarks.measurement import Step
from benchmarks.scenes.loading import CALLS, EVENTS, MEMBERS, ORGANIZATIONS, RECORDS, Load, values_of_calls
from benchmarks.scenes.served import Served, served
from benchmarks.scenes.units import ACTOR
from benchmarks.sections.growth_releases import UNITS, Stopped, Watch
from benchmarks.sections.registry import SECTIONS
from gapless.application.cleanup_outcomes import Purged
from gapless.embedded import EmbeddedServer
from gapless.kit.errors import DeadlineExceeded

pytestmark = pytest.mark.soak  # the benchmarks decide nothing about the library

NAMES = [name for name in SECTIONS if name.startswith("growth")]
LOADS: dict[str, Load] = {
    "calls": CALLS,
    "users": MEMBERS,
    "organizations": ORGANIZATIONS,
    "audit_logs": RECORDS,
    "outbox": EVENTS,
}
"""What is loaded past the application, by its table."""


@pytest.fixture(scope="module")
def context() -> Iterator[Context]:
    """A run that only shows that the sections work."""
    with EmbeddedServer.start() as server:
        yield Context(server=server, version="", is_quick=True)


def values(service: Served, table: str) -> tuple[object, ...]:
    """What a load of a table is given beside the numbers of its rows."""
    company = service.company
    of_tables = {
        "calls": values_of_calls(company),
        "users": (company.id,),
        "audit_logs": (company.id, company.owner.id),
        "outbox": (company.id,),
    }
    return of_tables.get(table, ())


@pytest.mark.asyncio
@pytest.mark.parametrize("name", NAMES)
async def test_sections(context: Context, name: str) -> None:
    """Each section gives a cost of each use case at each size."""
    for growth in await SECTIONS[name](context):
        assert isinstance(growth, Growth)
        assert (growth.section, growth.unit, tuple(growth.sizes)) == (name, "ms", QUICK_SIZES)
        assert all(len(costs) == len(QUICK_SIZES) and min(costs) > 0 for costs in growth.lines.values())


@pytest.mark.asyncio
@pytest.mark.parametrize("table", LOADS)
async def test_loads(context: Context, table: str) -> None:
    """As many rows are loaded past the triggers as there are to be, and the trail goes on after them without a gap."""
    counted = f"SELECT count(*) FROM gapless.{table}"  # noqa: S608  # our own names
    async with served(context) as service:
        before = await service.connection.fetchval(counted)
        for size in (30, 50):
            await service.grow(LOADS[table], size, *values(service, table))
        assert await service.connection.fetchval(counted) == before + 50
        await service.app.members.rename(service.company.id, service.company.owner.id, "Anna", actor=ACTOR)
        trail = await service.app.audit_trail.of_root(service.company.id, limit=100)
    assert [record.number for record in trail.items] == [*range(len(trail.items), 0, -1)]


@pytest.mark.asyncio
async def test_each_try_is_timed_alone(context: Context) -> None:
    """What a use case needs and what takes it back is done around each try, with the number of the try."""
    done: list[tuple[str, int]] = []

    def does(name: str) -> Step:
        async def step(number: int) -> None:
            done.append((name, number))

        return step

    async def grow(size: int) -> None:
        done.append(("grow", size))

    async def cases(_: int) -> Cases:
        return {"a": Case(step=does("step"), before=does("before"), after=does("after")), "b": Case(step=does("b"))}

    growing = Growing(section="s", name="n", sizes=(1, 2), grow=grow, cases=cases, with_server=False)
    growth = await grown(context, growing)
    assert [*growth.lines] == ["a", "b"]
    round_of = [("before", 0), ("step", 0), ("after", 0), ("b", 1)]
    assert done == [("grow", 1), *round_of, ("grow", 2), *((name, number + 2) for name, number in round_of)]


@pytest.mark.asyncio
async def test_too_many_rows(context: Context) -> None:
    """Planted: a unit of work that does not end in time ends the growth, which says so; at the least size it fails."""

    def growing(greatest: int) -> Growing:
        async def cases(size: int) -> Cases:
            async def step(_: int) -> None:
                if size > greatest:
                    raise DeadlineExceeded(10)

            return {"a": Case(step=step)}

        return Growing(section="s", name="n", sizes=(1, 2, 3), grow=nothing, cases=cases, with_server=False)

    growth = await grown(context, growing(1))
    assert (growth.sizes, len(growth.lines["a"])) == ([1], 1)
    assert growth.name == f"n (among 2: {DeadlineExceeded(10)})"
    with pytest.raises(DeadlineExceeded):
        await grown(context, growing(0))


def test_a_cleanup_is_stopped() -> None:
    """The watch counts what each unit unlinks, and stops the cleanup at its last unit."""
    watch = Watch()
    for _ in range(UNITS - 1):
        watch(Purged(root_id=None, unlinked={"calls": 200}))
    with pytest.raises(Stopped):
        watch(Purged(root_id=None, rows={"phone_numbers": 1}))
    assert watch.unlinked == 200 * (UNITS - 1)
