"""The values beside another one: what a column holds next to it on either side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, Column, ColumnType, Digits
from gapless.testing.parity.edges import GREATEST_UUID, beside
from tests.properties import bounded

DIGITS = Digits(precision=40, scale=2)
ENDS: Mapping[ColumnType, tuple[object, object]] = {
    **INTEGER_RANGES,
    ColumnType.DECIMAL: (DIGITS.greatest.copy_negate(), DIGITS.greatest),
    ColumnType.TIME: (EARLIEST, LATEST),
    ColumnType.UUID: (UUID(int=0), UUID(int=GREATEST_UUID)),
}
"""The first and the last value of the types that have them."""
VALUES: Mapping[ColumnType, st.SearchStrategy[object]] = {
    ColumnType.INTEGER: st.integers(*INTEGER_RANGES[ColumnType.INTEGER]),
    ColumnType.BIG_INTEGER: st.integers(*INTEGER_RANGES[ColumnType.BIG_INTEGER]),
    ColumnType.DECIMAL: st.integers(1 - 10**40, 10**40 - 1).map(DIGITS.value),
    ColumnType.TIME: st.integers(0, (LATEST - EARLIEST) // timedelta.resolution).map(
        lambda steps: EARLIEST + steps * timedelta.resolution
    ),
    ColumnType.UUID: st.uuids(),
}


def column_of(kind: ColumnType) -> Column:
    """A column of a type."""
    digits = DIGITS if kind is ColumnType.DECIMAL else None
    return Column(name="value", type=kind, nullable=False, digits=digits)


@pytest.mark.parametrize("kind", ENDS)
def test_nothing_is_beyond_the_ends(kind: ColumnType) -> None:
    """From each end there is a step back, and none beyond; two steps before the end two steps are there."""
    column = column_of(kind)
    for end, inwards in zip(ENDS[kind], (1, -1), strict=True):
        assert beside(column, end, -inwards) == end
        within = beside(column, end, inwards)
        assert within != end
        assert column.represents(within)
        assert beside(column, within, -inwards) == end
        assert beside(column, beside(column, within, inwards), -2 * inwards) == end


@bounded(60)
@given(data=st.data(), kind=st.sampled_from([*VALUES]), step=st.sampled_from([-1, 1]))
def test_a_step_is_taken_back(data: st.DataObject, kind: ColumnType, step: int) -> None:
    """A value that is not at an end has another beside it, and is beside that one itself."""
    column, value = column_of(kind), data.draw(VALUES[kind])
    further = beside(column, value, step)
    assert column.represents(further)
    assert (further == value) == (value == ENDS[kind][(1 + step) // 2])
    assert further == value or beside(column, further, -step) == value
