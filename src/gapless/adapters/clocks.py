"""What a store asks of a clock: that it tells the same time as the store's own, as far as anybody can know."""

from __future__ import annotations

from datetime import datetime, timedelta

from gapless.kit.errors import ClockSkewed


def require_same_time(limit: float | None, before: datetime, theirs: datetime, after: datetime) -> None:
    """Refuses a clock that differs from the store's own by more than the limit.

    Args:
        limit: by how many seconds it may differ; None if nobody asks.
        before, after: what it said before the store was asked for the time, and after the answer.
        theirs: the answer, which was given at some moment between the two.

    Raises:
        ClockSkewed: it differs by more, at whatever moment the answer was given.
    """
    if limit is None:
        return
    allowed = timedelta(seconds=limit)
    if theirs + allowed < before or theirs - allowed > after:
        raise ClockSkewed(after, theirs, limit)


def require_not_ahead(limit: float | None, at: datetime, theirs: datetime) -> None:
    """Refuses a time that lies ahead of the store's own clock by more than the limit.

    Args:
        limit: by how many seconds it may; None if nobody asks.
        at: the time.
        theirs: what the store's clock said later.

    Raises:
        ClockSkewed: it lies further ahead.
    """
    if limit is not None and at - theirs > timedelta(seconds=limit):
        raise ClockSkewed(at, theirs, limit)
