"""Running a use case again when somebody else was in the way, or the server was away for a moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from gapless.application.arguments import whole_number
from gapless.kit.errors import GaplessError, InvalidValue
from gapless.kit.limits import require_seconds

T = TypeVar("T")
LEAST_DELAY, GREATEST_DELAY = 0.01, 1.0


async def retrying(
    operation: Callable[[], Awaitable[T]], *, attempts: int = 3, delay: float = 0.05, seconds: float | None = None
) -> T:
    """Runs an operation, and again if it fails with an error that a fresh unit of work may well not meet.

        user = await retrying(lambda: app.members.change_role(organization_id, user_id, Role.ADMIN, actor=actor))

    The use cases don't do this by themselves: only the caller knows whether it has the time. An error that is not
    `retryable` ends it at once: a broken rule is broken again, and after CommitUnknown nobody knows what was kept.
    With `seconds` it outlasts a restart of the server, or a failover, that takes no longer.

    Args:
        operation: called once an attempt; opens its own unit of work each time.
        attempts: how often it is tried at most; with `seconds` as often as they allow.
        delay: seconds that pass at most before the second attempt; twice that before the third, and so on, up to a
            second. The time is drawn at random below that, so that two who met don't meet again.
        seconds: for how long attempts are begun. One that has begun is not cut short: its unit has its own time.

    Returns:
        What the operation returns.

    Raises:
        GaplessError: the last attempt's error, or the first that is not retryable.
        InvalidValue: the seconds or the delay are no time, or there is not one attempt.
    """
    attempts, delay = whole_number("attempts", attempts, 1), require_seconds(delay)
    if delay < 0:
        raise InvalidValue("delay", "The delay between attempts is not negative.", fields=("delay",))
    end = None if seconds is None else monotonic() + require_seconds(seconds)
    while True:
        attempts -= 1
        pause = random.uniform(0, delay)  # noqa: S311  # no secret
        try:
            return await operation()
        except GaplessError as error:
            # CommitUnknown is not retryable: another attempt might do again what was kept.
            if not error.retryable or (attempts <= 0 if end is None else monotonic() >= end):
                raise
        if end is not None:  # the last attempt begins at the end, and none without a pause
            pause = min(max(pause, LEAST_DELAY), max(0.0, end - monotonic()))
        await asyncio.sleep(pause)
        delay = max(delay, min(2 * delay, GREATEST_DELAY))
