"""What programs and hostile calls are made of."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from gapless.kit.columns import Column, ColumnType, Digits
from gapless.testing.differential.derived.words import WORDS
from gapless.testing.fuzzing.hostile import TIMES


class Grade(enum.Enum):
    """What a column of an enumeration holds here."""

    GOOD = "good"
    FAIR = "fair"


def said(kind: ColumnType) -> Iterator[Sequence[object]]:
    """What programs say of a type."""
    words = WORDS.of(kind)
    members = Grade if kind is ColumnType.ENUMERATION else None
    digits = Digits(precision=4, scale=2) if kind is ColumnType.DECIMAL else None
    yield words.values(Column("a", kind, nullable=False, enumeration=members, digits=digits))
    yield from (values for values in (words.fitting, words.steps) if values)


@pytest.mark.parametrize("values", [values for kind in ColumnType for values in said(kind)])
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
