"""Running a use case again."""

from typing import Any

import pytest

from gapless.application.retries import retrying
from gapless.kit.errors import (
    CommitUnknown,
    ConcurrencyConflict,
    DatabaseUnreachable,
    DeadlineExceeded,
    GaplessError,
    InvalidValue,
    NotFound,
)


class Attempts:
    """An operation that fails with each of these errors in turn, and succeeds then."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.number = 0

    async def __call__(self) -> str:
        """One attempt."""
        self.number += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.asyncio
async def test_retries_what_may_succeed() -> None:
    """Errors that say a fresh unit may succeed are tried again, until it does."""
    operation = Attempts(ConcurrencyConflict(), DeadlineExceeded(10))
    assert await retrying(operation, delay=0) == "done"
    assert operation.number == 3


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [CommitUnknown(), NotFound("User", 1), ValueError()])
async def test_raises_everything_else(error: Exception) -> None:
    """Anything else ends it at once, also a commit of which nobody knows whether it was kept."""
    operation = Attempts(error)
    with pytest.raises(type(error)):
        await retrying(operation, delay=0)
    assert operation.number == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_is_bounded(attempts: int) -> None:
    """After the last attempt its error is raised."""
    operation = Attempts(*(ConcurrencyConflict(str(place)) for place in range(9)))
    with pytest.raises(GaplessError, match=f"^{attempts - 1}$"):
        await retrying(operation, attempts=attempts, delay=0)
    assert operation.number == attempts


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """What it shows."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Goes on by that."""
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The clock of the attempts, whose pauses are as long as they get."""
    clock = Time()
    monkeypatch.setattr("gapless.application.retries.monotonic", clock.monotonic)
    monkeypatch.setattr("gapless.application.retries.asyncio.sleep", clock.sleep)
    monkeypatch.setattr("gapless.application.retries.random.uniform", lambda _, most: most)
    return clock


@pytest.mark.asyncio
async def test_outlasts_a_restart(time: Time) -> None:
    """With seconds it is tried for as long as they last, however often, and the pauses don't grow beyond a second."""
    begun = time.now

    async def away_for_five_seconds() -> float:
        if time.now < begun + 5:
            raise DatabaseUnreachable("The server is not there.")
        return time.now

    assert 5 <= await retrying(away_for_five_seconds, seconds=10) - begun <= 6


@pytest.mark.asyncio
async def test_ends_in_time(time: Time) -> None:
    """No attempt begins after the seconds are over, and the last one's error is raised."""
    begun, starts = time.now, list[float]()

    async def away() -> None:
        starts.append(time.now)
        raise DatabaseUnreachable(f"attempt {len(starts)}")

    with pytest.raises(DatabaseUnreachable) as caught:
        await retrying(away, seconds=3)
    assert caught.value.message == f"attempt {len(starts)}"
    assert starts[0] == begun
    assert starts[-1] == begun + 3
    assert len(starts) > 3


@pytest.mark.asyncio
@pytest.mark.parametrize("seconds", [0, 0.0, -1])
async def test_one_attempt_at_least(seconds: float) -> None:
    """With no time at all there is one attempt."""
    operation = Attempts(ConcurrencyConflict(), ConcurrencyConflict())
    with pytest.raises(ConcurrencyConflict):
        await retrying(operation, seconds=seconds)
    assert operation.number == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), "5"])
async def test_seconds_that_are_no_time(seconds: float) -> None:
    """Seconds that are no finite number are refused before the first attempt."""
    operation = Attempts()
    with pytest.raises(InvalidValue, match="seconds"):
        await retrying(operation, seconds=seconds)
    assert operation.number == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [{"attempts": 0}, {"attempts": -1}, {"attempts": True}, {"delay": -1}, {"delay": float("nan")}, {"delay": 1e9}],
)
async def test_what_can_not_be_tried(wrong: dict[str, Any]) -> None:
    """No attempt at all, and a delay that is no time, are refused before the first attempt."""
    operation = Attempts()
    with pytest.raises(InvalidValue):
        await retrying(operation, **wrong)
    assert operation.number == 0
