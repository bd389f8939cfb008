"""Time and ids of one organization's story, the same on every store that it is played on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

START = datetime(2024, 2, 29, 9, tzinfo=UTC)
BETWEEN_STEPS = timedelta(minutes=7, microseconds=1)
PLACES = 2**12  # of the ids of one millisecond


class Pace:
    """A clock and an id factory that go on from step to step.

    Ids are told apart by the story, the step and their place in it. So a step that makes other ids on one store than on
    the other is one difference, and does not make everything after it differ.

    Args:
        story: the number of the organization; 0 is that of what happens to all of them at the end.
    """

    def __init__(self, story: int) -> None:
        self._story = story
        self._time = START
        self._made = 0

    def step(self) -> None:
        """Goes on to the next step."""
        self._time += BETWEEN_STEPS
        self._made = 0

    def wait(self, time: timedelta) -> None:
        """Lets time pass."""
        self._time += time

    def now(self) -> datetime:
        """The time of the step, in UTC."""
        return self._time

    def new(self) -> UUID:
        """The next id of the step, a UUIDv7: later ones are greater."""
        self._made += 1
        later, place = divmod(self._made, PLACES)
        milliseconds = (self._time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) + later
        return UUID(int=milliseconds << 80 | 0x7 << 76 | place << 64 | 0b10 << 62 | self._story)
