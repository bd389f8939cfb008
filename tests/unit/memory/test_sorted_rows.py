"""Rows in the order of an index: what lies between two keys is found and counted as a look at each row finds it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from gapless.adapters.memory import sorted_rows
from gapless.adapters.memory.ordered_index import Bounds
from gapless.adapters.memory.sorted_rows import SortedRows
from gapless.kit.columns import BigInteger
from gapless.kit.sort_keys import SortKey
from tests.properties import SEARCH
from tests.unit.memory.tasks import HOMES, NOON, Kind, Task

KEYS = st.integers(0, 12)
Case = tuple[list[int], list[tuple[int, int]]]
CASES: st.SearchStrategy[Case] = st.tuples(
    st.lists(KEYS, max_size=12, unique=True), st.lists(st.tuples(KEYS, KEYS), min_size=1, max_size=6)
)


@pytest.fixture(autouse=True)
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are divided as many would be."""
    monkeypatch.setattr(sorted_rows, "CHUNK", 2)


def task(number: int) -> Task:
    """A row with this number as its key in the order."""
    return Task(
        organization_id=HOMES[0], id=UUID(int=number), created_at=NOON, kind=Kind.CALL, weight=BigInteger(number)
    )


def number_of(row: object) -> int:
    """The number of a row."""
    assert isinstance(row, Task)
    return row.id.int


def differing(case: Case) -> list[Bounds]:
    """The bounds between which other rows are found or counted than there are."""
    numbers, bounds = case
    kept = SortedRows(lambda row: (number_of(row),), map(task, numbers))
    wrong = []
    for low, high in bounds:
        found = Bounds((low,), (high,))
        there = [number for number in sorted(numbers) if found.hold((number,))]
        forwards = [number_of(row) for row in kept.between(*found, backwards=False)]
        backwards = [number_of(row) for row in kept.between(*found, backwards=True)]
        if (forwards, backwards[::-1], kept.count(*found)) != (there, there, len(there)):
            wrong.append(found)
    return wrong


@given(CASES)
def test_what_lies_between_is_found_and_counted(case: Case) -> None:
    """Between any two keys, also where the first is the greater one, it finds and counts the rows that lie there."""
    assert differing(case) == []


def test_what_is_left_of_chunks_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most rows have gone, the others are not left in a chunk each, which would have to be gone through."""
    monkeypatch.setattr(sorted_rows, "CHUNK", 16)
    rows = list(map(task, range(160)))
    kept = SortedRows(lambda row: (number_of(row),), rows)
    assert len(kept._chunks) == 10
    for row in rows:
        if number_of(row) % 16:
            kept.remove(row)
    assert [*map(number_of, kept)] == [*range(0, 160, 16)]
    assert len(kept._chunks) < 5


def count_without_order(kept: SortedRows, low: SortKey, high: SortKey) -> int:
    """The number of rows before the one key, without those before the other."""
    (at, place), (end, rest) = kept._place(low), kept._place(high)
    return max(sum(map(len, kept._chunks[at:end])) + rest - place, 0)


@pytest.mark.parametrize("fault", [count_without_order, lambda *_: 0])
def test_a_wrong_count_is_found(fault: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a count that takes no notice of which key is the greater one, and one that finds nothing."""
    monkeypatch.setattr(SortedRows, "count", fault)
    assert find(CASES, lambda case: differing(case) != [], settings=SEARCH)
