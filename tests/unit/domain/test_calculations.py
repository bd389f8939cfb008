"""What conditions calculate with numbers and times: how great a result can be, and what a later time is compared as."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from gapless.kit import length, row
from gapless.kit.errors import DeclarationError
from gapless.kit.predicates import Arithmetic, Comparison, Constant, Field, TimeDifference, as_node
from tests.unit.domain.samples import NOON, Sample

SAMPLE = row(Sample)
RANGES: list[tuple[int, int, int, bool]] = [
    (SAMPLE.o + 1, -(2**31) + 1, 2**31, True),
    (1 - SAMPLE.o, 2 - 2**31, 2**31 + 1, True),
    (-SAMPLE.o, -(2**31) + 1, 2**31, True),
    (SAMPLE.o * SAMPLE.o, -(2**31) * (2**31 - 1), 2**62, True),
    (SAMPLE.o * SAMPLE.o * 2, -(2**32) * (2**31 - 1), 2**63, False),
    (SAMPLE.c0 + 1, -(2**63) + 1, 2**63, False),
    (SAMPLE.c0 * 0 + 1, 1, 1, True),
    ((SAMPLE.c0 + SAMPLE.c0) * 0, 0, 0, False),
    (length(SAMPLE.text) + SAMPLE.o, -(2**31), 2**32 - 2, True),
]


@pytest.mark.parametrize(("written", "least", "greatest", "is_long"), RANGES)
def test_the_range_of_a_result_is_computed(written: object, least: int, greatest: int, is_long: bool) -> None:
    """From the types of its columns follows what a result can be, and whether it is calculated in eight bytes."""
    node = cast(Arithmetic, written)
    assert (node.range.least, node.range.greatest, node.is_long) == (least, greatest, is_long)


def test_a_result_of_too_many_digits_is_refused() -> None:
    """No product is so great that a store could not calculate it."""
    product = SAMPLE.c0 * SAMPLE.c0 * SAMPLE.c0 * SAMPLE.c0 * SAMPLE.c0
    with pytest.raises(DeclarationError, match="more than 100 digits"):
        _ = product * SAMPLE.c0


@pytest.mark.parametrize(
    ("written", "operator", "seconds"),
    [
        (SAMPLE.at + timedelta(seconds=5) <= SAMPLE.at, "<=", -5),
        (SAMPLE.at <= SAMPLE.at + timedelta(seconds=5), "<=", 5),
        (SAMPLE.at + timedelta(seconds=5) > SAMPLE.at - timedelta(seconds=1), ">", -6),
        (timedelta(seconds=2) + SAMPLE.at + timedelta(seconds=5) == SAMPLE.at, "==", -7),
        (NOON + timedelta(seconds=1) - SAMPLE.at < timedelta(seconds=3), "<", 3),
    ],
)
def test_a_later_time_is_compared_as_a_difference(written: bool, operator: str, seconds: int) -> None:
    """No store adds to a time, which might have no later one: the difference is compared, in microseconds."""
    node = cast(Comparison, as_node(written))
    assert isinstance(node.left, TimeDifference)
    assert node.operator == operator
    assert cast(Constant, node.right).value == seconds * 1_000_000


def test_a_later_time_is_compared_with_an_earlier_constant() -> None:
    """What lies a day before a constant is found by an index over the times themselves."""
    node = cast(Comparison, as_node(SAMPLE.at + timedelta(days=1) <= NOON))
    assert (type(node.left), cast(Constant, node.right).value) == (Field, NOON - timedelta(days=1))
