"""Who watches over an embedded server: by what it ends, and how long it is waited for."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from gapless.embedded import EmbeddedServer, EmbeddedServerUnavailable, server

SENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def heeded() -> Iterator[None]:
    """Lets this process ignore no signal, as one in the background does: what it starts would ignore that as well."""
    before = {each: signal.signal(each, lambda *_: None) for each in SENT}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.asyncio
@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.name)
async def test_a_signal_ends_no_watch(sent: signal.Signals) -> None:
    """A signal that ends programs does not end the one that watches, for then nobody would stop the server."""
    with EmbeddedServer.start() as running:
        os.kill(running._sitter.pid, sent)  # nobody else has a reason to know it
        connection = await asyncpg.connect(running.url().replace("+asyncpg", ""))
        process = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.close()
        assert running._sitter.poll() is None  # as above
    assert process
    assert not running.directory.exists()


def test_a_server_that_does_not_start_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has heard nothing of a server for so long is told so, with what else there is to try."""
    silent = tmp_path / "silent.py"
    silent.write_text("import sys\nsys.stdin.read()\n")
    monkeypatch.setattr(server, "SITTER", silent)
    monkeypatch.setattr(server, "START_SECONDS", 0.2)
    with pytest.raises(EmbeddedServerUnavailable, match=r"did not start within 0.2 s"):
        EmbeddedServer.start()
