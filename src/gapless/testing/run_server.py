"""The PostgreSQL server of one test run, and the desk at which the workers of pytest-xdist ask for it.

The process that starts the run has the server, because it outlives every worker. It learns only from the workers
whether a server is needed, so they ask: a run that needs none starts none.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self
from uuid import uuid4

if TYPE_CHECKING:
    from gapless.embedded import EmbeddedServer

HERE = "127.0.0.1"
VISITOR_SECONDS = 5


class Served(NamedTuple):
    """What a process of the run is told: the server, and how the names of all databases of the run begin."""

    url: str
    run: str


class RunServer:
    """The server of a run: one that is there already, or an embedded one, started when it is first asked for.

    Args:
        given: the address of a database of a running server; None to start an embedded one.
    """

    def __init__(self, given: str | None) -> None:
        self._given = given
        self._embedded: EmbeddedServer | None = None
        self._served: Served | None = None

    def served(self) -> Served:
        """The server and the name of the run.

        Raises:
            EmbeddedServerUnavailable: no address was given, and no server could be started.
            StoreUnavailable: the given address can't be read, or is not an address of PostgreSQL.
        """
        if self._served is None:
            self._served = Served(self._url(), f"gapless_{uuid4().hex[:12]}")
        return self._served

    def close(self) -> None:
        """Stops the server that was started, or drops the databases of the run from the one that was given.

        If that one can't be reached any more, nothing fails that has not failed already: it is only said.

        Raises:
            EmbeddedServerUnavailable: the server that was started does not stop.
        """
        if self._embedded is not None:
            self._embedded.stop()
        elif self._served is not None:
            from gapless.kit.errors import StoreUnavailable  # noqa: PLC0415  # loaded after runs with databases only
            from gapless.testing.run_databases import dropped_databases, run_apart  # noqa: PLC0415  # as above

            try:
                run_apart(dropped_databases(*self._served))
            except StoreUnavailable as error:
                sys.stderr.write(
                    f"gapless: no database whose name begins with {self._served.run} was dropped: {error}\n"
                )

    def _url(self) -> str:
        if self._given is not None:
            from gapless.adapters.postgres.connections.engine import normalised_url  # noqa: PLC0415  # loads SQLAlchemy

            return normalised_url(self._given).render_as_string(hide_password=False)
        from gapless.embedded import EmbeddedServer  # noqa: PLC0415  # loaded by runs that start one only

        self._embedded = EmbeddedServer.start()
        return self._embedded.url()


class ServerDesk:
    """Tells the server to workers that connect from this machine and know the desk's secret, one after the other."""

    def __init__(self, server: RunServer, listener: socket.socket) -> None:
        self._server = server
        self._listener = listener
        self._secret = secrets.token_hex(16)
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="gapless server desk", daemon=True)

    @property
    def address(self) -> str:
        """Where it is, with its secret: what a worker has to be told, and nobody else."""
        return f"{self._listener.getsockname()[1]} {self._secret}"

    @classmethod
    def open(cls, server: RunServer) -> Self:
        """Opens the desk of a server; from then on only the desk asks for it."""
        desk = cls(server, socket.create_server((HERE, 0)))
        desk._thread.start()
        return desk

    def close(self) -> None:
        """Closes the desk, after the answer that it is giving; the server stays."""
        self._closing = True
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing:
            visitor, _ = self._listener.accept()
            visitor.settimeout(VISITOR_SECONDS)
            # A worker that was killed meanwhile does not listen, and a stranger may not speak.
            with suppress(OSError), visitor, visitor.makefile("rwb") as talk:
                if secrets.compare_digest(talk.read(len(self._secret)), self._secret.encode()):
                    talk.write(json.dumps(self._answer()).encode())

    def _answer(self) -> dict[str, str]:
        try:
            return self._server.served()._asdict()
        except Exception as error:  # noqa: BLE001  # whatever it is, the worker that waits has to hear of it
            return {"failure": str(error)}


def ask_desk(address: str) -> Served:
    """Asks the process that started the run for its server, and waits until there is one.

    Args:
        address: where its desk is, and the desk's secret.

    Raises:
        EmbeddedServerUnavailable: there is no server for this run; the message says why.
    """
    from gapless.embedded import EmbeddedServerUnavailable  # noqa: PLC0415  # loaded by workers that need a server only

    answer = {"failure": "The process that started the tests does not answer."}
    port, secret = address.split()
    with suppress(OSError, ValueError), socket.create_connection((HERE, int(port))) as desk:
        desk.sendall(secret.encode())
        with desk.makefile("rb") as told:
            answer = json.loads(told.read())
    if failure := answer.get("failure"):
        raise EmbeddedServerUnavailable(failure)
    return Served(**answer)
