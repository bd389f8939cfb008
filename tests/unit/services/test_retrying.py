"""Running a use case again."""

import pytest

from gapless.domain.errors import CommitUnknown, ConcurrencyConflict, DeadlineExceeded, GaplessError, NotFound
from gapless.services.retrying import retrying


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
