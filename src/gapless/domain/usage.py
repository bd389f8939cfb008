"""What an organization has used of its quotas, and from when on it is warned."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.domain.events import Event
from gapless.domain.json_object import Json
from gapless.domain.organizations import Organization
from gapless.domain.values import Bytes

LEVELS = (80, 90, 100)
"""The percentages of a quota at which an organization is warned, once each in a billing period."""


@attrs.frozen(kw_only=True)
class QuotaWarning:
    """So many percent of the minutes or of the storage are used; the numbers say of which (INTEGRITY-009).

    Attributes:
        percent: the level that was reached: 80, 90 or 100.
        used_storage, storage_quota: in bytes.
    """

    kind: ClassVar[str] = "quota.warning"
    percent: int
    used_minutes: int
    call_minutes_quota: int
    used_storage: Bytes
    storage_quota: Bytes

    def payload(self) -> dict[str, Json]:
        """The level, and what is used and allowed."""
        return {
            "percent": self.percent,
            "used_minutes": self.used_minutes,
            "call_minutes_quota": self.call_minutes_quota,
            "used_storage": self.used_storage,
            "storage_quota": self.storage_quota,
        }


def warned(before: Organization, after: Organization) -> tuple[Organization, tuple[Event, ...]]:
    """Warns an organization that uses more than before, at each level that it has reached and was not warned at.

    A quota of 0 is reached by the first minute or byte: what uses nothing has reached nothing. Who uses less than
    before, or as much, is not warned, though a smaller plan may have put it past a level meanwhile.

    Args:
        before: the organization before its usage changed.
        after: the same with what it uses now.

    Returns:
        The organization that remembers its warnings, and an event for each new one, the lowest level first.
    """
    if after.used_minutes <= before.used_minutes and after.used_storage <= before.used_storage:
        return after, ()
    told = {
        80: after.quota_warning_80_sent,
        90: after.quota_warning_90_sent,
        100: after.quota_warning_100_sent,
    }
    new = [level for level in LEVELS if _has_reached(after, level) and not told[level]]
    reminded = attrs.evolve(
        after,
        quota_warning_80_sent=told[80] or 80 in new,
        quota_warning_90_sent=told[90] or 90 in new,
        quota_warning_100_sent=told[100] or 100 in new,
    )
    return reminded, tuple(_warning(after, level) for level in new)


def _has_reached(organization: Organization, level: int) -> bool:
    amounts = (
        (organization.used_minutes, organization.call_minutes_quota),
        (organization.used_storage, organization.storage_quota),
    )
    return any(used > 0 and used * 100 >= quota * level for used, quota in amounts)


def _warning(organization: Organization, level: int) -> QuotaWarning:
    return QuotaWarning(
        percent=level,
        used_minutes=organization.used_minutes,
        call_minutes_quota=organization.call_minutes_quota,
        used_storage=organization.used_storage,
        storage_quota=organization.storage_quota,
    )
