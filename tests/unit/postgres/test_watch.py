"""The watch over the requests of a connection, with a clock that a test sets: no time passes here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import attrs
import pytest

from gapless.adapters.postgres.connections.watch import RequestWatch

pytestmark = pytest.mark.asyncio


@attrs.define(eq=False)
class Timer:
    """A timer that was set."""

    at: float
    look: Callable[[], None]
    cancelled: bool = False

    def when(self) -> float:
        """When it is due."""
        return self.at

    def cancel(self) -> None:
        """Takes it back."""
        self.cancelled = True


@attrs.define(eq=False)
class Clock:
    """A loop as far as the watch uses one; every timer that was ever set is kept."""

    now: float = 0.0
    timers: list[Timer] = attrs.Factory(list)

    def time(self) -> float:
        """The time that the test has set."""
        return self.now

    def call_at(self, when: float, look: Callable[[], None]) -> Timer:
        """Sets a timer."""
        self.timers.append(Timer(when, look))
        return self.timers[-1]

    def pass_to(self, now: float) -> None:
        """Lets the time pass, and with it the timers that are due."""
        self.now = now
        while due := [timer for timer in self.timers if not timer.cancelled and timer.at <= now]:
            for timer in due:
                timer.cancelled = True
                timer.look()


def watch_on(clock: Clock) -> RequestWatch:
    """A watch with this clock."""
    return RequestWatch(cast(asyncio.AbstractEventLoop, clock))


async def answered() -> str:
    """A request that is answered after one turn of the loop."""
    await asyncio.sleep(0)
    return "answer"


async def begun(watch: RequestWatch, seconds: float) -> asyncio.Task[None]:
    """A request without an answer, as a task that waits for it already."""

    async def silent() -> None:
        await asyncio.Event().wait()

    task = asyncio.ensure_future(watch.limited(silent(), seconds))
    await asyncio.sleep(0)
    return task


async def test_many_requests_need_one_timer() -> None:
    """A hundred requests, one after the other and within the time of the first, set one timer."""
    clock = Clock()
    watch = watch_on(clock)
    for number in range(100):
        clock.now = number / 100
        assert await watch.limited(answered(), 10.0) == "answer"
    assert len(clock.timers) == 1


async def test_a_timer_that_nobody_needs_lapses() -> None:
    """Once nobody asks any more, the last timer runs out and no other is set; the next request sets one."""
    clock = Clock()
    watch = watch_on(clock)
    await watch.limited(answered(), 10.0)
    clock.pass_to(10.0)
    clock.pass_to(100.0)
    assert len(clock.timers) == 1
    await watch.limited(answered(), 10.0)
    assert [timer.at for timer in clock.timers] == [10.0, 110.0]


async def test_each_request_has_its_own_time() -> None:
    """A request that began later ends at its own time, whatever timer was set before; its task is not cancelled."""
    clock = Clock()
    watch = watch_on(clock)
    await watch.limited(answered(), 10.0)
    clock.now = 4.0
    task = await begun(watch, 10.0)
    clock.pass_to(13.9)
    await asyncio.sleep(0)
    assert not task.done()
    clock.pass_to(14.0)
    with pytest.raises(TimeoutError):
        await task
    assert task.cancelling() == 0


async def test_a_request_with_less_time_ends_sooner() -> None:
    """A timer that is far away is set anew for a request that has less time."""
    clock = Clock()
    watch = watch_on(clock)
    await watch.limited(answered(), 10.0)
    task = await begun(watch, 1.0)
    clock.pass_to(1.0)
    with pytest.raises(TimeoutError):
        await task


@pytest.mark.parametrize("expires", [False, True])
async def test_a_cancellation_by_others_is_passed_on(expires: bool) -> None:
    """Who is cancelled gets to know it, also if his time is over at the same moment; then another request goes on."""
    clock = Clock()
    watch = watch_on(clock)
    task = await begun(watch, 1.0)
    task.cancel()
    if expires:
        clock.pass_to(1.0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert task.cancelling() == 1
    assert await watch.limited(answered(), 1.0) == "answer"


async def test_who_asks_in_between_is_not_confused_with_who_waits() -> None:
    """A second request on the connection, which the driver refuses, does not take the time of the first."""
    clock = Clock()
    watch = watch_on(clock)
    task = await begun(watch, 1.0)
    assert await watch.limited(answered(), 1.0) == "answer"
    clock.pass_to(1.0)
    with pytest.raises(TimeoutError):
        await task


async def test_a_watch_that_forgets_to_look_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a timer that comes too early for the request and is not set again."""

    def look(watch: RequestWatch) -> None:
        watch._timer = None

    monkeypatch.setattr(RequestWatch, "_look", look)
    clock = Clock()
    task = await begun(watch_on(clock), 1.0)
    clock.pass_to(1.0)
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
