"""The owner's side of an embedded server: it starts the server, knows its address and stops it."""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from gapless.embedded.errors import EmbeddedServerUnavailable
from gapless.embedded.programs import Programs, find_programs

SITTER = Path(__file__).with_name("watchdog.py")
START_SECONDS = 120
STOP_SECONDS = 40
PORT = 5432
OTHERS = "Set GAPLESS_PG_BIN to use other programs, or GAPLESS_DATABASE_URL to use a server that runs already."


class EmbeddedServer:
    """A running PostgreSQL server that belongs to this process and ends with it, at the latest.

    Leaving the `with` block stops it and removes its directory; both happen also when this process is killed, because
    a small program sits beside the server and notices. Only a process forked from this one, without another program
    started in it, prolongs the server's life.
    """

    def __init__(self, sitter: subprocess.Popen[bytes], directory: Path, programs: Programs) -> None:
        self._sitter = sitter
        self.directory = directory
        """The folder of its socket, and of its data if no `data_dir` was given."""
        self.programs = programs
        """The programs from which it was started."""

    @classmethod
    def start(cls, data_dir: Path | None = None, *, environment: Mapping[str, str] = os.environ) -> Self:
        """Start a server and wait until it answers: about a second, half of it for a new cluster.

        Started by root, the server runs as the user `nobody`, since PostgreSQL refuses to run as root.

        Args:
            data_dir: a folder in which the data is kept after the server ends; it is made if it is not there. Without
                it the server is faster, because nothing is flushed to the disk, and all data is removed at the end.
            environment: the variables from which `GAPLESS_PG_BIN` and `PATH` are read to find the programs.

        Returns:
            The running server, to be used in a `with` statement.

        Raises:
            EmbeddedServerUnavailable: no programs were found, or the server did not start; the message holds the end
                of the server's log.
        """
        programs = find_programs(environment)
        sitter = _start_sitter(programs, data_dir)
        try:
            return cls(sitter, _await_directory(sitter, programs), programs)
        except BaseException:
            _end_sitter(sitter)
            raise

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database of this server, for SQLAlchemy with asyncpg."""
        return (
            f"postgresql+asyncpg://postgres@/{quote(database, safe='')}?host={quote(str(self.directory))}&port={PORT}"
        )

    def stop(self) -> None:
        """Stop the server and remove its directory; connected clients are cut off. Stopping twice is harmless.

        Raises:
            EmbeddedServerUnavailable: the server did not stop within 40 s.
        """
        _end_sitter(self._sitter)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _start_sitter(programs: Programs, data_dir: Path | None) -> subprocess.Popen[bytes]:
    order = {
        "programs": str(programs.directory),
        "major": programs.major,
        "data": str(data_dir.absolute()) if data_dir else None,
    }
    # In a session of its own it does not get the terminal's Ctrl-C.
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", str(SITTER), json.dumps(order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _await_directory(sitter: subprocess.Popen[bytes], programs: Programs) -> Path:
    source = f"PostgreSQL {programs.major} from {programs.directory} ({programs.origin})"
    if sitter.stdout is None or not select.select([sitter.stdout], [], [], START_SECONDS)[0]:
        raise EmbeddedServerUnavailable(f"{source} did not start within {START_SECONDS} s.\n{OTHERS}")
    line = sitter.stdout.readline()
    with contextlib.suppress(ValueError, KeyError):
        return Path(json.loads(line)["directory"])
    try:
        reason = str(json.loads(line)["failure"])
    except (ValueError, KeyError):
        # This is not the sitter's protocol: its interpreter failed, and wrote more than one line.
        reason = (line + sitter.stdout.read()).decode(errors="replace").strip() or "its watchdog gave no reason"
    raise EmbeddedServerUnavailable(f"{source} did not start: {reason}\n{OTHERS}")


def _end_sitter(sitter: subprocess.Popen[bytes]) -> None:
    if sitter.stdin:
        sitter.stdin.close()
    try:
        sitter.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired as error:
        sitter.kill()
        raise EmbeddedServerUnavailable(f"the server did not stop within {STOP_SECONDS} s") from error
    finally:
        if sitter.stdout:
            sitter.stdout.close()
