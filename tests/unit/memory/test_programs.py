"""Whatever units do, one after the other or at the same time: what is committed breaks no rule."""

from __future__ import annotations

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore, commit, statement
from gapless.adapters.memory.enforcers.exclusion import ExclusionEnforcer
from gapless.adapters.memory.enforcers.unique import UniqueEnforcer
from gapless.adapters.memory.ranges import Ranges
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role, User
from tests.properties import SEARCH, bounded
from tests.unit.memory.checking import faults
from tests.unit.memory.driving import run, schedule
from tests.unit.memory.programs import IDS, Step, alone, anything, prepared, program, units_of
from tests.voice.hosted import HOSTED, Booking, Document, Folder

Unit = tuple[OrganizationId, list[Step]]
thorough = bounded(120)


def several(steps: st.SearchStrategy[Step] = anything) -> st.SearchStrategy[list[Unit]]:
    """A few units, one after the other."""
    return st.lists(units_of(3, steps), min_size=1, max_size=5)


def overlapping(steps: st.SearchStrategy[Step] = anything) -> st.SearchStrategy[tuple[Unit, Unit, list[int]]]:
    """Two units, and whose turn it is at each step."""
    return st.tuples(units_of(2, steps), units_of(2, steps), st.lists(st.integers(0, 1), max_size=8))


def found_in_sequence(given_units: list[Unit]) -> list[str]:
    """What the checker finds after units that ran one after the other."""
    store = MemoryStore(HOSTED)
    run(prepared(store))
    for place, (home, steps) in enumerate(given_units):
        alone(store, home, steps, locked=place % 2 == 0)
        assert len(store._database.locks) == 0
        if found := faults(store):
            return found
    return []


def found_in_overlap(case: tuple[Unit, Unit, list[int]]) -> list[str]:
    """What the checker finds after two units without a lock whose steps were mixed."""
    store = MemoryStore(HOSTED)
    run(prepared(store))
    first, second, choices = case
    schedule([program(store, *first), program(store, *second)], choices)
    return faults(store)


@thorough
@given(several())
def test_no_sequence_of_units_breaks_a_rule(given_units: list[Unit]) -> None:
    """After each unit the committed rows satisfy every rule, and all that is derived from them is as they say."""
    assert found_in_sequence(given_units) == []


@thorough
@given(overlapping())
def test_no_overlap_of_units_breaks_a_rule(case: tuple[Unit, Unit, list[int]]) -> None:
    """The same holds when two units without a common lock run at the same time."""
    assert found_in_overlap(case) == []


FIRST, SECOND, THIRD = IDS
# What is left out of the store, and a few steps among which that shows.
FAULTS: dict[str, tuple[tuple[object, str, object], tuple[Step, ...]]] = {
    "uniques": (
        (UniqueEnforcer, "holder", lambda *_: None),
        (Step(Folder, "save", FIRST, {"name": "a"}), Step(Folder, "add", THIRD, {"name": "a"})),
    ),
    "exclusions": (
        (Ranges, "overlapping", lambda *_: iter(())),
        (Step(Booking, "add", SECOND, {"ends_at": None}), Step(Booking, "add", THIRD, {})),
    ),
    "references": (
        (statement, "_require_parents", lambda *_: None),
        (Step(Document, "add", THIRD, {"folder_id": THIRD}), Step(Folder, "add", THIRD, {})),
    ),
    "restrictions": (
        (statement, "_require_unrestricted", lambda *_: None),
        (Step(Document, "save", FIRST, {"reviewer_id": FIRST}), Step(User, "remove", FIRST, {})),
    ),
    "actions": (
        (statement, "_actions", lambda *_: iter(())),
        (Step(Folder, "save", SECOND, {"parent_id": FIRST}), Step(Folder, "remove", FIRST, {})),
    ),
    "rules over many rows": (
        (commit, "_check_invariants", lambda *_: None),
        (Step(User, "save", FIRST, {"role": Role.ADMIN}), Step(User, "remove", SECOND, {})),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_leaves_a_check_out_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The property is falsified by a store that does not check one of the kinds of rule."""
    planted, steps = FAULTS[fault]
    monkeypatch.setattr(*planted)
    assert find(several(st.sampled_from(steps)), lambda case: bool(found_in_sequence(case)), settings=SEARCH)


# The question that a commit does not ask, and a few steps among which that shows.
CONFLICTS: dict[str, tuple[Step, ...]] = {
    "_require_unchanged": (
        Step(Folder, "save", FIRST, {"name": "a"}),
        Step(Folder, "save", FIRST, {"name": "b"}),
    ),
    "_require_free_keys": (
        Step(Folder, "save", FIRST, {"name": "a"}),
        Step(Folder, "save", SECOND, {"name": "a"}),
    ),
    "_require_relatives": (
        Step(Folder, "remove", SECOND, {}),
        Step(Document, "add", THIRD, {"folder_id": SECOND}),
    ),
}


def test_a_store_that_overlooks_an_overlap_with_others_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property is falsified by a store whose commit does not look at the ranges that others took meanwhile."""
    monkeypatch.setattr(ExclusionEnforcer, "require_free", lambda *_: None)
    steps = (Step(Booking, "add", SECOND, {"ends_at": None}), Step(Booking, "add", THIRD, {}))
    assert find(overlapping(st.sampled_from(steps)), lambda case: bool(found_in_overlap(case)), settings=SEARCH)


@pytest.mark.parametrize("question", CONFLICTS)
def test_a_store_that_overlooks_a_conflict_is_found(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The property is falsified by a store whose commit leaves out one of its questions about what others did."""
    monkeypatch.setattr(commit, question, lambda *_: None)

    def falls_apart(case: tuple[Unit, Unit, list[int]]) -> bool:
        try:
            return bool(found_in_overlap(case))
        except KeyError:  # what is derived did not even fit while it was changed
            return True

    assert find(overlapping(st.sampled_from(CONFLICTS[question])), falls_apart, settings=SEARCH)
