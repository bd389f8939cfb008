"""A proxy between a client and a PostgreSQL server that reads what the client says, and can break the connection."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from sqlalchemy import URL, make_url

PORT = 5432
CHUNK = 65536


class Fate(enum.Enum):
    """What becomes of a message and its connection."""

    FORWARD = "forward"
    BREAK = "break"
    BREAK_AFTERWARDS = "break afterwards"
    SWALLOW_THE_ANSWER = "swallow the answer"
    VANISH = "vanish"


@attrs.frozen
class Message:
    """A message of the frontend protocol: its type (empty for the first of a connection) and its content."""

    kind: bytes
    body: bytes

    @property
    def is_request(self) -> bool:
        """Whether the client waits for its answer: a simple query, or the end of an extended one or of a COPY."""
        return self.kind in (b"Q", b"S", b"c")


def forward(_: Message) -> Fate:
    """Every message passes."""
    return Fate.FORWARD


def at_commit(fate: Fate) -> Callable[[Message], Fate]:
    """A COMMIT meets this fate, everything else passes."""
    return lambda message: fate if message.kind == b"Q" and message.body.startswith(b"COMMIT") else Fate.FORWARD


@attrs.define
class Proxy:
    """What a test sees of the proxy.

    Attributes:
        url: the server's address through the proxy.
        messages: what clients have said.
        decide: what becomes of a message.
        silent: whether nothing passes any more, either way, and nothing is closed: as when packets vanish.
    """

    url: URL
    messages: list[Message] = attrs.field(factory=list)
    decide: Callable[[Message], Fate] = forward
    silent: bool = False

    @property
    def requests(self) -> int:
        """How many requests have passed."""
        return sum(message.is_request for message in self.messages)

    def said(self, kind: bytes) -> int:
        """How many messages of a type have passed."""
        return sum(message.kind == kind for message in self.messages)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """Stand before a server for the time of a block."""
    server, links = make_url(url), set[asyncio.Task[None]]()
    with tempfile.TemporaryDirectory(prefix="gapless-") as directory:
        proxy = Proxy(server.set(host=None, port=None, query={"host": directory, "port": str(PORT)}))

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = asyncio.create_task(_link(proxy, server, reader, writer))
            links.add(link)
            link.add_done_callback(links.discard)
            link.add_done_callback(lambda _: writer.close())  # also if it is cancelled before it begins

        listener = await asyncio.start_unix_server(accept, Path(directory) / f".s.PGSQL.{PORT}")
        try:
            yield proxy
        finally:
            listener.close()
            for link in links:
                link.cancel()
            await asyncio.gather(*links, return_exceptions=True)
            await listener.wait_closed()


async def connect_to(server: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a stream to a server, over its unix socket or TCP."""
    host = str(server.query.get("host", server.host or "localhost"))
    port = int(str(server.query.get("port", server.port or PORT)))
    if host.startswith("/"):
        return await asyncio.open_unix_connection(Path(host) / f".s.PGSQL.{port}")
    return await asyncio.open_connection(host, port)


async def _link(proxy: Proxy, server: URL, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward one client's connection, both ways, until either side ends it."""
    if proxy.silent:
        await reader.read()
        return
    async with contextlib.AsyncExitStack() as ends:
        server_reader, server_writer = await connect_to(server)
        ends.callback(server_writer.close)
        answers = asyncio.create_task(_answers(proxy, server_reader, writer))
        requests = asyncio.create_task(_requests(proxy, reader, server_writer, answers))
        ends.push_async_callback(_ended, requests, answers)
        await asyncio.wait([requests, answers], return_when=asyncio.FIRST_COMPLETED)
        if answers.cancelled():  # an answer is to be swallowed: the client waits
            await asyncio.wait([requests])


async def _ended(*ways: asyncio.Task[None]) -> None:
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)


async def _requests(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: asyncio.Task[None]
) -> None:
    """Forward the client's messages. The first has no type; of each, four bytes give the length with themselves."""
    kind, fate = b"", Fate.FORWARD
    while fate is not Fate.BREAK_AFTERWARDS:
        length = await reader.readexactly(4)
        message = Message(kind, await reader.readexactly(int.from_bytes(length, "big") - 4))
        proxy.messages.append(message)
        fate = proxy.decide(message)
        if fate is Fate.BREAK:
            return
        if fate is Fate.VANISH:
            proxy.silent = True
        if proxy.silent:
            await reader.read()  # until the client gives up
            return
        if fate is not Fate.FORWARD:
            answers.cancel()
        writer.write(kind + length + message.body)
        await writer.drain()
        kind = await reader.readexactly(1) if fate is not Fate.BREAK_AFTERWARDS else b""


async def _answers(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        if proxy.silent:
            await asyncio.Event().wait()
        writer.write(chunk)
        await writer.drain()
