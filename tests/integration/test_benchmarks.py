"""The benchmarks: a tiny run of each works, and their guards notice when the two sides do not do the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import attrs
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import __main__ as program
from benchmarks import bulk_changes, by_hand, memory_units, patterns, role_changes, user_reads
from benchmarks.by_hand import user_of
from benchmarks.figures import HEADINGS, Figure, ground, table
from benchmarks.measurement import Effort, Side, SidesDiffer, round_medians
from benchmarks.memory_events import events_scene
from benchmarks.memory_scene import Scene
from benchmarks.memory_users import users_scene
from benchmarks.stage import ACTOR, Stage, opened_stage
from gapless.domain.users import Role, User

pytestmark = pytest.mark.soak  # the benchmarks decide nothing about the library

TINY = Effort(rounds=1, steps=2)
TIMES = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=9)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """A server of its own, with a proxy before it."""
    async with opened_stage() as opened:
        yield opened


@pytest.mark.asyncio
async def test_reading_users(stage: Stage) -> None:
    """Both sides read a user in one request, and get the same value."""
    (figure,) = await user_reads.benchmark(stage, TINY)
    assert figure.requests == (1, 1)


@pytest.mark.asyncio
async def test_changing_roles(stage: Stage) -> None:
    """A role takes four requests, as by hand at its best, and both sides leave the same users, records and events."""
    figures = await role_changes.benchmark(stage, TINY)
    assert [figure.requests for figure in figures] == [(4, 4), (4, 4)]


@pytest.mark.asyncio
async def test_bulk_changes() -> None:
    """Both sides change the same rows, with the rules and without; if they did not, the benchmark would stop."""
    figures = await bulk_changes.benchmark(1, organizations=3, rows=4)
    assert [figure.name for figure in figures] == ["activate 12 users", "add 12 users", "start 12 calls"]
    with pytest.raises(SidesDiffer):
        bulk_changes.require_equal({12, 11})


@pytest.mark.asyncio
async def test_patterns() -> None:
    """Every text fits its pattern in both forms, of which the compiled one is another; if not, it would stop."""
    lines = await patterns.measured(rows=9, rounds=1)
    assert [line.partition(":")[0] for line in lines] == list(patterns.COUNTING)
    assert all("char_length(text)" in line for line in lines)


@pytest.mark.asyncio
async def test_memory_units() -> None:
    """The unit in memory and the dict leave the same rows, with few and with many."""
    figures = await memory_units.benchmark(TINY, sizes=(1, 20))
    assert len(figures) == 4
    assert all(figure.requests is None for figure in figures)


@pytest.mark.asyncio
async def test_different_users_are_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one side read another user than there is, the benchmark would stop."""

    def forgetful(record: asyncpg.Record) -> User:
        return attrs.evolve(user_of(record), version=7)

    monkeypatch.setattr(by_hand, "user_of", forgetful)
    company, _ = await stage.companies("planted-reading")
    with pytest.raises(SidesDiffer):
        await user_reads.require_equal(stage.direct, company)


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["role", "no audit record", "no event"])
async def test_different_changes_are_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """If one side left another role, no audit record or no event, the benchmark would stop."""
    ours, other = await stage.companies(f"planted-{fault.replace(' ', '-')}")
    line = role_changes.LINES[0]
    mine, theirs = role_changes.step_ours(stage.direct, ours, line), role_changes.step_by_hand
    await mine(0)
    await theirs(stage.direct, other, line)(0)
    await role_changes.require_equal(stage, ours, other)
    if fault == "role":
        await stage.direct.app.members.change_role(other.id, other.members[0].id, Role.OPERATOR, actor=ACTOR)
    else:
        name = {"no audit record": "AUDIT_RECORD", "no event": "EVENT"}[fault]
        statement = getattr(by_hand, name).removesuffix(")")
        monkeypatch.setattr(by_hand, name, f"{statement} WHERE false)")
        await mine(1)
        await theirs(stage.direct, other, line)(1)
    with pytest.raises(SidesDiffer):
        await role_changes.require_equal(stage, ours, other)


@pytest.mark.asyncio
@pytest.mark.parametrize("make", [events_scene, users_scene], ids=["event", "user"])
async def test_different_rows_are_noticed(make: Callable[[int, int, int], Awaitable[Scene[User]]]) -> None:
    """If the dict held another row after a round than it should, the benchmark would stop."""
    scene = await make(2, 1, 2)
    for number in range(2):
        await scene.step_ours(number)
        await scene.clear_ours(number)
    await scene.step_plain(0)
    await scene.clear_plain(0)
    await scene.step_plain(1)
    await scene.plain.save(attrs.evolve(scene.values[1].kept, version=9))
    with pytest.raises(SidesDiffer):
        await scene.clear_plain(1)


@pytest.mark.asyncio
async def test_missing_record_is_noticed() -> None:
    """If one side had kept a row without its audit record, the benchmark would stop."""
    scene = await users_scene(1, 1, 1)
    await scene.step_plain(0)
    scene.plain.audits.pop()
    with pytest.raises(SidesDiffer):
        await scene.clear_plain(0)


@pytest.mark.asyncio
async def test_rounds_are_interleaved() -> None:
    """The sides take turns, each round begins with another one, and the round that warms up does not count."""
    taken: list[tuple[str, int]] = []

    def side(name: str) -> Side:
        async def step(place: int) -> None:
            taken.append((name, place))

        return Side(step=step)

    medians = await round_medians({"a": side("a"), "b": side("b")}, Effort(rounds=2, steps=1))
    assert taken == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
    assert {name: len(values) for name, values in medians.items()} == {"a": 2, "b": 2}


def a_figure(ours: list[float], other: list[float], requests: tuple[float, float] = (4, 6)) -> Figure:
    """A figure of these times."""
    return Figure(
        name="a figure",
        ours="ours",
        other="other",
        ours_us=ours,
        other_us=other,
        goal=1.0,
        reason="a test needs one",
        requests=requests,
        greatest_requests=4,
        ground=ground("18.0"),
    )


@given(TIMES, st.floats(0.1, 10), st.integers(1, 9))
def test_goal(times: list[float], factor: float, requests: int) -> None:
    """The goal is reached if neither the time nor the requests are more than it allows."""
    figure = a_figure([time * factor for time in times], times, (requests, 6))
    assert figure.ratio == pytest.approx(factor)
    assert figure.is_reached is (figure.ratio <= 1.0 and requests <= 4)


@given(TIMES)
def test_table_and_json(times: list[float]) -> None:
    """People and programs are told the same figure, and what it was measured on."""
    figure = a_figure(times, times)
    heading, row = table([figure]).split("\n")
    assert all(word in heading for word in HEADINGS)
    assert "1.00 (1.00-1.00)" in row
    read = json.loads(json.dumps(figure.as_json()))
    assert (read["ratio"], read["reached"], read["ground"]["postgresql"]) == (1.0, True, "18.0")


@pytest.mark.asyncio
async def test_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The program ends with 0 although a goal is missed, and with 1 if the two sides did not do the same."""

    async def slow(rounds: int) -> list[Figure]:
        return [a_figure([2.0] * rounds, [1.0] * rounds)]

    async def different(rounds: int) -> list[Figure]:
        raise SidesDiffer(f"{rounds} rounds of nonsense")

    monkeypatch.setattr(program, "measured", slow)
    assert await asyncio.to_thread(program.main, ["--rounds", "2"]) == 0
    printed = capsys.readouterr().out
    assert "missed" in printed
    assert "The goal of 1.00: a test needs one." in printed
    assert await asyncio.to_thread(program.main, ["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"][0]["reached"] is False
    monkeypatch.setattr(program, "measured", different)
    assert await asyncio.to_thread(program.main, []) == 1
    assert "nonsense" in capsys.readouterr().err
