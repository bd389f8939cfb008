"""How laws try something again: with every value that Hypothesis draws, or with more time where it was too little."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st

from gapless.kit.errors import DeadlineExceeded
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.rows import LITTLE_TIMES, with_little_time

pytestmark = pytest.mark.asyncio


async def test_as_many_values_as_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many values are tried, on the loop that waits, and more where more effort is asked for."""
    loops: list[asyncio.AbstractEventLoop] = []

    async def holds(_: int) -> None:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())

    monkeypatch.delenv("GAPLESS_EFFORT", raising=False)
    await every_example(20, st.integers(), holds)
    assert loops == [asyncio.get_running_loop()] * 20
    monkeypatch.setenv("GAPLESS_EFFORT", "1.5")
    await every_example(20, st.integers(), holds)
    assert len(loops) == 50


@pytest.fixture
def every_phase() -> Iterator[None]:
    """What does not hold is made smaller, also in a run that otherwise has no time for that."""
    usual = settings.get_current_profile_name()
    settings.register_profile("every phase", phases=[*Phase])
    settings.load_profile("every phase")
    yield
    settings.load_profile(usual)


@pytest.mark.usefixtures("every_phase")
async def test_a_value_for_which_it_does_not_hold() -> None:
    """The error that arrives is that of the smallest value."""

    async def holds(value: int) -> None:
        await asyncio.sleep(0)
        if value > 10:
            raise LookupError(value)

    with pytest.raises(LookupError) as caught:
        await every_example(100, st.integers(), holds)
    assert caught.value.args == (11,)


async def test_a_cancellation_reaches_the_value() -> None:
    """Whoever is cancelled while a value is tried stops there, and tries no other."""
    tried: list[int] = []
    is_reached = asyncio.Event()

    async def holds(value: int) -> None:
        tried.append(value)
        is_reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(every_example(100, st.integers(), holds))
    await is_reached.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert len(tried) == 1


async def test_what_could_not_begin_in_its_time_gets_more() -> None:
    """A slow machine breaks no law: an attempt that needs more time gets more; one that always does fails."""
    tried: list[float] = []

    async def needs(least: float, seconds: float) -> None:
        await asyncio.sleep(0)
        tried.append(seconds)
        if seconds < least:
            raise DeadlineExceeded(seconds)

    least, enough, most = LITTLE_TIMES
    await with_little_time(partial(needs, enough))
    assert tried == [least, enough]
    with pytest.raises(DeadlineExceeded) as caught:
        await with_little_time(partial(needs, most + 1))
    assert caught.value.seconds == most
