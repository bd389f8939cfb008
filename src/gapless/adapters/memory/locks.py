"""One lock an organization: its write units run one after the other, in the order in which they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class _Turn:
    """A lock, how many hold it or wait for it, and who has to be told that somebody waits."""

    __slots__ = ("awaited", "lock", "wanted")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0
        self.awaited: Callable[[], None] | None = None


class OrganizationLocks:
    """The locks of the organizations that somebody holds or waits for; a lock nobody wants is dropped."""

    def __init__(self) -> None:
        self._turns: dict[object, _Turn] = {}

    def __len__(self) -> int:
        return len(self._turns)

    async def acquire(self, organization: object, seconds: float, awaited: Callable[[], None]) -> None:
        """Takes the lock of an organization.

        Args:
            organization: its id.
            seconds: how long to wait for it at most.
            awaited: is called while the lock is held, as soon as somebody else waits for it.

        Raises:
            TimeoutError: others held it for that long.
        """
        turn = self._turns.get(organization)
        if turn is None:
            turn = self._turns[organization] = _Turn()
        turn.wanted += 1
        try:
            if turn.wanted == 1:
                await turn.lock.acquire()
            else:
                if turn.awaited is not None:
                    turn.awaited()
                async with asyncio.timeout(seconds):
                    await turn.lock.acquire()
        except BaseException:
            self._leave(organization, turn)
            raise
        turn.awaited = awaited
        if turn.wanted > 1:
            awaited()

    def release(self, organization: object) -> None:
        """Lets go of the lock, to whoever has waited longest."""
        turn = self._turns[organization]
        turn.awaited = None
        turn.lock.release()
        self._leave(organization, turn)

    def _leave(self, organization: object, turn: _Turn) -> None:
        turn.wanted -= 1
        if not turn.wanted:
            del self._turns[organization]
