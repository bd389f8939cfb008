"""Times: which a column keeps, and how one of another zone becomes one of these."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

from gapless.kit.plain import BuiltIn

RecordedTime = NewType("RecordedTime", datetime)
"""The time at which a store took a row, by the store's own clock; it differs between two stores that do the same."""
# The driver writes both ends of datetime's range as infinity; a day away from them, the time fits in every zone.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)
UNRECORDED = RecordedTime(EARLIEST)
"""The recorded time of a row that no store has taken yet."""


def is_time(value: object) -> bool:
    """Whether the value is a time in its normal form: in UTC, and within the range that can be stored."""
    if type(value) is not BuiltIn.time:
        return False
    return value.tzinfo is UTC and not value.fold and EARLIEST <= value <= LATEST


def in_utc(value: datetime) -> datetime:
    """The same instant in UTC; a time without a zone, or outside of UTC's range, is returned as it is."""
    if value.tzinfo is None or (value.tzinfo is UTC and not value.fold):
        return value
    try:
        return value if value.utcoffset() is None else value.astimezone(UTC).replace(fold=0)
    except Exception:  # noqa: BLE001  # the caller may have written the zone, and it may raise anything
        return value
