from __future__ import annotations

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import model_of
from gapless.kit.assignments import assigned
from gapless.kit.columns import EARLIEST, LATEST
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.soft_deletion import Deletion, deleted, deleting, restored, restoring
from tests.unit.domain.samples import NOON, ORGANIZATION, USER

ITEM = KnowledgeItem(
    organization_id=OrganizationId(UUID(int=1)),
    id=KnowledgeItemId(UUID(int=5)),
    created_at=NOON,
    question="When are you open?",
    answer="From nine to five.",
    category="hours",
)
Row: TypeAlias = User | Organization | KnowledgeItem
ROWS: list[Row] = [User(**USER), Organization(**ORGANIZATION), ITEM]
DELETIONS = st.builds(
    Deletion,
    id=st.uuids().map(DeletionId),
    at=st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None)).map(
        lambda at: at.replace(tzinfo=EARLIEST.tzinfo)
    ),
    by=st.none() | st.uuids().map(UserId),
)


@given(st.sampled_from(ROWS), DELETIONS)
def test_restoring_undoes_a_deletion(row: Row, deletion: Deletion) -> None:
    """A row that is deleted bears the whole deletion, and restored it is the row that it was."""
    gone = deleted(row, deletion)
    assert (gone.is_deleted, gone.is_live) == (True, False)
    assert (gone.deleted_at, gone.deleted_by, gone.deletion_id) == (deletion.at, deletion.by, deletion.id)
    assert type(gone) is type(row)
    assert restored(gone) == row
    assert restored(row) == row


@pytest.mark.parametrize("row", ROWS)
def test_deletion_needs_a_time_that_can_be_kept(row: Row) -> None:
    """What marks a row is checked as every change is."""
    naive: datetime = NOON.replace(tzinfo=None)
    with pytest.raises(Exception, match="deleted_at_storable"):
        deleted(row, Deletion(id=DeletionId(UUID(int=1)), at=naive, by=None))


@given(st.sampled_from(ROWS), DELETIONS)
def test_many_are_marked_as_one_is(row: Row, deletion: Deletion) -> None:
    """A set-based deletion leaves the row that the deletion of one does, and so does a set-based restore."""
    model = model_of(type(row))
    gone = model.evolved(row, assigned(model, lambda each: deleting(each, deletion)))
    assert gone == deleted(row, deletion)
    assert model.evolved(gone, assigned(model, restoring)) == restored(gone) == row
