"""The machine's clock, and ids of version 7."""

from datetime import UTC, timedelta
from itertools import pairwise
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.system import SystemClock, UuidV7Factory

YEAR_5000 = 95_617_584_000 * 10**9


def test_the_clock_is_in_utc() -> None:
    """Times are in UTC, and don't run backwards by more than the machine's own clock does."""
    first, second = SystemClock().now(), SystemClock().now()
    assert first.tzinfo is UTC
    assert second - first < timedelta(seconds=60)


@given(st.lists(st.integers(0, YEAR_5000), min_size=1))
def test_ids_rise_whatever_the_clock_does(readings: list[int]) -> None:
    """Ids are UUIDs of version 7 in rising order, also if the clock stands still or goes back."""
    turned = iter(readings)
    factory = UuidV7Factory(lambda: next(turned))
    ids = [factory.new() for _ in readings]
    assert all(later > earlier for earlier, later in pairwise(ids))
    assert {(made.version, made.variant) for made in ids} == {(7, RFC_4122)}


@given(st.integers(0, YEAR_5000))
def test_an_id_holds_the_time(nanoseconds: int) -> None:
    """The first 48 bits are the milliseconds since 1970, the 12 after the version the fraction of the millisecond."""
    made = UuidV7Factory(lambda: nanoseconds).new()
    assert made.int >> 80 == nanoseconds // 10**6
    assert made.int >> 64 & 0xFFF == nanoseconds % 10**6 * 4096 // 10**6


def test_ids_differ_between_factories() -> None:
    """Two factories that read the same time make different ids."""
    assert len({UuidV7Factory(lambda: 1).new() for _ in range(1000)}) == 1000
