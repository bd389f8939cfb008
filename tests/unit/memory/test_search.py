"""Whatever the store keeps to find rows by, it answers as if it had looked at each row."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast
from uuid import UUID

import attrs
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore, sorted_rows
from gapless.adapters.memory.conjuncts import Conjuncts
from gapless.adapters.memory.ordered_index import Bounds, OrderedIndex
from gapless.adapters.memory.search import TableSearch
from gapless.adapters.memory.sorted_rows import SortedRows
from gapless.adapters.memory.state import Overlay, View
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Role, User
from gapless.kit import BigInteger, Catalogue
from gapless.kit.assignments import assign
from gapless.kit.belonging import ALL_ROOTS, Roots
from gapless.kit.errors import GaplessError, NotFound
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.model import Validated, model_of
from gapless.kit.ports import ReadRepository, Repository
from gapless.kit.python_compiler import is_true
from gapless.kit.queries import condition, query
from gapless.kit.sort_keys import SortKey
from tests.properties import SEARCH, bounded
from tests.unit.memory.driving import run
from tests.unit.memory.tasks import CATALOGUE, HOMES, IDS, NOON, Asked, Kind, Task, questions, rows_of
from tests.voice.rows import a_user, an_audit_record, an_organization

MODEL = model_of(Task)


@pytest.fixture(autouse=True)
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are divided and joined as many would be."""
    monkeypatch.setattr(sorted_rows, "CHUNK", 2)


@attrs.frozen
class Program:
    """What happens in a store, and what is asked at each moment of it.

    Attributes:
        rows: the rows that are there first, each kept in a unit of its own if it can be.
        asked: the questions.
        units: the organization and the writes of each unit; one that fails keeps nothing.
    """

    rows: list[Task]
    asked: list[Asked]
    units: list[tuple[OrganizationId, list[tuple[str, object]]]]


def programs() -> st.SearchStrategy[Program]:
    """A few rows, questions and units."""
    at = st.sampled_from(HOMES)
    units = at.flatmap(lambda home: st.tuples(st.just(home), st.lists(_writes(home), min_size=1, max_size=3)))
    return st.builds(
        Program,
        rows=st.lists(at.flatmap(rows_of), min_size=3, max_size=10),
        asked=st.lists(questions(HOMES), min_size=4, max_size=8),
        units=st.lists(units, min_size=1, max_size=4),
    )


def _writes(home: OrganizationId) -> st.SearchStrategy[tuple[str, object]]:
    rows = rows_of(home)
    return st.one_of(
        st.tuples(st.just("add"), rows),
        st.tuples(st.just("save"), rows),
        st.tuples(st.just("remove"), st.sampled_from(IDS)),
        st.tuples(st.just("update_where"), st.sampled_from(Kind)),
    )


def expected(view: View, tenant: int | Roots, asked: Asked) -> tuple[list[Validated], int]:
    """The answers by going through all rows and sorting them column by column: the rows, and their number."""
    order = asked.in_order if asked.order else None
    described = query(
        MODEL, asked.where, order=order, after=asked.after, include_deleted=asked.include_deleted, limit=asked.limit
    )
    every = condition(MODEL, asked.where, include_deleted=asked.include_deleted)
    rows = [row for row in view.rows("tasks", tenant) if is_true(every)(row)]
    found = [*filter(is_true(described.where), rows)]
    for ordering in reversed(described.order):
        found = _sorted_by(ordering, found)
    return found[: described.limit], len(rows)


def _sorted_by(ordering: Ordering, rows: list[Validated]) -> list[Validated]:
    def value(row: Validated) -> str:
        return cast(str, getattr(row, column_of(ordering).name))

    present = sorted(
        (row for row in rows if value(row) is not None), key=value, reverse=isinstance(ordering, Descending)
    )
    return present + [row for row in rows if value(row) is None]


async def differences(rows: ReadRepository[Task, UUID], view: View, tenant: int | Roots, asked: Asked) -> list[str]:
    """What the store answers otherwise than a look at each row."""
    if tenant is not ALL_ROOTS and asked.after is not None and asked.after.organization_id.int != tenant:
        return []
    found = await rows.find(
        asked.where,
        order=asked.in_order if asked.order else None,
        after=asked.after,
        limit=asked.limit,
        include_deleted=asked.include_deleted,
    )
    number = await rows.count(asked.where, include_deleted=asked.include_deleted)
    return [] if ([*found], number) == expected(view, tenant, asked) else [f"{asked}: {found}, {number}"]


def _overlay(holder: object) -> Overlay:
    overlay: Overlay = holder._unit.transaction.overlay  # type: ignore[attr-defined]  # what is inside of a unit
    return overlay


async def create(store: MemoryStore) -> None:
    """Creates the organizations that the tasks belong to."""
    for home in HOMES:
        async with store.creating(home) as unit:
            audit = an_audit_record(home)
            await unit.of(Organization).add(an_organization(id=home, slug=f"slug-{home.int}"), audit)
            await unit.of(User).add(a_user(home, role=Role.OWNER), audit)
            await unit.commit()


async def _write(tasks: Repository[Task, UUID], action: str, given: object) -> None:
    match action, given:
        case "add", Task():
            await tasks.add(given)
        case "save", Task():
            there = await tasks.get(given.id, include_deleted=True)
            await tasks.save(attrs.evolve(given, created_at=there.created_at, version=there.version))
        case "remove", UUID():
            await tasks.remove(await tasks.get(given, include_deleted=True))
        case _:
            await tasks.update_where(lambda task: task.kind == given, lambda task: (assign(task.rank, 2),))


async def _unit(
    store: MemoryStore, home: OrganizationId, taken: list[tuple[str, object]], asked: list[Asked]
) -> list[str]:
    """What is answered wrongly in a unit, after each of its writes."""
    wrong: list[str] = []
    with suppress(GaplessError):
        async with store.unit(home) as unit:
            tasks = unit.of(Task)
            for action, given in taken:
                with suppress(NotFound):
                    await _write(tasks, action, given)
                wrong += await _answers(tasks, _overlay(unit).view, home.int, asked)
            await unit.commit()
    return wrong


async def _answers(rows: ReadRepository[Task, UUID], view: View, tenant: int | Roots, asked: list[Asked]) -> list[str]:
    return [wrong for each in asked for wrong in await differences(rows, view, tenant, each)]


async def _seen(store: MemoryStore, asked: list[Asked]) -> list[str]:
    """What is answered wrongly outside of units."""
    async with store.system() as unit, store.reading(HOMES[0]) as reading:
        rows = cast("ReadRepository[Task, UUID]", unit.of(Task))
        return [
            *await _answers(rows, _overlay(unit).view, ALL_ROOTS, asked),
            *await _answers(reading.of(Task), _overlay(reading).view, HOMES[0].int, asked),
        ]


async def _wrong(program: Program) -> list[str]:
    """What is answered wrongly, at any moment of a program; a snapshot is open over its units."""
    store = MemoryStore(CATALOGUE)
    await create(store)
    for row in program.rows:
        await _unit(store, row.organization_id, [("add", row)], [])
    wrong = await _seen(store, program.asked)
    async with store.reading(HOMES[0], snapshot=True) as snapshot:
        for home, taken in program.units:
            wrong += await _unit(store, home, taken, program.asked)
            wrong += await _answers(snapshot.of(Task), _overlay(snapshot).view, HOMES[0].int, program.asked)
    return [*wrong, *await _seen(store, program.asked), *_stale(store)]


def _stale(store: MemoryStore) -> list[str]:
    """The committed indexes that are not as the rows say, also after units that failed."""
    committed = store._database.committed
    kept = {} if committed._ordered is None else committed._ordered._kept.get("tasks", {})
    return [
        f"{tenant}: {[column_of(part).name for part in index.order]}"
        for tenant, indexes in kept.items()
        for index, rows in indexes.items()
        if [*rows] != [*index.sorted(committed.all_rows("tasks", tenant))]
    ]


@bounded(40)
@given(programs())
def test_every_index_answers_as_a_look_at_each_row(program: Program) -> None:
    """At any moment of any units, of which some fail: in units, readings, snapshots and over all organizations."""
    assert run(_wrong(program)) == []


def removal_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A row that was changed or removed stays in an index as it was."""

    def replace(index: OrderedIndex, kept: SortedRows, _: object, after: Validated | None) -> None:
        if after is not None and index.has(after):
            kept.add(after)

    patch.setattr(OrderedIndex, "replace", replace)


def update_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A row that was added or changed does not come into an index."""

    def replace(index: OrderedIndex, kept: SortedRows, before: Validated | None, _: object) -> None:
        if before is not None and index.has(before) and before in [*kept]:
            kept.remove(before)

    patch.setattr(OrderedIndex, "replace", replace)


def overlay_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What a unit has written is not found, nor what a snapshot has kept."""
    patch.setattr(View, "ordered", lambda _, __, ___, index: index.sorted(()))


def hidden_rows_counted(patch: pytest.MonkeyPatch) -> None:
    """What a unit has changed is counted as it was, too."""
    patch.setattr(TableSearch, "_hidden", lambda _: iter(()))


def conditions_ignored(patch: pytest.MonkeyPatch) -> None:
    """An index that has some rows only serves every query."""
    patch.setattr(Conjuncts, "imply", lambda _, __: True)


def begins_at_the_cursor(patch: pytest.MonkeyPatch) -> None:
    """A page begins with the row after which it should begin."""
    bounds = OrderedIndex.bounds

    def too_early(
        index: OrderedIndex, fixed: SortKey, ranges: Iterable[tuple[str, object]], after: tuple[object, ...] | None
    ) -> Bounds:
        low, high = bounds(index, fixed, ranges, after)
        return Bounds(low if after is None or index.sorting.descends else low[:-1], high)

    patch.setattr(OrderedIndex, "bounds", too_early)


@pytest.mark.parametrize(
    "plant",
    [
        removal_forgotten,
        update_forgotten,
        overlay_forgotten,
        hidden_rows_counted,
        conditions_ignored,
        pytest.param(begins_at_the_cursor, marks=pytest.mark.soak),  # one row in some hundred programs shows it
    ],
)
def test_an_index_that_answers_otherwise_is_seen(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault makes a question that is answered wrongly."""
    plant(monkeypatch)
    assert find(programs(), lambda program: run(_wrong(program)) != [], settings=SEARCH) is not None


def test_stores_of_one_catalogue_share_what_is_compiled() -> None:
    """It is made once for a catalogue, another catalogue has its own, and it goes with its catalogue."""
    catalogue = Catalogue(CATALOGUE.models)
    one, other = MemoryStore(catalogue)._database.schema, MemoryStore(catalogue)._database.schema
    assert one is other
    assert MemoryStore(Catalogue(CATALOGUE.models))._database.schema is not one
    gone = weakref.ref(catalogue)
    del catalogue, one, other
    gc.collect()
    assert gone() is None


def test_an_index_goes_with_the_rows_of_its_organization() -> None:
    """Nothing is kept for an organization that is not there, or has no rows any more."""

    async def kept() -> list[object]:
        store = MemoryStore(CATALOGUE)
        await create(store)
        home, other = HOMES
        task = Task(organization_id=home, id=IDS[0], created_at=NOON, kind=Kind.CALL, weight=BigInteger(1))
        async with store.unit(home) as unit:
            await unit.of(Task).add(task)
            await unit.commit()
        seen: list[object] = []
        for asked in (home, other, OrganizationId(UUID(int=99))):
            async with store.reading(asked) as reading:
                await reading.of(Task).find(order=lambda task: task.weight, limit=1)
        seen.append([*_kept(store)])
        async with store.unit(home) as unit:
            await unit.of(Task).delete_where(lambda task: task.weight > 0)
            await unit.commit()
        return [*seen, [*_kept(store)]]

    assert run(kept()) == [[HOMES[0].int], []]


def _kept(store: MemoryStore) -> Iterable[object]:
    """The organizations for which an index of tasks is kept."""
    ordered = store._database.committed._ordered
    assert ordered is not None
    return ordered._kept["tasks"]
