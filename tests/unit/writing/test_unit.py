from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast
from uuid import UUID

import pytest

from gapless.adapters.memory.database import MemoryDatabase
from gapless.adapters.memory.transaction import MemoryTransaction
from gapless.adapters.system import SystemClock
from gapless.adapters.writing.openings import Kind, opening
from gapless.adapters.writing.unit import OperationContext, Stage, Unit
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit.errors import (
    ConcurrencyConflict,
    DeadlineExceeded,
    GaplessError,
    NotFound,
    UnitOfWorkBusy,
    UnitOfWorkClosed,
    UnitOfWorkFailed,
)
from gapless.kit.limits import DEFAULT_LIMITS
from gapless.kit.outbox import OutboxEvent
from tests.voice.rows import an_event

Choose = Callable[[Unit], OperationContext]
BOTH = pytest.mark.parametrize("choose", [lambda state: state.reading, lambda state: state.writing])


class Transaction(MemoryTransaction):
    """A transaction that somebody else can end, and that a read can make useless."""

    is_failed = False
    is_lent = True
    is_broken = False

    def require_unbroken(self) -> None:
        """Refuses once it is broken."""
        if self.is_broken:
            raise UnitOfWorkFailed("somebody has ended it")


def new(seconds: float = 30.0) -> Unit:
    """A unit that nobody has opened yet."""
    database = MemoryDatabase(GAPLESS, DEFAULT_LIMITS, SystemClock())
    asked = opening(GAPLESS, Kind.CREATING, UUID(int=1), None, seconds, database.limits)
    return Unit(Transaction(database, asked), asked, database.locks, database.limits)


def opened(seconds: float = 30.0) -> Unit:
    """A unit that is open."""
    state = new(seconds)
    state.stage = Stage.OPEN
    return state


def transaction_of(unit: Unit) -> Transaction:
    """What the store has for a unit."""
    return cast(Transaction, unit.transaction)


@BOTH
@pytest.mark.parametrize(
    ("stage", "refusal"),
    [(Stage.NEW, UnitOfWorkClosed), (Stage.CLOSED, UnitOfWorkClosed), (Stage.FAILED, UnitOfWorkFailed)],
)
def test_only_an_open_unit_works(choose: Choose, stage: Stage, refusal: type[GaplessError]) -> None:
    """Before it is opened, after its end and after a failure a unit refuses, and stays what it is."""
    state = new()
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


@BOTH
def test_a_unit_whose_time_is_over_has_failed(choose: Choose) -> None:
    """The first operation after the unit's time says so, and so does each one afterwards, in the words of a failure."""
    state = opened(seconds=0.0)
    for refusal in (DeadlineExceeded, UnitOfWorkFailed):
        with pytest.raises(refusal), choose(state):
            pytest.fail("the operation ran")
        assert (state.stage, state.busy) == (Stage.FAILED, False)


@BOTH
def test_a_unit_whose_transaction_was_ended_has_failed(choose: Choose) -> None:
    """What somebody else has ended does not go on."""
    state = opened()
    transaction_of(state).is_broken = True
    with pytest.raises(UnitOfWorkFailed, match="somebody"), choose(state):
        pytest.fail("the operation ran")
    assert (state.stage, state.busy) == (Stage.FAILED, False)


def test_a_read_that_leaves_the_transaction_useless_fails_the_unit() -> None:
    """An error of gapless is no answer if the store can't go on after it."""
    state = opened()
    transaction_of(state).is_failed = True
    with pytest.raises(NotFound), state.reading:
        raise NotFound("User", 1)
    assert state.stage is Stage.FAILED


@pytest.mark.asyncio
async def test_what_the_host_took_back_is_forgotten() -> None:
    """After the host has gone back behind a write nobody trusts what the unit has seen, in the same dictionaries."""
    state = opened()
    rows = state.seen[OutboxEvent]
    event = an_event(OrganizationId(UUID(int=1)))
    for undone in (False, True):
        rows[(1,)] = state.audits[(1,)] = event
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Transaction, "was_taken_back", lambda _, undone=undone: asyncio.sleep(0, undone))
            await state.look_back()
        assert (len(rows), len(state.audits)) == ((0, 0) if undone else (1, 1))
