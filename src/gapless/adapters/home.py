"""The event loop that a store belongs to: its locks and connections can be used only there."""

from __future__ import annotations

import asyncio

from gapless.kit.errors import WrongEventLoop


class HomeLoop:
    """The event loop of a store, once it is bound to one."""

    __slots__ = ("_loop",)

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self) -> None:
        """Binds the store to the running event loop, if it is not bound yet."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()

    def require(self) -> None:
        """Refuses to be used on another event loop, such as that of another thread.

        Raises:
            WrongEventLoop: another loop is running.
        """
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            raise WrongEventLoop
