"""Runs a use case again after somebody else was in the way, or the server was away for a moment."""

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
    """Runs an operation, and runs it again after an error that a fresh unit of work may not meet.

        user = await retrying(lambda: app.members.change_role(root_id, user_id, Role.ADMIN, actor=actor))

    The use cases do not do this themselves, because only the caller knows whether there is time. An error that is not
    `retryable` ends it at once: a rule would be broken again, and after CommitUnknown nobody knows what was kept. With
    `seconds`, it can wait for the end of a restart or a failover of the server.

    Args:
        operation: is called for each attempt, and opens its own unit of work each time.
        attempts: the greatest number of attempts; with `seconds`, as many as fit in them.
        delay: the greatest number of seconds before the second attempt; it doubles with each attempt, up to one second.
            The real delay is random and shorter, so that two callers do not meet again.
        seconds: for how many seconds attempts may begin. An attempt that has begun is not stopped.

    Returns:
        What the operation returns.

    Raises:
        GaplessError: the error of the last attempt, or the first error that is not retryable.
        InvalidValue: `seconds` or `delay` is not such a number, or `attempts` is less than 1.
    """
    attempts, delay = whole_number("attempts", attempts, 1), require_seconds(delay)
    if delay < 0:
        raise InvalidValue("delay", "delay must not be negative: it is in seconds.", fields=("delay",))
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
        if end is not None:  # the last attempt begins at the end, and each after a pause
            pause = min(max(pause, LEAST_DELAY), max(0.0, end - monotonic()))
        await asyncio.sleep(pause)
        delay = max(delay, min(2 * delay, GREATEST_DELAY))
