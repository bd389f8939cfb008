"""Which of the ways to the rows of a question is taken."""

from __future__ import annotations

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.search import _wish
from gapless.kit import model_of
from gapless.kit.queries import query
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
