"""What programs and hostile calls are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gapless.testing.differential.derived.choices import SMALL
from gapless.testing.differential.derived.endings import CANDIDATES
from gapless.testing.fuzzing.hostile import TIMES


@pytest.mark.parametrize("values", [*SMALL.values(), *CANDIDATES.values()])
def test_a_program_has_different_values_to_choose_from(values: Sequence[object]) -> None:
    """No value stands twice among those that a column without rules of its own may get, and there are two at least."""
    texts = [repr(value) for value in values]
    assert len(texts) == len(set(texts)) >= 2


def overflows(time: object) -> bool:
    """Whether a time has a zone, and no form in UTC."""
    try:
        return isinstance(time, datetime) and time.utcoffset() is not None and time.astimezone(UTC) is None
    except OverflowError:
        return True
    except Exception:  # noqa: BLE001  # some zones of hostile times raise whatever they like
        return False


def test_hostile_times_leave_the_calendar_at_both_ends() -> None:
    """Among the hostile times is one before the first that UTC has, and one after the last."""
    assert {time.year for time in TIMES if isinstance(time, datetime) and overflows(time)} == {1, 9999}
