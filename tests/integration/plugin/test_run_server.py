"""The server of a test run and the desk that tells it, in this process."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gapless.embedded import EmbeddedServerUnavailable
from gapless.testing.run_server import HERE, RunServer, ServerDesk, ask_desk


class CountingServer(RunServer):
    """A server that counts how often it is started, or can't be."""

    def __init__(self, failure: str = "") -> None:
        super().__init__(None)
        self.failure = failure
        self.started = 0

    def _url(self) -> str:
        if self.failure:
            raise EmbeddedServerUnavailable(self.failure)
        self.started += 1
        return "postgresql+asyncpg://somewhere/postgres"


def test_one_server_for_all() -> None:
    """Workers that ask at once are told one server, which is started once, and only when one of them asks."""
    server = CountingServer()
    desk = ServerDesk.open(server)
    assert server.started == 0
    with ThreadPoolExecutor(4) as workers:
        told = set(workers.map(ask_desk, [desk.address] * 8))
    desk.close()
    assert server.started == 1
    assert told == {server.served()}


def test_failure_is_told() -> None:
    """A worker is told why there is no server, and so is the next."""
    desk = ServerDesk.open(CountingServer("no programs"))
    for _ in range(2):
        with pytest.raises(EmbeddedServerUnavailable, match="no programs"):
            ask_desk(desk.address)
    desk.close()


def test_strangers_are_told_nothing() -> None:
    """Who doesn't know the desk's secret gets no answer: the address of a server may hold a password."""
    server = CountingServer()
    desk = ServerDesk.open(server)
    port = int(desk.address.split()[0])
    with socket.create_connection((HERE, port)) as stranger:
        stranger.sendall(b"x" * 32)
        assert stranger.recv(1000) == b""
    socket.create_connection((HERE, port)).close()
    assert ask_desk(desk.address).run == server.served().run
    desk.close()
    assert server.started == 1


def test_nobody_waits_for_a_closed_desk() -> None:
    """A worker that outlives the controller is told so at once."""
    desk = ServerDesk.open(CountingServer())
    address = desk.address
    desk.close()
    with pytest.raises(EmbeddedServerUnavailable, match="does not answer"):
        ask_desk(address)


def test_given_server_is_not_started(server_url: str) -> None:
    """A given address is told as SQLAlchemy wants it, and each run has a name of its own."""
    plain = server_url.replace("postgresql+asyncpg://", "postgres://")
    first, second = RunServer(plain).served(), RunServer(plain).served()
    assert first.url.startswith("postgresql+asyncpg://")
    assert make_url(first.url) == make_url(server_url)
    assert first.run != second.run


def test_started_server_ends_with_the_run() -> None:
    """A server that was started for the run is gone after its end; ending a run that needed none does nothing."""
    RunServer(None).close()
    server = RunServer(None)
    url = server.served().url
    directory = Path(str(make_url(url).query["host"]))
    assert directory.exists()
    server.close()
    assert not directory.exists()
