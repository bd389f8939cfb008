from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.rules.columns import EARLIEST, LATEST
from gapless.domain.soft_deletion import Deletion, deleted, restored
from gapless.domain.users import User
from gapless.domain.values import DeletionId, UserId
from tests.unit.domain.samples import NOON, ORGANIZATION, USER

ROWS = [User(**USER), Organization(**ORGANIZATION)]
DELETIONS = st.builds(
    Deletion,
    id=st.uuids().map(DeletionId),
    at=st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None)).map(
        lambda at: at.replace(tzinfo=EARLIEST.tzinfo)
    ),
    by=st.none() | st.uuids().map(UserId),
)


@given(st.sampled_from(ROWS), DELETIONS)
def test_restoring_undoes_a_deletion(row: User | Organization, deletion: Deletion) -> None:
    """A row that is deleted bears the whole deletion, and restored it is the row that it was."""
    gone = deleted(row, deletion)
    assert (gone.is_deleted, gone.is_live) == (True, False)
    assert (gone.deleted_at, gone.deleted_by, gone.deletion_id) == (deletion.at, deletion.by, deletion.id)
    assert type(gone) is type(row)
    assert restored(gone) == row
    assert restored(row) == row


@pytest.mark.parametrize("row", ROWS)
def test_deletion_needs_a_time_that_can_be_kept(row: User | Organization) -> None:
    """What marks a row is judged as every change is."""
    naive: datetime = NOON.replace(tzinfo=None)
    with pytest.raises(Exception, match="deleted_at_storable"):
        deleted(row, Deletion(id=DeletionId(UUID(int=1)), at=naive, by=None))
