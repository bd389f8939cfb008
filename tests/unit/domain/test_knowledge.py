"""The items of a knowledge base."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.knowledge import KnowledgeItem
from gapless.kit import violations
from gapless.kit.errors import RuleViolated
from tests.unit.domain.samples import NOON

ITEM: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=5),
    "created_at": NOON,
    "question": "When are you open?",
    "answer": "From nine to five.",
    "category": "hours",
}
HOURS = KnowledgeItem(**ITEM)
LONGEST = {"question": 500, "answer": 5000, "category": 50}
SHORTEST = {"question": 10, "answer": 10, "category": 1}
RULES = {
    "question": "check_question_length",
    "answer": "check_answer_length",
    "category": "knowledge_items_category_length",
}


def broken(**changes: object) -> list[str]:
    """The rules that an item breaks with these values."""
    return [error.rule for error in violations(KnowledgeItem, ITEM | changes)]


@pytest.mark.parametrize("field", RULES)
def test_lengths(field: str) -> None:
    """Each text has its least and its greatest length, in characters and not in bytes."""
    least, greatest = SHORTEST[field], LONGEST[field]
    assert broken(**{field: "é" * least}) == broken(**{field: "😀" * greatest}) == []
    assert broken(**{field: "x" * (least - 1)}) == broken(**{field: "x" * (greatest + 1)}) == [RULES[field]]


def test_sources() -> None:
    """The rules of the source bear its ids."""
    found = violations(KnowledgeItem, ITEM | {"question": "", "answer": "", "usage_count": -1})
    assert {error.rule: error.source and error.source.id for error in found} == {
        "check_question_length": "GAP-189",
        "check_answer_length": "GAP-190",
        "check_usage_count_positive": "GAP-191",
    }


@pytest.mark.parametrize("deletion", [{"is_deleted": True}, {"deleted_at": NOON}])
def test_deletion_has_a_time(deletion: dict[str, object]) -> None:
    """An item is deleted exactly if it says when."""
    assert broken(**deletion) == ["knowledge_items_is_deleted_deleted_at_agree"]
    assert broken(is_deleted=True, deleted_at=NOON) == []


@given(st.integers(0, 2**31 - 2))
def test_use(before: int) -> None:
    """A use adds one and says when; everything else stays."""
    item = attrs.evolve(HOURS, usage_count=before)
    assert item.used(NOON) == attrs.evolve(item, usage_count=before + 1, last_used_at=NOON)


def test_counter_is_full() -> None:
    """What the column can't count any more is refused."""
    with pytest.raises(RuleViolated) as caught:
        attrs.evolve(HOURS, usage_count=2**31 - 1).used(NOON)
    assert caught.value.rule == "knowledge_items_usage_count_storable"


def test_changes() -> None:
    """An item is edited, and switched off and on, and checked each time."""
    edited = HOURS.edited("Where are you, please?", "In the old town.", "place")
    assert attrs.astuple(edited)[3:6] == ("Where are you, please?", "In the old town.", "place")
    assert HOURS.switched(False) == attrs.evolve(HOURS, is_active=False)
    assert HOURS.switched(False).switched(True) == HOURS
    with pytest.raises(RuleViolated, match="check_answer_length"):
        HOURS.edited(HOURS.question, "No.", HOURS.category)


def test_live() -> None:
    """An item is live until it is deleted, active or not."""
    assert HOURS.is_live
    assert HOURS.switched(False).is_live
    assert not attrs.evolve(HOURS, is_deleted=True, deleted_at=NOON).is_live
