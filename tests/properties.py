"""What properties over a store share: how they run coroutines, and how many examples they try."""

import os
from collections.abc import Coroutine
from typing import Protocol, TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T")
EFFORT = float(os.environ.get("GAPLESS_EFFORT", "1"))
"""How much more than usual the properties try."""


class Portal(Protocol):
    """Runs a coroutine on the loop that the stores belong to."""

    def __call__(self, coroutine: Coroutine[object, object, T], /) -> T:
        """Runs it to its end, and returns what it does."""
        ...


def bounded(examples: int) -> settings:
    """Settings for a property that tries this many examples, times the effort.

    A store is made once for all examples of a test: each brings an organization of its own.
    """
    return settings(
        max_examples=max(1, round(examples * EFFORT)),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
