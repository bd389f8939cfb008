"""Which of the ways to the rows of a question is taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.search import _wish
from gapless.application.roots_of_rows import has_key
from gapless.kit import model_of
from gapless.kit.queries import query
from tests.clinics.cases import CASES, Case, Mark
from tests.unit.memory.tasks import CATALOGUE, IDS, Task


def test_a_path_is_taken_rather_than_none() -> None:
    """Where no index is in the order, one that leads to many rows is better than to go through all, limit or not."""
    paths = MemoryStore(CATALOGUE)._database.schema.tables["tasks"].scoped_paths
    for limit in (None, 1):
        asked = query(
            model_of(Task), lambda task: task.parent_id == IDS[0], order=lambda task: task.created_at, limit=limit
        )
        path = paths.best(_wish(asked), lambda _: 10**6)
        assert path is not None
        assert not path.is_ordered


@pytest.mark.parametrize("number", [2, 500])
def test_the_ends_of_ways_are_found_by_an_index(number: int) -> None:
    """The rows to which many others refer are found by their keys, of one field and of two, however many there are."""
    found: dict[type, Callable[[object], bool]] = {
        Case: lambda case: has_key(case, ["id"], [(each,) for each in range(number)]),
        Mark: lambda mark: has_key(mark, ["note", "place"], [(each, each % 3) for each in range(number)]),
    }
    for entity, condition in found.items():
        model = CASES.by_entity[entity]
        paths = MemoryStore(CASES)._database.schema.tables[model.table].paths
        path = paths.best(_wish(query(model, condition)), lambda _: 1)
        assert path is not None
        assert path.steps >= 1
