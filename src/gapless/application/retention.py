"""Whether a soft-deleted row may be restored: only while its retention lasts."""

from __future__ import annotations

from datetime import datetime, timedelta

from gapless.kit.errors import InvalidState, RetentionExpired
from gapless.kit.soft_deletion import SoftDeletableRoot, SoftDeletableRow

DEFAULT_RETENTION = timedelta(days=30)


def require_restorable(row: SoftDeletableRoot | SoftDeletableRow, retention: timedelta, now: datetime) -> None:
    """Refuses to restore a row that is not deleted, or was deleted too long ago.

    Args:
        row: the row that is to be restored.
        retention: for how long after its deletion it may be restored.
        now: the time in UTC.

    Raises:
        InvalidState: the row is not deleted.
        RetentionExpired: the retention is over.
    """
    name = type(row).__name__
    if row.deleted_at is None:
        raise InvalidState(name, row.id, f"{name} {row.id} is not deleted.")
    if now - row.deleted_at >= retention:
        raise RetentionExpired(
            name, row.id, f"{name} {row.id} was deleted longer ago than what is deleted is retained."
        )


def retention_days(retention: timedelta) -> int | float:
    """The retention in days, as a whole number if it is one."""
    days = retention / timedelta(days=1)
    return int(days) if days.is_integer() else days
