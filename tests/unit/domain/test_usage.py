"""From when on an organization is warned, and what the warning says."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.rules.columns import BigInteger
from gapless.domain.usage import LEVELS, QuotaWarning, warned
from gapless.domain.values import Bytes
from tests.unit.domain.samples import ORGANIZATION

ACME = Organization(**ORGANIZATION)
FLAGS = {80: "quota_warning_80_sent", 90: "quota_warning_90_sent", 100: "quota_warning_100_sent"}
AMOUNTS = st.integers(0, 250)
GREATEST_BYTES = 2**53 - 1


def using(minutes: int, storage: int, *, of_minutes: int = 100, of_storage: int = 1000) -> Organization:
    """An organization that uses so much of so much, and was never warned."""
    return attrs.evolve(
        ACME,
        call_minutes_quota=of_minutes,
        storage_quota=Bytes(BigInteger(of_storage)),
        used_minutes=minutes,
        used_storage=Bytes(BigInteger(storage)),
    )


def percents(before: Organization, after: Organization) -> list[int]:
    """The levels of the warnings that a change of usage leads to."""
    _, events = warned(before, after)
    warnings = [event for event in events if isinstance(event, QuotaWarning)]
    assert len(warnings) == len(events)
    return [warning.percent for warning in warnings]


def flagged(organization: Organization) -> list[int]:
    """The levels that an organization remembers to have been warned at."""
    return [level for level, name in FLAGS.items() if getattr(organization, name)]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(1, []), (79, []), (80, [80]), (89, [80]), (90, [80, 90]), (99, [80, 90]), (100, [80, 90, 100]), (250, [*LEVELS])],
)
def test_levels_of_minutes(minutes: int, expected: list[int]) -> None:
    """A level is reached by exactly its share of the minutes, and warned at once with all below it, in order."""
    assert percents(using(0, 0), using(minutes, 0)) == expected


@pytest.mark.parametrize(("storage", "expected"), [(799, []), (800, [80]), (900, [80, 90]), (1000, [80, 90, 100])])
def test_levels_of_storage(storage: int, expected: list[int]) -> None:
    """Storage reaches the same levels by itself, however few minutes are used."""
    assert percents(using(0, 0), using(0, storage)) == expected


@pytest.mark.parametrize("flagged_level", LEVELS)
def test_flag_keeps_its_level_silent(flagged_level: int) -> None:
    """A level that was warned at in this period is not warned at again, and the others are."""
    flags = {name: level == flagged_level for level, name in FLAGS.items()}
    told = Organization(**{**ORGANIZATION, **flags})
    assert percents(told, told.with_usage(minutes=100)) == [level for level in LEVELS if level != flagged_level]


def test_quota_of_nothing_is_reached_by_the_first_use() -> None:
    """Who may use nothing is warned by the first minute or byte, and not while nothing is used of it."""
    none = using(0, 0, of_minutes=0, of_storage=0)
    assert percents(none, none) == []
    assert percents(none, using(1, 0, of_minutes=0, of_storage=0)) == [*LEVELS]
    assert percents(none, using(0, 1, of_minutes=0, of_storage=0)) == [*LEVELS]
    assert percents(using(0, 0, of_storage=0), using(1, 0, of_storage=0)) == []


def test_only_growth_warns() -> None:
    """An organization that a smaller plan has put past its quota is warned when it uses more, and not when less."""
    past = using(0, 900, of_storage=500)
    assert percents(past, using(0, 800, of_storage=500)) == []
    assert percents(past, attrs.evolve(past, name="Other")) == []
    assert percents(past, using(1, 900, of_storage=500)) == [*LEVELS]


def test_exact_at_the_greatest_amounts() -> None:
    """The levels are reckoned in whole numbers: one byte below a level is below it, however large the quota is."""
    last = -(-GREATEST_BYTES * 90 // 100)
    assert percents(using(0, 0, of_storage=GREATEST_BYTES), using(0, last - 1, of_storage=GREATEST_BYTES)) == [80]
    assert percents(using(0, 0, of_storage=GREATEST_BYTES), using(0, last, of_storage=GREATEST_BYTES)) == [80, 90]


def test_payload() -> None:
    """A warning carries its level, and what is used and allowed of both quotas."""
    _, events = warned(using(0, 0), using(85, 7))
    assert [(event.kind, event.payload()) for event in events] == [
        (
            "quota.warning",
            {
                "percent": 80,
                "used_minutes": 85,
                "call_minutes_quota": 100,
                "used_storage": 7,
                "storage_quota": 1000,
            },
        )
    ]


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS)), st.integers(0, 100), st.integers(0, 100))
def test_each_level_once(steps: list[tuple[int, int]], of_minutes: int, of_storage: int) -> None:
    """However usage grows and shrinks, each level is warned at most once until the flags are reset, and is flagged."""
    organization = using(0, 0, of_minutes=of_minutes, of_storage=of_storage)
    raised: list[int] = []
    for minutes, storage in steps:
        changed = attrs.evolve(organization, used_minutes=minutes, used_storage=Bytes(BigInteger(storage)))
        new = percents(organization, changed)
        raised += new
        organization, _ = warned(organization, changed)
        assert flagged(organization) == sorted(raised)
        assert (organization.used_minutes, organization.used_storage) == (minutes, storage)
    assert len(set(raised)) == len(raised)
    again = organization.with_quotas_reset()
    assert flagged(again) == []
    assert percents(again, using(10**6, 0, of_minutes=of_minutes, of_storage=of_storage)) == [*LEVELS]
