"""What a purge remembers between its runs, in a command that anybody may have written to."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import attrs
import pytest

from gapless.application.purge_records import purge_key
from gapless.application.root_purge import _counted
from gapless.kit.ids import DeletionId
from gapless.kit.json_object import Json
from gapless.kit.soft_deletion import Deletion, deleted
from tests.unit.domain.samples import NOON
from tests.voice.rows import an_organization


def test_two_deletions_are_told_apart() -> None:
    """By their batch if they have one, else by their time, as plain SQL may delete without a batch."""
    batches = [Deletion(id=DeletionId(UUID(int=number)), at=NOON, by=None) for number in (1, 2)]
    gone = [deleted(an_organization(id=UUID(int=9)), batch) for batch in batches]
    later = [attrs.evolve(gone[0], deletion_id=None, deleted_at=NOON + timedelta(hours=hour)) for hour in (0, 1)]
    assert len({purge_key(each) for each in (*gone, *later)}) == 4


@pytest.mark.parametrize(
    ("found", "number"), [(0, 0), (7, 7), (-1, 0), (None, 0), ("7", 0), (7.5, 0), (True, 0), ([7], 0)]
)
def test_only_a_number_is_counted_on(found: Json, number: int) -> None:
    """What stands in the place of a number of rows, and is none, counts as nothing."""
    assert _counted(found) == number
