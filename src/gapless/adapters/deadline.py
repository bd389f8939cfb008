"""The time that a unit of work has."""

from __future__ import annotations

from math import inf
from time import monotonic


class Deadline:
    """The end of a unit's time, counted from the moment when this object is made, or started again.

    Args:
        seconds: how long the unit may take.
    """

    __slots__ = ("_ends", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds
        self._ends = monotonic() + seconds

    def start(self) -> None:
        """Counts the time from now on."""
        self._ends = monotonic() + self.seconds

    def end(self) -> None:
        """Ends the time at once."""
        self._ends = -inf

    def remaining(self) -> float:
        """The seconds that are left; zero or less when the time is over."""
        return self._ends - monotonic()
