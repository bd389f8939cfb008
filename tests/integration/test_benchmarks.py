"""The benchmarks: a quick run of each section works, and its guards notice when two sides do not do the same."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import asyncpg
import attrs
import pytest
import pytest_asyncio

from benchmarks import works
from benchmarks.comparisons import Comparison
from benchmarks.contenders import by_hand_calls, by_hand_deletion, by_hand_users
from benchmarks.contenders.by_hand_rows import UserRow, user_of
from benchmarks.contenders.contender import Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS, contenders
from benchmarks.context import Context, version_of
from benchmarks.measurement import SidesDiffer
from benchmarks.sections import (
    add_many,
    change_role,
    concurrent,
    delete,
    get,
    list_calls,
    neighbours,
    pages,
    patterns,
    rules_cost,
    rules_of_one_row,
)
from benchmarks.sections.registry import Measured
from benchmarks.stage import LATENCIES
from gapless.embedded import EmbeddedServer

pytestmark = [
    pytest.mark.soak,  # the benchmarks decide nothing about the library
    # advanced-alchemy imports a decorator that SQLAlchemy 2.1 calls out of date.
    pytest.mark.filterwarnings("ignore:The declarative_mixin decorator:sqlalchemy.exc.SADeprecationWarning"),
]

REQUESTS: dict[Callable[[Context], Awaitable[list[Comparison]]], dict[str, tuple[float, float]]] = {
    get.measured: {"get a user": (1, 1)},
    change_role.measured: dict.fromkeys(change_role.LINES, (4, 4)),
    list_calls.measured: {"list 20 calls": (1, 1)},
    add_many.measured: {"add 10 calls": (3, 4), "add 20 calls": (3, 4)},
    delete.measured: {"delete an organization of 5 users": (13, 4)},
    concurrent.measured: {"4 tasks change a role at once on 8 connections": (16, 16)},
    pages.measured: {"3 pages of 100 calls": (3, 3)},
}
"""By section, what its works are called, and how many requests gapless and code by hand send for one step."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def context() -> AsyncIterator[Context]:
    """A run that only shows that the sections work."""
    with EmbeddedServer.start() as server:
        yield Context(server=server, version=await version_of(server), is_quick=True)


@pytest.fixture
def two_contenders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gapless and code by hand alone, which is enough to see a difference."""
    both: dict[str, Entry] = {name: entry for name, entry in contenders().items() if name in (GAPLESS, BY_HAND)}
    monkeypatch.setattr(works, "contenders", lambda: both)


@pytest.mark.asyncio
@pytest.mark.parametrize("measured", REQUESTS, ids=lambda measured: measured.__module__.rpartition(".")[2])
async def test_works(context: Context, measured: Measured) -> None:
    """All contenders do each work and leave the same, with and without latency, in the requests that are known."""
    found = [each for each in await measured(context) if isinstance(each, Comparison)]
    expected = REQUESTS[measured]  # type: ignore[index]  # it is one of the keys
    assert [(each.name, each.latency_ms) for each in found] == [
        (name, latency) for name in expected for latency in LATENCIES
    ]
    for each in found:
        assert (each.requests[GAPLESS], each.requests[BY_HAND]) == expected[each.name]
        assert list(each.wall_us) == list(each.cpu_us) == list(contenders())
        assert all(goal.requests is None or goal.requests == each.requests[GAPLESS] for goal in each.goals)


@pytest.mark.asyncio
@pytest.mark.usefixtures("two_contenders")
async def test_latency(context: Context) -> None:
    """Through the relay a request takes longer by the latency at least, and no CPU of this process for it."""
    direct, delayed = await get.measured(context)
    for side in (GAPLESS, BY_HAND):
        assert min(delayed.wall_us[side]) > 1000 * LATENCIES[1]
    assert (direct.latency_ms, delayed.latency_ms) == LATENCIES


@pytest.mark.asyncio
async def test_rules_cost(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides change the same rows, with the rules and without; if they did not, the benchmark would stop."""
    found = await rules_cost.measured(context)
    assert [each.name for each in found] == [line.name.format(rows) for rows in (3, 6, 12) for line in rules_cost.LINES]
    fewer = [attrs.evolve(line, result="SELECT pg_backend_pid()") for line in rules_cost.LINES]
    monkeypatch.setattr(rules_cost, "LINES", fewer)
    with pytest.raises(SidesDiffer):
        await rules_cost.measured(context)


@pytest.mark.asyncio
async def test_rules_of_one_row(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides write the same rows one by one; if they did not, the benchmark would stop."""
    found = await rules_of_one_row.measured(context)
    assert [each.name for each in found] == list(rules_of_one_row.WRITES)
    name, numbers = "rename an organization", count()
    another = attrs.evolve(rules_of_one_row.WRITES[name], arguments=lambda *_: (f"Acme {next(numbers)}",))
    monkeypatch.setattr(rules_of_one_row, "WRITES", {name: another})
    with pytest.raises(SidesDiffer):
        await rules_of_one_row.measured(context)


@pytest.mark.asyncio
async def test_patterns(context: Context) -> None:
    """Every text fits its pattern in both forms, of which the compiled one is another; if not, it would stop."""
    found = await patterns.measured(context)
    assert [each.name.partition(" among")[0] for each in found] == list(patterns.COUNTING)
    assert all("char_length(text)" in each.name for each in found)


@pytest.mark.asyncio
async def test_neighbours(context: Context) -> None:
    """The ten change roles alone and beside the many, and each has both its pace and its latest."""
    found = await neighbours.measured(context)
    assert [list(each.wall_us) for each in found] == [[neighbours.BESIDE, neighbours.ALONE]] * 2


def forgetful(record: asyncpg.Record) -> UserRow:
    """A user of another version than was read."""
    return attrs.evolve(user_of(record), version=7)


def withheld(name: str) -> str:
    """A part of the statement that writes nothing any more."""
    statement: str = getattr(by_hand_users, name)
    return f"{statement.removesuffix(')')} WHERE false)"


CHANGED = by_hand_calls.values_of
FAULTS: dict[str, tuple[Measured, object, str, object]] = {
    "another user": (get.measured, by_hand_users, "user_of", forgetful),
    "another role": (
        change_role.measured,
        by_hand_users,
        "WRITTEN",
        by_hand_users.WRITTEN.replace("role = $4", "role = CASE WHEN $4 = 'MANAGER' THEN 'OPERATOR' ELSE $4 END"),
    ),
    "no audit record": (change_role.measured, by_hand_users, "AUDIT_RECORD", withheld("AUDIT_RECORD")),
    "no event": (change_role.measured, by_hand_users, "EVENT", withheld("EVENT")),
    "fewer calls listed": (
        list_calls.measured,
        by_hand_calls,
        "FIRST",
        by_hand_calls.FIRST.replace("LIMIT $2", "LIMIT $2 - 1"),
    ),
    "another call": (
        add_many.measured,
        by_hand_calls,
        "values_of",
        lambda call: tuple("lost" if value == "call 1" else value for value in CHANGED(call)),
    ),
    "a number that is kept": (
        delete.measured,
        by_hand_deletion,
        "WRITTEN",
        by_hand_deletion.WRITTEN.replace("is_released = true", "is_released = is_released"),
    ),
    "a user that is kept": (
        delete.measured,
        by_hand_deletion,
        "WRITTEN",
        by_hand_deletion.WRITTEN.replace(
            f"gapless.users {by_hand_deletion.SOFTLY} WHERE",
            f"gapless.users {by_hand_deletion.SOFTLY} WHERE role = '' AND",
        ),
    ),
    "a page that skips": (
        pages.measured,
        by_hand_calls,
        "NEXT",
        by_hand_calls.NEXT.replace("< ($3, $4)", "< ($3::timestamptz - interval '2 seconds', $4)"),
    ),
}
"""Planted faults: the section that has to notice, and what is replaced in which module of code by hand."""


@pytest.mark.asyncio
@pytest.mark.usefixtures("two_contenders")
@pytest.mark.parametrize("fault", FAULTS)
async def test_differences_are_noticed(context: Context, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """If one side did another thing than the other, the benchmark would stop."""
    measured, module, name, planted = FAULTS[fault]
    assert getattr(module, name) != planted, "The fault is none."
    monkeypatch.setattr(module, name, planted)
    with pytest.raises(SidesDiffer):
        await measured(context)
