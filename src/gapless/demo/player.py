"""Playing use cases on one store, and remembering what came of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import attrs

from gapless.bootstrap import Gapless, Parts, assembled
from gapless.demo.pace import Pace
from gapless.kit.errors import Detail, GaplessError
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store

T = TypeVar("T")


@attrs.frozen
class Outcome:
    """What came of one use case.

    Attributes:
        step: what was tried.
        result: what was returned, or None.
        error: the error as `to_dict` gives it, or None if there was none.
        crash: the name of an error that is none of gapless; there should never be one.
    """

    step: str
    result: object = None
    error: dict[str, Detail] | None = None
    crash: str | None = None

    @property
    def words(self) -> str:
        """What came of it, without the contents of a row."""
        if self.error is None:
            return self.crash or "done"
        return str(self.error.get("rule", self.error["code"]))


class Player:
    """Plays one organization's story on one store.

    Args:
        store: where it is played.
        story: the organization's number; the same number makes the same ids and times.

    Attributes:
        outcomes: what came of each use case.
        heard: the events that were delivered.
    """

    def __init__(self, store: Store, story: int) -> None:
        self._pace = Pace(story)
        self._app = assembled(store, Parts(clock=self._pace, ids=self._pace, event_handler=self._hear))
        self.outcomes: list[Outcome] = []
        self.heard: list[OutboxEvent] = []

    async def play(self, step: str, use_case: Callable[[Gapless], Awaitable[T]]) -> T | None:
        """Plays one use case; returns what it returns, or None if it is refused."""
        self._pace.step()
        try:
            result = await use_case(self._app)
        except GaplessError as error:
            self.outcomes.append(Outcome(step, error=error.to_dict()))
        except Exception as error:  # noqa: BLE001  # a crash is reported as a difference, with the step that it came at
            self.outcomes.append(Outcome(step, crash=type(error).__name__))
        else:
            self.outcomes.append(Outcome(step, result))
            return result
        return None

    @property
    def now(self) -> datetime:
        """The time of the last step, in UTC."""
        return self._pace.now()

    def wait(self, time: timedelta) -> None:
        """Lets time pass before the next step."""
        self._pace.wait(time)

    async def _hear(self, event: OutboxEvent) -> None:
        self.heard.append(event)
