"""How long the server may wait for a lock, after a unit has waited in its process."""

from types import SimpleNamespace
from typing import cast

import pytest

from gapless.adapters.postgres.connections.requests import SHORT_SECONDS, UnitConnection
from gapless.kit.limits import Limits

SECONDS, LOCK = 10.0, 5.0


@pytest.mark.parametrize(
    ("waited", "left"),
    [(0.0, LOCK), (SHORT_SECONDS / 2, LOCK), (2.0, 3.0), (4.0, 1.0), (5.0, SHORT_SECONDS), (9.0, SHORT_SECONDS)],
)
def test_the_wait_in_the_process_is_taken_off(waited: float, left: float) -> None:
    """What is left of the time for a lock is the server's, and a moment at least; hardly a wait does not count."""
    unit = SimpleNamespace(seconds=SECONDS, deadline=SimpleNamespace(remaining=lambda: SECONDS - waited))
    assert UnitConnection.lock_seconds(cast(UnitConnection, unit), Limits(lock=LOCK)) == left


@pytest.mark.parametrize("seconds", [LOCK, LOCK / 2])
def test_a_unit_with_less_time_than_a_lock_ends_by_its_own(seconds: float) -> None:
    """A unit whose own time is over first has no other limit, so that it exceeds that one on either store."""
    unit = SimpleNamespace(seconds=seconds, deadline=SimpleNamespace(remaining=lambda: seconds))
    assert UnitConnection.lock_seconds(cast(UnitConnection, unit), Limits(lock=LOCK)) == 0.0
