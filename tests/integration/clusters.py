"""PostgreSQL clusters of a test's own, with TCP, TLS and standbys; made by the programs of the embedded server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from gapless.embedded import Programs, find_programs, watchdog

DEBIAN = Path("/usr/lib/postgresql")
READY_SECONDS = 60
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "fsync": "off",
    "timezone": "UTC",
}


@attrs.frozen
class Workshop:
    """Where clusters are made.

    Attributes:
        directory: a folder of the server's user.
        programs: what they are made by, where that user can run them.
        major: their version.
    """

    directory: Path
    programs: Path
    major: int

    @property
    def log(self) -> Path:
        """What the programs have said."""
        return self.directory / "log"

    def run(self, *command: str | Path) -> None:
        """Runs a program to its end, as the server's user."""
        launched = watchdog.launch([*map(str, command)], self.log, watchdog.server_account())
        assert launched.wait(READY_SECONDS) == 0, watchdog.tail(self.log)

    def keep(self, name: str, content: bytes) -> Path:
        """Writes a file that the server's user alone may read."""
        path = self.directory / name
        path.write_bytes(content)
        path.chmod(0o600)
        watchdog.own(path, watchdog.server_account())
        return path


@attrs.define
class Cluster:
    """One server, which may be started and stopped.

    Attributes:
        workshop: where it was made.
        data: its folder.
        port: where it listens.
    """

    workshop: Workshop
    data: Path
    port: int
    _server: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", host: str = "127.0.0.1") -> str:
        """Its address."""
        return f"postgresql://postgres@{host}:{self.port}/{database}"

    def start(self, **settings: str | Path) -> None:
        """Starts it, and waits until it answers."""
        said = {**SETTINGS, "port": self.port, "unix_socket_directories": self.workshop.directory, **settings}
        options = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.workshop.programs / "postgres"), "-D", str(self.data), *options]
        self._server = watchdog.launch(command, self.workshop.log, watchdog.server_account())
        deadline = time.monotonic() + READY_SECONDS
        while not watchdog.answers(self.workshop.directory / f".s.PGSQL.{self.port}"):
            assert self._server.poll() is None, watchdog.tail(self.workshop.log)
            assert time.monotonic() < deadline, watchdog.tail(self.workshop.log)
            time.sleep(0.02)

    def stop(self) -> None:
        """Stops it and cuts off who is connected; a server that is stopped stays so."""
        if self._server is not None:
            watchdog.stop(self._server)
            self._server = None

    def promote(self) -> None:
        """Makes a primary of a standby, and waits until it is one."""
        self.workshop.run(self.workshop.programs / "pg_ctl", "promote", "-w", "-D", self.data)


@contextmanager
def workshop(programs: Programs | None = None) -> Iterator[Workshop]:
    """A place for clusters, removed at the end."""
    account, found = watchdog.server_account(), programs or find_programs()
    directory = watchdog.make_directory(account)
    try:
        yield Workshop(directory, watchdog.reachable_programs(found.directory, directory, account), found.major)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def cluster(place: Workshop, name: str, **settings: str | Path) -> Iterator[Cluster]:
    """A new cluster that runs for the time of a block."""
    data = place.directory / name
    order = watchdog.Order(programs=place.programs, major=place.major, data=None)
    place.run(*watchdog.initdb_command(place.programs, data, order))
    made = Cluster(place, data, free_port())
    try:
        made.start(**settings)
        yield made
    finally:
        made.stop()
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def standby_of(primary: Cluster, name: str) -> Iterator[Cluster]:
    """A standby of a cluster, made by pg_basebackup."""
    place = primary.workshop
    made = Cluster(place, place.directory / name, free_port())
    place.run(
        place.programs / "pg_basebackup",
        *("-d", f"host={place.directory} port={primary.port} user=postgres"),
        *("-D", made.data, "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.data, ignore_errors=True)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def programs_with_tls() -> Programs | None:
    """Programs that were built with TLS, which those of the wheel are not; None if the machine has none."""
    for folder in [None, *sorted(DEBIAN.glob("*/bin"), reverse=True)]:
        with suppress(Exception):
            found = find_programs(os.environ if folder is None else {"GAPLESS_PG_BIN": str(folder)})
            built = subprocess.run(
                [found.directory / "pg_config", "--configure"], capture_output=True, text=True, check=True
            ).stdout
            if "--with-openssl" in built or "--with-ssl" in built:
                return found
    return None
