"""What a search costs does not depend on what is stored: counted in calls of functions, not in time."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from math import log
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.access_paths import TablePaths
from gapless.adapters.memory.state import Committed
from gapless.kit import BigInteger, all_of, any_of, descending, negate, nullable, one_of
from gapless.kit.assignments import assign
from gapless.kit.cursors import Cursor
from gapless.kit.ports import ReadRepository, Repository
from tests.unit.memory.driving import run
from tests.unit.memory.tasks import CATALOGUE, HOMES, NOON, Kind, Task
from tests.unit.memory.test_search import create

HOME = HOMES[0]
FEW, MANY = 300, 6_000
GREATEST_GROWTH = log(MANY) / log(FEW)
"""What is searched for by halves may cost so much more, and nothing else may."""
Ask = Callable[[ReadRepository[Task, UUID]], Awaitable[object]]


def a_task(place: int) -> Task:
    """One of many rows: every third is soft-deleted, a hundredth of them has any one parent, and each its own title."""
    return Task(
        organization_id=HOME,
        id=UUID(int=place + 1),
        created_at=NOON,
        kind=[*Kind][place % 3],
        rank=place % 50,
        weight=BigInteger(place),
        title=f"task {place}",
        due_at=NOON + timedelta(seconds=place),
        parent_id=None if place < 100 else UUID(int=place % (place // 5) + 1),
        is_open=place % 2 == 0,
        is_hidden=place % 3 == 0,
    )


MIDDLE = a_task(150)
ASKS: dict[str, Ask] = {
    "first page": lambda tasks: tasks.find(order=lambda task: descending(task.weight), limit=20),
    "a page in the middle": lambda tasks: tasks.find(
        order=lambda task: (descending(task.weight), task.due_at), after=MIDDLE, limit=20
    ),
    "another condition beside": lambda tasks: tasks.find(
        lambda task: task.kind == Kind.VISIT, order=lambda task: descending(task.weight), limit=20
    ),
    "by what is fixed": lambda tasks: tasks.find(
        lambda task: all_of(task.kind == Kind.MAIL, nullable(task.rank) <= 40),
        order=lambda task: descending(task.rank),
        limit=20,
    ),
    "by id": lambda tasks: tasks.find(limit=20),
    "a key": lambda tasks: tasks.find(lambda task: one_of(task.id, UUID(int=5), UUID(int=6))),
    "a unique value": lambda tasks: tasks.find(lambda task: all_of(task.title == "task 20", task.is_open)),
    "a unique value that may be null": lambda tasks: tasks.find(
        lambda task: all_of(nullable(task.title) == "task 20", task.is_open)
    ),
    "a range of what may be null": lambda tasks: tasks.find(
        lambda task: nullable(task.due_at) <= NOON + timedelta(seconds=9), order=lambda task: task.due_at, limit=20
    ),
    "a reference": lambda tasks: tasks.find(lambda task: task.parent_id == UUID(int=299)),
    "alternatives": lambda tasks: tasks.find(
        lambda task: any_of(task.rank == 0, all_of(task.rank == 7, task.is_open)),
        order=lambda task: (descending(task.rank), task.title),
        limit=2,
    ),
    "a number that is kept": lambda tasks: tasks.count(lambda task: task.is_open, include_deleted=True),
    "a number that is kept by two conditions": lambda tasks: tasks.count(
        lambda task: all_of(task.kind == Kind.CALL, negate(task.is_hidden)), include_deleted=True
    ),
    "a number by an index": lambda tasks: tasks.count(lambda task: negate(task.is_hidden)),
    "all": lambda tasks: tasks.count(include_deleted=True),
    "a page that ends in the middle": lambda tasks: tasks.find(
        order=lambda task: (descending(task.weight), task.due_at), before=MIDDLE, limit=20
    ),
    "the last page": lambda tasks: tasks.find(order=lambda task: descending(task.weight), before=Cursor(), limit=20),
    "a page of what is fixed, backwards": lambda tasks: tasks.find(
        lambda task: task.kind == Kind.MAIL, order=lambda task: descending(task.rank), before=MIDDLE, limit=20
    ),
    "several ids": lambda tasks: tasks.find_by_ids([UUID(int=5), UUID(int=200)]),
    "whether there is any": lambda tasks: tasks.exists(),
    "whether there is one of a kind": lambda tasks: tasks.exists(
        lambda task: all_of(task.kind == Kind.CALL, task.is_open, nullable(task.rank) >= 1)
    ),
    "whether there is one of a unique value": lambda tasks: tasks.exists(lambda task: task.title == "task 20"),
    "the greatest": lambda tasks: tasks.greatest(lambda task: task.weight),
    "the least of what may be null": lambda tasks: tasks.least(lambda task: task.due_at),
    "the sum of what a reference finds": lambda tasks: tasks.sum(
        lambda task: task.weight, lambda task: task.parent_id == UUID(int=299)
    ),
    "numbers by value of what a reference finds": lambda tasks: tasks.count_by(
        lambda task: task.kind, lambda task: task.parent_id == UUID(int=299)
    ),
}


async def filled(number: int) -> MemoryStore:
    """A store with this many rows, which has been asked everything once, so that its indexes are there."""
    store = MemoryStore(CATALOGUE)
    await create(store)
    async with store.unit(HOME) as unit:
        await unit.of(Task).add_all([a_task(place) for place in range(number)])
        await unit.commit()
    async with store.reading(HOME) as reading:
        for ask in ASKS.values():
            await ask(reading.of(Task))
    return store


@attrs.define
class Calls:
    """How many functions were called."""

    number: int = 0

    def count(self, _: object, event: str, __: object) -> None:
        """Counts a call, of whatever language."""
        self.number += event in ("call", "c_call")


async def calls_of(action: Callable[[], Awaitable[object]]) -> int:
    """How many functions an action calls."""
    calls = Calls()
    sys.setprofile(calls.count)
    try:
        await action()
    finally:
        sys.setprofile(None)
    return calls.number


async def costs(number: int) -> dict[str, int]:
    """What each question costs, and a unit, among so many rows."""
    store = await filled(number)
    async with store.reading(HOME, snapshot=True) as snapshot, store.creating(HOME) as unit:
        found = {"a unit": await calls_of(lambda: _unit(store))}
        await _change(unit.of(Task))
        async with store.reading(HOME) as reading:
            seen = {"reading": reading.of(Task), "unit": unit.of(Task), "snapshot": snapshot.of(Task)}
            for where, tasks in seen.items():
                for name, ask in ASKS.items():
                    await ask(tasks)  # what the unit and the snapshot have of their own is sorted by now
                    found[f"{name}, in a {where}"] = await calls_of(partial(ask, tasks))
    return found


async def _unit(store: MemoryStore) -> None:
    async with store.unit(HOME) as unit:
        await _change(unit.of(Task))
        await unit.commit()


async def _change(tasks: Repository[Task, UUID]) -> None:
    """Adds, changes and removes a row, which are the next ones in every order."""
    task = await tasks.get(UUID(int=FEW), include_deleted=True)
    await tasks.save(attrs.evolve(task, weight=BigInteger(task.weight + 1)))
    added = await tasks.add(attrs.evolve(a_task(150), id=UUID(int=10**6), title="added", parent_id=None, version=0))
    await tasks.remove(added)
    await tasks.update_where(lambda row: one_of(row.id, UUID(int=201)), lambda row: (assign(row.rank, 3),))


def growing() -> dict[str, float]:
    """What costs more among many rows than it may."""
    few, many = run(costs(FEW)), run(costs(MANY))
    return {name: many[name] / few[name] for name in few if many[name] > GREATEST_GROWTH * few[name]}


def test_what_a_search_costs_does_not_depend_on_what_is_stored() -> None:
    """A page, a look-up, a number and a unit call hardly more functions among twenty times as many rows."""
    assert growing() == {}


def test_what_is_kept_is_not_searched_for() -> None:
    """A number that an invariant keeps costs the very same among twenty times as many rows; an index is searched."""
    few, many = run(costs(FEW)), run(costs(MANY))
    kept = [name for name in few if name.startswith("a number that is kept")]
    assert len(kept) == 6
    assert [name for name in kept if few[name] != many[name]] == []
    assert few["a number by an index, in a reading"] < many["a number by an index, in a reading"]


@pytest.mark.parametrize("fault", ["no index", "sorted anew"])
def test_a_search_that_goes_through_all_rows_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count notices searches without an index, and an index that is sorted at each search."""
    if fault == "no index":
        monkeypatch.setattr(TablePaths, "best", lambda *_: None)
    else:
        monkeypatch.setattr(
            Committed, "ordered", lambda kept, table, tenant, index: index.sorted(kept.all_rows(table, tenant))
        )
    assert len(growing()) > len(ASKS)
