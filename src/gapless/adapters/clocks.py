"""Compares a clock with the store's own clock, as exactly as the time of a request allows."""

from __future__ import annotations

from datetime import datetime, timedelta

from gapless.kit.errors import ClockSkewed


def require_same_time(limit: float | None, before: datetime, theirs: datetime, after: datetime) -> None:
    """Refuses a clock that differs from the store's own by more than the limit.

    Args:
        limit: by how many seconds it may differ; None for any difference.
        before, after: its time before the store was asked for the time, and after the answer.
        theirs: the store's time, read at some moment between the two.

    Raises:
        ClockSkewed: it differs by more, whenever between the two the store's time was read.
    """
    if limit is None:
        return
    allowed = timedelta(seconds=limit)
    if theirs + allowed < before or theirs - allowed > after:
        raise ClockSkewed(after, theirs, limit)


def require_not_ahead(limit: float | None, at: datetime, theirs: datetime) -> None:
    """Refuses a time that is ahead of the store's own clock by more than the limit.

    Args:
        limit: by how many seconds it may be ahead; None for any.
        at: the time.
        theirs: the store's time, read later.

    Raises:
        ClockSkewed: it is further ahead.
    """
    if limit is not None and at - theirs > timedelta(seconds=limit):
        raise ClockSkewed(at, theirs, limit)
