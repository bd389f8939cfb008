"""Running a use case again when somebody else was in the way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gapless.domain.errors import GaplessError

T = TypeVar("T")


async def retrying(operation: Callable[[], Awaitable[T]], *, attempts: int = 3, delay: float = 0.05) -> T:
    """Runs an operation, and again if it fails with an error that a fresh unit of work may well not meet.

        user = await retrying(lambda: app.team.change_role(organization_id, user_id, Role.ADMIN, actor=actor))

    The use cases don't do this by themselves: only the caller knows whether it has the time. An error that is not
    `retryable` ends it at once: a broken rule is broken again, and after CommitUnknown nobody knows what was kept.

    Args:
        operation: called once an attempt; opens its own unit of work each time.
        attempts: how often it is tried at most.
        delay: seconds that pass at most before the second attempt; twice that before the third, and so on. The time is
            drawn at random below that, so that two who met don't meet again.

    Returns:
        What the operation returns.

    Raises:
        GaplessError: the last attempt's error, or the first that is not retryable.
    """
    for attempt in range(1, attempts):
        try:
            return await operation()
        except GaplessError as error:
            if not error.retryable:
                raise
        await asyncio.sleep(random.uniform(0, delay * 2 ** (attempt - 1)))  # noqa: S311  # no secret
    return await operation()
