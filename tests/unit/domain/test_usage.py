"""From when on an organization is warned of each quota, what the warning says, and what a billing period leaves."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.usage import (
    LEVELS,
    Quota,
    QuotaWarning,
    Storage,
    warned,
    with_quotas_reset,
    with_storage_freed,
)
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import RuleViolated
from tests.unit.domain.samples import ORGANIZATION

ACME = Organization(**ORGANIZATION)
PREFIXES = {Quota.CALL_MINUTES: "quota", Quota.STORAGE: "storage"}
FLAGS = {(quota, level): f"{prefix}_warning_{level}_sent" for quota, prefix in PREFIXES.items() for level in LEVELS}
AMOUNTS = st.integers(0, 250)
GREATEST_BYTES = 2**53 - 1
MINUTES, STORAGE = Quota.CALL_MINUTES, Quota.STORAGE


def using(minutes: int, storage: int, *, of_minutes: int = 100, of_storage: int = 1000) -> Organization:
    """An organization that uses so much of so much, and was never warned."""
    return attrs.evolve(
        ACME,
        call_minutes_quota=of_minutes,
        storage_quota=Bytes(BigInteger(of_storage)),
        used_minutes=minutes,
        used_storage=Bytes(BigInteger(storage)),
    )


def warnings(before: Organization, after: Organization) -> list[tuple[Quota, int]]:
    """The quotas and levels of the warnings that a change leads to."""
    _, events = warned(before, after)
    found = [event for event in events if isinstance(event, QuotaWarning)]
    assert len(found) == len(events)
    return [(warning.quota, warning.percent) for warning in found]


def percents(before: Organization, after: Organization) -> list[int]:
    """The levels of the warnings that a change leads to, whatever they are about."""
    return [percent for _, percent in warnings(before, after)]


def flagged(organization: Organization) -> list[tuple[Quota, int]]:
    """What an organization remembers to have been warned of."""
    return [warning for warning, name in FLAGS.items() if getattr(organization, name)]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(1, []), (79, []), (80, [80]), (89, [80]), (90, [80, 90]), (99, [80, 90]), (100, [80, 90, 100]), (250, [*LEVELS])],
)
def test_levels_of_minutes(minutes: int, expected: list[int]) -> None:
    """A level is reached by exactly its share of the minutes, and warned at once with all below it, in order."""
    assert warnings(using(0, 0), using(minutes, 0)) == [(MINUTES, level) for level in expected]


@pytest.mark.parametrize(("storage", "expected"), [(799, []), (800, [80]), (900, [80, 90]), (1000, [80, 90, 100])])
def test_levels_of_storage(storage: int, expected: list[int]) -> None:
    """Storage reaches the same levels by itself, however few minutes are used."""
    assert warnings(using(0, 0), using(0, storage)) == [(STORAGE, level) for level in expected]


def test_each_quota_by_itself() -> None:
    """What the storage has been warned at says nothing of the minutes; together the minutes come first."""
    stored, _ = warned(using(0, 0), using(0, 950))
    assert warnings(stored, stored.with_usage(minutes=92)) == [(MINUTES, 80), (MINUTES, 90)]
    both = [(quota, level) for quota in Quota for level in (80, 90)]
    assert warnings(using(0, 0), using(92, 950)) == both


@pytest.mark.parametrize(("quota", "level"), FLAGS)
def test_flag_keeps_its_level_silent(quota: Quota, level: int) -> None:
    """A level of a quota that was warned at in this period is not warned at again, and all the others are."""
    told = attrs.evolve(using(0, 0), **{FLAGS[quota, level]: True})  # type: ignore[arg-type]  # flags by their names
    expected = [warning for warning in FLAGS if warning != (quota, level)]
    assert warnings(told, told.with_usage(minutes=100, storage=1000)) == expected


def test_quota_of_nothing_is_reached_by_the_first_use() -> None:
    """Who may use nothing is warned by the first minute or byte, and not while nothing is used of it."""
    none = using(0, 0, of_minutes=0, of_storage=0)
    assert percents(none, none) == []
    assert percents(none, using(1, 0, of_minutes=0, of_storage=0)) == [*LEVELS]
    assert percents(none, using(0, 1, of_minutes=0, of_storage=0)) == [*LEVELS]
    assert percents(using(0, 0, of_storage=0), using(1, 0, of_storage=0)) == []


def test_what_does_not_warn() -> None:
    """Neither less usage nor another name warns, nor the usage of another quota, even of one that is past a level."""
    past = using(0, 900, of_storage=500)
    assert warnings(past, using(0, 800, of_storage=500)) == []
    assert warnings(past, attrs.evolve(past, name="Other")) == []
    assert warnings(past, using(1, 900, of_storage=500)) == []
    assert warnings(past, using(0, 901, of_storage=500)) == [(STORAGE, level) for level in LEVELS]


def test_smaller_quota_warns_at_once() -> None:
    """A smaller quota is past a level without any more usage; the level is warned at once, and then no more."""
    before = using(50, 500)
    smaller, _ = warned(before, using(50, 500, of_minutes=60))
    assert flagged(smaller) == [(MINUTES, 80)]
    assert warnings(smaller, smaller.with_usage(minutes=1)) == []


def test_greater_quota_is_checked_anew() -> None:
    """A greater quota forgets the levels that are not reached any more, which come again; those that are it keeps."""
    full, _ = warned(using(0, 0), using(100, 950))
    greater, events = warned(full, attrs.evolve(full, call_minutes_quota=120))
    assert events == ()
    assert flagged(greater) == [(MINUTES, 80), (STORAGE, 80), (STORAGE, 90)]
    assert warnings(greater, greater.with_usage(minutes=20)) == [(MINUTES, 90), (MINUTES, 100)]


def test_exact_at_the_greatest_amounts() -> None:
    """The levels are reckoned in whole numbers: one byte below a level is below it, however large the quota is."""
    last = -(-GREATEST_BYTES * 90 // 100)
    assert percents(using(0, 0, of_storage=GREATEST_BYTES), using(0, last - 1, of_storage=GREATEST_BYTES)) == [80]
    assert percents(using(0, 0, of_storage=GREATEST_BYTES), using(0, last, of_storage=GREATEST_BYTES)) == [80, 90]


def test_payload() -> None:
    """A warning carries its quota and level, and what is used and allowed of both quotas."""
    _, events = warned(using(0, 0), using(85, 7))
    assert [(event.kind, event.payload()) for event in events] == [
        (
            "quota.warning",
            {
                "quota": "call_minutes",
                "percent": 80,
                "used_minutes": 85,
                "call_minutes_quota": 100,
                "used_storage": 7,
                "storage_quota": 1000,
            },
        )
    ]


@pytest.mark.parametrize(("size", "left"), [(0, 10), (3, 7), (10, 0)])
@pytest.mark.parametrize("storage", Storage)
def test_freed(storage: Storage, size: int, left: int) -> None:
    """What is counted can be freed, whatever is counted."""
    assert with_storage_freed(using(5, 10), size, storage) == using(5, left)


def test_freed_beyond_what_is_counted() -> None:
    """What an earlier period has stored leaves nothing; of what is stored no more can be freed than is there."""
    assert with_storage_freed(using(5, 10), 11, Storage.PER_PERIOD) == using(5, 0)
    with pytest.raises(RuleViolated, match="organizations_used_storage_range"):
        with_storage_freed(using(5, 10), 11, Storage.STORED)


def test_reset() -> None:
    """A period begins with no minutes; with the bytes that are stored, or with none; warned of what it still uses."""
    full, _ = warned(using(0, 0), using(100, 950))
    assert with_quotas_reset(full, Storage.PER_PERIOD) == using(0, 0)
    stored = with_quotas_reset(full, Storage.STORED)
    assert (stored.used_minutes, stored.used_storage) == (0, 950)
    assert flagged(stored) == [(STORAGE, 80), (STORAGE, 90)]
    less = with_quotas_reset(full.with_usage(storage=-100), Storage.STORED)
    assert flagged(less) == [(STORAGE, 80)]


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS)), st.integers(0, 100), st.integers(0, 100), st.sampled_from(Storage))
def test_each_level_once(steps: list[tuple[int, int]], of_minutes: int, of_storage: int, storage: Storage) -> None:
    """However usage grows and shrinks, each level of each quota is warned once at most until a reset, and flagged."""
    organization = using(0, 0, of_minutes=of_minutes, of_storage=of_storage)
    raised: list[tuple[Quota, int]] = []
    for minutes, stored in steps:
        changed = attrs.evolve(organization, used_minutes=minutes, used_storage=Bytes(BigInteger(stored)))
        raised += warnings(organization, changed)
        organization, _ = warned(organization, changed)
        assert set(flagged(organization)) == set(raised)
        assert (organization.used_minutes, organization.used_storage) == (minutes, stored)
    assert len(set(raised)) == len(raised)
    again = with_quotas_reset(organization, storage)
    assert MINUTES not in {quota for quota, _ in flagged(again)}
    assert [warning for warning in warnings(again, again.with_usage(minutes=10**6)) if warning[0] is MINUTES] == [
        (MINUTES, level) for level in LEVELS
    ]
