"""Laws that hold for every value: drawn by Hypothesis, and tried on the event loop that the store belongs to."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.util import await_only, greenlet_spawn

T = TypeVar("T")


async def every_example(number: int, drawn: st.SearchStrategy[T], holds: Callable[[T], Awaitable[None]]) -> None:
    """That something holds for every value that is drawn; a value for which it does not is shrunk.

    Hypothesis is no coroutine, so it runs beside this one, in a greenlet, and comes back to the loop for each value. A
    cancellation reaches it there.

    Args:
        number: how many values are tried, times what GAPLESS_EFFORT in the environment says.
        drawn: the values.
        holds: raises if it does not hold. It brings an organization of its own, since all values share one store.
    """

    @settings(
        max_examples=max(1, round(number * float(os.environ.get("GAPLESS_EFFORT", "1")))),
        deadline=None,
        report_multiple_bugs=False,  # one error is told, and a group of them is none of pytest's
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(value=drawn)
    def each(value: T) -> None:
        await_only(holds(value))

    await greenlet_spawn(each)
