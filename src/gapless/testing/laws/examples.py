"""Laws that hold for every value: Hypothesis draws values, which are tried on the event loop of the store."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.util import await_only, greenlet_spawn

T = TypeVar("T")


async def every_example(number: int, drawn: st.SearchStrategy[T], holds: Callable[[T], Awaitable[None]]) -> None:
    """Asserts that something holds for every value that is drawn; a value for which it does not hold is shrunk.

    Hypothesis is not a coroutine, so it runs beside this one in a greenlet, and comes back to the loop for each value.
    A cancellation reaches it there.

    Args:
        number: how many values are tried; the variable GAPLESS_EFFORT multiplies it.
        drawn: the strategy of the values.
        holds: raises for a value for which it does not hold. It creates a root of its own for each value, because all
            values share one store.
    """

    @settings(
        max_examples=max(1, round(number * float(os.environ.get("GAPLESS_EFFORT", "1")))),
        deadline=None,
        report_multiple_bugs=False,  # pytest can show one error, but not a group of them
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(value=drawn)
    def each(value: T) -> None:
        await_only(holds(value))

    await greenlet_spawn(each)
