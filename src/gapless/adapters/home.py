"""The event loop that a store belongs to. What it holds, locks and connections, can be used on that one alone."""

from __future__ import annotations

import asyncio

from gapless.kit.errors import WrongEventLoop


class HomeLoop:
    """The event loop of a store, from the moment when it is bound to one."""

    __slots__ = ("_loop",)

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self) -> None:
        """Binds the store to the running event loop, if it is not bound yet."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()

    def require(self) -> None:
        """Refuses to be used on another event loop, which is also that of another thread.

        Raises:
            WrongEventLoop: it is.
        """
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            raise WrongEventLoop
