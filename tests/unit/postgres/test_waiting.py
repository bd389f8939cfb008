"""Waiting for work that may never end."""

import asyncio

import pytest

from gapless.adapters.postgres.connections.waiting import awaited

ENDLESS = 20.0
"""Seconds after which a wait that should be over is taken for one that never ends."""


@pytest.mark.asyncio
@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_wait_ends_with_its_seconds(*, cancelled: bool) -> None:
    """Work that does not end is waited for so many seconds and no longer, also by who is cancelled meanwhile."""
    work = asyncio.get_running_loop().create_future()
    waiting = asyncio.ensure_future(awaited(work, 0.01))
    await asyncio.sleep(0)
    if cancelled:
        waiting.cancel()
    done, _ = await asyncio.wait([waiting], timeout=ENDLESS)
    work.set_result(None)
    assert done == {waiting}
    assert waiting.exception() is None
