"""The benchmarks in memory: a tiny run of each works, and their guards notice when two sides do not do the same."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import attrs
import pytest

from benchmarks.comparisons import Comparison
from benchmarks.contenders.dicts import DictRows
from benchmarks.context import Context
from benchmarks.measurement import SidesDiffer
from benchmarks.scenes import openings
from benchmarks.scenes.call_units import calls_scene
from benchmarks.scenes.companies import add_calls, company_in_memory
from benchmarks.scenes.units import UnitScene
from benchmarks.scenes.user_units import users_scene
from benchmarks.sections import entities, memory_lookup, memory_units, opening
from gapless.domain.users import Role, User
from gapless.embedded import EmbeddedServer

pytestmark = pytest.mark.soak  # the benchmarks decide nothing about the library

SCENES = {"call": calls_scene, "user": users_scene}


@pytest.fixture(scope="module")
def context() -> Iterator[Context]:
    """A run that only shows that the sections work."""
    with EmbeddedServer.start() as server:
        yield Context(server=server, version="", is_quick=True)


def goals_of(found: Sequence[Comparison]) -> list[float | None]:
    """The greatest ratios that reach the goals, of which each comparison has one."""
    return [goal.greatest for each in found for goal in each.goals]


@pytest.mark.asyncio
async def test_units(context: Context) -> None:
    """The units in memory and those with dicts leave the same rows and records, among few rows and among many."""
    assert goals_of(await memory_units.measured(context)) == [60, 28, 40, 28, 1.1]


@pytest.mark.asyncio
async def test_searches(context: Context) -> None:
    """A member is found by the address as by the id, and a page has the newest calls."""
    assert goals_of(await memory_lookup.measured(context)) == [5, 5, 1.2]


async def run_both(scene: UnitScene, place: int) -> None:
    """Runs one step of the store and one with dicts."""
    await scene.ours(place)
    await scene.plain(place)


@pytest.mark.asyncio
async def test_entities(context: Context) -> None:
    """Users and calls are built and read back as the same rows by their entity and by the plain class."""
    assert goals_of(await entities.measured(context)) == [1.8, 0.5, 1.8, 0.5]


@pytest.mark.asyncio
async def test_openings(context: Context) -> None:
    """The process that opens imports the packages of the one that only imports; the CPU of each run is known."""
    found = await opening.measured(context)
    assert goals_of(found) == [1.3, 1.3]
    assert all(cpu > 0 for each in found for rounds in each.cpu_us.values() for cpu in rounds)


@pytest.mark.asyncio
async def test_other_packages_are_noticed() -> None:
    """Planted: a side that imports less than the other, and one that fails."""
    less, more = (opening.Program(text, opening.MEMORY) for text in ("import asyncio", "import attrs"))
    with pytest.raises(SidesDiffer, match="attrs"):
        await opening.require_same_packages({opening.OURS: more, opening.OTHER: less})
    with pytest.raises(SidesDiffer, match="ended with 3"):
        await opening.Program("raise SystemExit(3)", opening.MEMORY).run(0)


def test_other_rows_are_noticed() -> None:
    """Planted: a plain class that is given other values."""
    making, _ = entities.makings(User)
    entities.require_equal(making)
    honest = making.sides[entities.PLAIN]
    sides = {**making.sides, entities.PLAIN: lambda values: honest([*values[:-1], Role.ADMIN])}
    with pytest.raises(SidesDiffer):
        entities.require_equal(attrs.evolve(making, sides=sides))


@pytest.mark.asyncio
@pytest.mark.parametrize("make", SCENES.values(), ids=SCENES)
@pytest.mark.parametrize("fault", ["a row", "a record"])
async def test_other_units_are_noticed(make: Callable[[int, int], Awaitable[UnitScene]], fault: str) -> None:
    """Planted: dicts that hold another row or one record more than the store; the same ones are taken out."""
    scene = await make(1, 2)
    await run_both(scene, 0)
    await scene.clear(scene.ids[:1])
    await run_both(scene, 1)
    if fault == "a row":
        scene.dicts.rows[scene.ids[1]]["version"] = 9
    else:
        scene.dicts.records.append({"resource_id": scene.ids[1]})
    with pytest.raises(SidesDiffer):
        await scene.clear(scene.ids[1:])


@pytest.mark.asyncio
async def test_other_openings_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: dicts that keep no record of the owner."""
    honest = openings.opened_dicts

    async def forgetful(ids: Sequence[UUID], now: datetime) -> tuple[DictRows, DictRows]:
        organizations, users = await honest(ids, now)
        users.records.clear()
        return organizations, users

    await openings.require_same_openings()
    monkeypatch.setattr(openings, "opened_dicts", forgetful)
    with pytest.raises(SidesDiffer):
        await openings.require_same_openings()


@pytest.mark.asyncio
async def test_another_page_is_noticed() -> None:
    """Planted: calls that were added twice, so that the page does not begin with the newest of each second."""
    company = await company_in_memory()
    await add_calls(company, 3)
    await memory_lookup.require_newest(company)
    await add_calls(company, 3)
    with pytest.raises(SidesDiffer):
        await memory_lookup.require_newest(company)
