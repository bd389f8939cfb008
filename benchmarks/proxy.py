"""A proxy before a PostgreSQL server that counts the requests which pass: what a network would make slow."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# A simple query, and the end of a series in the extended protocol: the server answers each, and the client waits.
ANSWERED = (b"Q", b"S")
CHUNK = 65536


class RequestCounter:
    """How many requests have passed since it was made, or reset."""

    def __init__(self) -> None:
        self.requests = 0

    def reset(self) -> None:
        """Begins anew."""
        self.requests = 0


@asynccontextmanager
async def counting_proxy(server: Path, port: int) -> AsyncIterator[tuple[Path, RequestCounter]]:
    """Stands before a server for the time of a block.

    Args:
        server: the directory of the server's unix socket.
        port: its port, which the proxy has too.

    Yields:
        The directory of the proxy's unix socket, and the counter.
    """
    counter, links = RequestCounter(), set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.create_task(_link(server / f".s.PGSQL.{port}", counter, reader, writer))
        links.add(link)
        link.add_done_callback(links.discard)
        link.add_done_callback(lambda _: writer.close())  # also if it is cancelled before it begins

    with tempfile.TemporaryDirectory(prefix="gapless-proxy-") as directory:
        listener = await asyncio.start_unix_server(accept, Path(directory) / f".s.PGSQL.{port}")
        try:
            yield Path(directory), counter
        finally:
            listener.close()
            for link in links:
                link.cancel()
            await asyncio.gather(*links, return_exceptions=True)
            await listener.wait_closed()


async def _link(
    path: Path, counter: RequestCounter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Forwards one client's connection, both ways, until either side ends it."""
    server_reader, server_writer = await asyncio.open_unix_connection(path)
    ways = [
        asyncio.create_task(_requests(reader, server_writer, counter)),
        asyncio.create_task(_answers(server_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        server_writer.close()


async def _requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counter: RequestCounter) -> None:
    """Forwards the client's messages. The first has no type; of each, four bytes give the length with themselves."""
    kind = b""
    while True:
        length = await reader.readexactly(4)
        body = await reader.readexactly(int.from_bytes(length, "big") - 4)
        counter.requests += kind in ANSWERED
        writer.write(kind + length + body)
        await writer.drain()
        kind = await reader.readexactly(1)


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
