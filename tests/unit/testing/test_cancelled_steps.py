"""Work that the laws cancel at one of its suspensions."""

import asyncio
from contextlib import suppress

import pytest

from gapless.testing.laws.steps import cancelled_at


@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(1, 7))
async def test_work_is_cancelled_at_one_suspension(number: int) -> None:
    """It gets as far as its n-th suspension, and is not cancelled at all if it has fewer."""
    reached, steps = 0, 5

    async def work() -> None:
        nonlocal reached
        for _ in range(steps):
            reached += 1
            await asyncio.sleep(0)

    ended = None
    with suppress(asyncio.CancelledError):
        ended = await cancelled_at(work(), number)
    assert (reached, ended) == ((number, None) if number <= steps else (steps, False))
