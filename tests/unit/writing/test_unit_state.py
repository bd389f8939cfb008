from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gapless.adapters.writing.unit_state import Operation, Stage, UnitState
from gapless.kit.errors import (
    ConcurrencyConflict,
    GaplessError,
    NotFound,
    UnitOfWorkBusy,
    UnitOfWorkClosed,
    UnitOfWorkFailed,
)

Choose = Callable[[UnitState], Operation]
BOTH = pytest.mark.parametrize("choose", [lambda state: state.reading, lambda state: state.writing])


def opened() -> UnitState:
    """The state of a unit that is open."""
    state = UnitState()
    state.stage = Stage.OPEN
    return state


@BOTH
@pytest.mark.parametrize(
    ("stage", "refusal"),
    [(Stage.NEW, UnitOfWorkClosed), (Stage.CLOSED, UnitOfWorkClosed), (Stage.FAILED, UnitOfWorkFailed)],
)
def test_only_an_open_unit_works(choose: Choose, stage: Stage, refusal: type[GaplessError]) -> None:
    """Before it is opened, after its end and after a failure a unit refuses, and stays what it is."""
    state = UnitState()
    state.stage = stage
    with pytest.raises(refusal), choose(state):
        pytest.fail("the operation ran")
    assert (state.stage, state.busy) == (stage, False)


@BOTH
def test_operation_leaves_an_open_unit_open(choose: Choose) -> None:
    """An operation that ends well leaves the unit as it was."""
    state = opened()
    for _ in range(2):
        with choose(state):
            assert state.busy
        assert (state.stage, state.busy) == (Stage.OPEN, False)


@BOTH
def test_second_task_is_refused(choose: Choose) -> None:
    """While one operation runs any other is refused, and neither the unit nor the running one suffers."""
    state = opened()
    with choose(state):
        for other in (state.reading, state.writing):
            with pytest.raises(UnitOfWorkBusy), other:
                pytest.fail("the operation ran")
        assert state.busy
    assert (state.stage, state.busy) == (Stage.OPEN, False)


@pytest.mark.parametrize(
    ("choose", "error", "after"),
    [
        (lambda state: state.writing, NotFound("User", 1), Stage.FAILED),
        (lambda state: state.writing, ConcurrencyConflict(), Stage.FAILED),
        (lambda state: state.writing, ValueError(), Stage.FAILED),
        (lambda state: state.writing, asyncio.CancelledError(), Stage.FAILED),
        (lambda state: state.reading, NotFound("User", 1), Stage.OPEN),
        (lambda state: state.reading, ValueError(), Stage.FAILED),
        (lambda state: state.reading, asyncio.CancelledError(), Stage.FAILED),
    ],
)
def test_what_fails_a_unit(choose: Choose, error: BaseException, after: Stage) -> None:
    """Whatever a write raises fails the unit; a read fails it unless what it raises is an answer."""
    state = opened()
    with pytest.raises(type(error)), choose(state):
        raise error
    assert (state.stage, state.busy) == (after, False)
