"""What properties over a store share: how they run coroutines, how many examples they try, and how long they look."""

import os
from collections.abc import Coroutine
from typing import Protocol, TypeVar

from hypothesis import HealthCheck, Phase, settings

T = TypeVar("T")
EFFORT = float(os.environ.get("GAPLESS_EFFORT", "0.5"))
"""How much of what they name the properties try: half of it, unless a run says more."""
SEARCH = settings(max_examples=20_000, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
"""How `find` looks for what has to be there: in the same way in each run, and far longer than it takes.

It ends with the first that is found, and which that is depends on the constants of all modules that are loaded.
"""


class Portal(Protocol):
    """Runs a coroutine on the loop that the stores belong to."""

    def __call__(self, coroutine: Coroutine[object, object, T], /) -> T:
        """Runs it to its end, and returns what it does."""
        ...


def bounded(examples: int) -> settings:
    """Settings for a property that tries this many examples, times the effort: in a usual run half as many.

    A store is made once for all examples of a test: each brings an organization of its own.
    """
    return settings(
        max_examples=max(1, round(examples * EFFORT)),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
