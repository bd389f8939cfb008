"""Usage and quotas: when an organization is warned of a quota, and what a new billing period resets."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import ClassVar

import attrs

from gapless.domain.organizations import NOTHING, Organization
from gapless.domain.values import Bytes
from gapless.kit.json_object import Json
from gapless.kit.outbox import Event

LEVELS = (80, 90, 100)
"""The percentages of a quota at which an organization is warned, each of them once in a billing period."""


class Storage(enum.Enum):
    """What a host counts as storage.

    PER_PERIOD: the bytes that were stored in the billing period; the next period begins with 0. STORED: the bytes that
    are stored; they stay counted until they are freed.
    """

    PER_PERIOD = "PER_PERIOD"
    STORED = "STORED"


class Quota(enum.Enum):
    """The quotas of which an organization is warned when they are nearly used up."""

    CALL_MINUTES = "call_minutes"
    STORAGE = "storage"


@attrs.frozen(kw_only=True)
class QuotaWarning:
    """The minutes or the storage of an organization have reached a warning level (INTEGRITY-009).

    Attributes:
        quota: whether the warning is about the minutes or the storage.
        percent: the level that was reached: 80, 90 or 100.
        used_storage, storage_quota: in bytes.
    """

    kind: ClassVar[str] = "quota.warning"
    quota: Quota
    percent: int
    used_minutes: int
    call_minutes_quota: int
    used_storage: Bytes
    storage_quota: Bytes

    def payload(self) -> dict[str, Json]:
        """The quota and its level, and how much of both quotas is used and allowed."""
        return {
            "quota": self.quota.value,
            "percent": self.percent,
            "used_minutes": self.used_minutes,
            "call_minutes_quota": self.call_minutes_quota,
            "used_storage": self.used_storage,
            "storage_quota": self.storage_quota,
        }


@attrs.frozen
class _Use:
    """How much of one quota is used, and at which levels the organization was warned of it."""

    used: int
    allowed: int
    told: frozenset[int]

    @property
    def reached(self) -> frozenset[int]:
        """The levels that are reached; without any usage no level is reached, even if the quota is 0."""
        return frozenset(level for level in LEVELS if self.used > 0 and self.used * 100 >= self.allowed * level)

    def told_since(self, before: _Use) -> frozenset[int]:
        """The levels that count as warned of after a change from `before`."""
        grown = self.allowed > before.allowed
        kept = self.told & self.reached if grown else self.told
        is_checked = self.used > before.used or self.allowed != before.allowed
        return kept | self.reached if is_checked else kept


def warned(before: Organization, after: Organization) -> tuple[Organization, tuple[Event, ...]]:
    """Warns an organization of each level of a quota that it has reached and was not warned of yet.

    Each quota is checked by itself, when more of it is used than before, or when the quota itself has changed. A
    greater quota forgets the levels that are no longer reached, so that they are warned of again; under a smaller quota
    a level may be reached at once. Less usage forgets nothing: a level that is reached again in the period is not
    warned of again.

    Args:
        before: the organization before its usage or its quotas changed.
        after: the organization with its present usage and quotas.

    Returns:
        The organization with its warnings noted, and an event for each new one: the minutes first, and lower levels
            first.
    """
    earlier, now = _uses(before), _uses(after)
    told = {quota: use.told_since(earlier[quota]) for quota, use in now.items()}
    if all(told[quota] == use.told for quota, use in now.items()):
        return after, ()
    new = [(quota, level) for quota, use in now.items() for level in sorted(told[quota] - use.told)]
    return _remembering(after, told), tuple(_warning(after, quota, level) for quota, level in new)


def with_storage_freed(organization: Organization, size: int, storage: Storage) -> Organization:
    """The organization after so many bytes were freed.

    With `Storage.PER_PERIOD` the bytes may have been stored in an earlier period, so the used storage becomes 0 and
    never negative. With `Storage.STORED` no more can be freed than is stored: the entity refuses it.
    """
    counted = size if storage is Storage.STORED else min(size, organization.used_storage)
    return organization.with_usage(storage=-counted)


def with_quotas_reset(organization: Organization, storage: Storage) -> Organization:
    """The organization at the start of a billing period, with everything that is counted by the period set to 0.

    A level that was warned of and is still reached is not warned of again.
    """
    kept = NOTHING if storage is Storage.PER_PERIOD else organization.used_storage
    begun = attrs.evolve(organization, used_minutes=0, used_storage=kept)
    return _remembering(begun, {quota: use.told & use.reached for quota, use in _uses(begun).items()})


def _uses(organization: Organization) -> dict[Quota, _Use]:
    minutes = {
        80: organization.quota_warning_80_sent,
        90: organization.quota_warning_90_sent,
        100: organization.quota_warning_100_sent,
    }
    storage = {
        80: organization.storage_warning_80_sent,
        90: organization.storage_warning_90_sent,
        100: organization.storage_warning_100_sent,
    }
    return {
        Quota.CALL_MINUTES: _Use(organization.used_minutes, organization.call_minutes_quota, _set(minutes)),
        Quota.STORAGE: _Use(organization.used_storage, organization.storage_quota, _set(storage)),
    }


def _set(flags: Mapping[int, bool]) -> frozenset[int]:
    return frozenset(level for level, is_set in flags.items() if is_set)


def _remembering(organization: Organization, told: Mapping[Quota, frozenset[int]]) -> Organization:
    minutes, storage = told[Quota.CALL_MINUTES], told[Quota.STORAGE]
    return attrs.evolve(
        organization,
        quota_warning_80_sent=80 in minutes,
        quota_warning_90_sent=90 in minutes,
        quota_warning_100_sent=100 in minutes,
        storage_warning_80_sent=80 in storage,
        storage_warning_90_sent=90 in storage,
        storage_warning_100_sent=100 in storage,
    )


def _warning(organization: Organization, quota: Quota, level: int) -> QuotaWarning:
    return QuotaWarning(
        quota=quota,
        percent=level,
        used_minutes=organization.used_minutes,
        call_minutes_quota=organization.call_minutes_quota,
        used_storage=organization.used_storage,
        storage_quota=organization.storage_quota,
    )
