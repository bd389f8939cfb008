"""A relay before a server that makes each round trip longer; a process of its own, so that its CPU is not ours.

`python -m benchmarks.latency SOCKET MILLISECONDS` prints the folder of its own socket and then serves until its
standard input ends, which it does at the latest when whoever started it ends.
"""

from __future__ import annotations

import asyncio
import selectors
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from gapless.embedded.server import PORT

SOCKET = f".s.PGSQL.{PORT}"


class ServerEnd(asyncio.Protocol):
    """The connection to the server: its answers pass at once."""

    def __init__(self, client: asyncio.Transport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        """Passes on what the server says."""
        self._client.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        """Ends the client's connection too."""
        self._client.close()


class ClientEnd(asyncio.Protocol):
    """The connection of a client: what it says is held back for a while, each piece by itself, in its order.

    Args:
        socket: of the server.
        seconds: how long a piece is held back.
    """

    def __init__(self, socket: Path, seconds: float) -> None:
        self._socket = socket
        self._seconds = seconds
        self._held = deque[bytes]()
        self._server: asyncio.Task[asyncio.Transport] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connects to the server."""
        self._server = asyncio.create_task(self._connected(cast(asyncio.Transport, transport)))

    async def _connected(self, client: asyncio.Transport) -> asyncio.Transport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_unix_connection(lambda: ServerEnd(client), str(self._socket))
        return transport

    def data_received(self, data: bytes) -> None:
        """Holds back what the client says; several pieces may be under way at once, as on a long cable."""
        self._held.append(data)
        asyncio.get_running_loop().call_later(self._seconds, self._pass_on)

    def _pass_on(self) -> None:
        if self._server is None or self._server.cancelled():
            return
        if self._server.done():
            self._server.result().write(self._held.popleft())
        else:
            self._server.add_done_callback(lambda _: self._pass_on())

    def connection_lost(self, _: Exception | None) -> None:
        """Ends the connection to the server, after what is held back."""
        if self._server is not None:
            self._server.add_done_callback(
                lambda server: asyncio.get_running_loop().call_later(2 * self._seconds, server.result().close)
            )


async def served(socket: Path, seconds: float) -> None:
    """Serves until the standard input ends."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="gapless-") as directory:
        server = await loop.create_unix_server(lambda: ClientEnd(socket, seconds), str(Path(directory) / SOCKET))
        ended = asyncio.Event()
        loop.add_reader(sys.stdin.fileno(), ended.set)
        print(directory, flush=True)
        await ended.wait()
        server.close()


@contextmanager
def delayed(directory: Path, milliseconds: float) -> Iterator[Path]:
    """Stands before the server whose socket is in this folder; yields the folder of the relay's own socket.

    Args:
        directory: the folder of the server's socket.
        milliseconds: how much longer each round trip takes at least; the relay itself adds some tenths of one.
    """
    command = [sys.executable, "-m", "benchmarks.latency", str(directory / SOCKET), str(milliseconds)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as relay:
        if relay.stdin is None or relay.stdout is None:
            raise AssertionError("Both are pipes.")
        try:
            yield Path(relay.stdout.readline().strip())
        finally:
            relay.stdin.close()
            relay.wait(timeout=10)


def main(arguments: list[str]) -> None:
    """Serves. Timers of `select` are exact to microseconds, those of other selectors to milliseconds."""
    socket, milliseconds = arguments
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(served(Path(socket), float(milliseconds) / 1000))


if __name__ == "__main__":
    main(sys.argv[1:])
