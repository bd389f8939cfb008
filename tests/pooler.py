"""PgBouncer in transaction mode before a server, as an ordinary user; it ends with the process that started it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
from sqlalchemy import URL, make_url

from gapless.embedded.watchdog import make_directory, own, server_account

PORT = 6432
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
REMEDY = "PgBouncer is not installed: `apt-get install --no-install-recommends pgbouncer`, or let .ci/run do it."
# A shell sits beside it and waits for the end of its input, which comes however the process that holds it ends. The
# program has nothing to lose, and newer ones take other signals for a wish to wait until every client has gone.
SITTER = '"$1" "$2/pgbouncer.ini" & cat >/dev/null; kill -KILL "$!"; wait "$!"; rm -rf "$2"'


class PoolerUnavailable(RuntimeError):
    """PgBouncer did not start; the message holds what it logged."""


@attrs.frozen(kw_only=True)
class Pooler:
    """A running PgBouncer.

    Attributes:
        url: the address of the server's database through it.
        log: what it has logged.
    """

    url: URL
    log: Path

    def address(self, url: str | None = None, **query: str) -> str:
        """The address of a database through it, as text.

        Args:
            url: the address of the database at the server; the one that it was started for if there is none.
            query: parameters that the address has besides.
        """
        database = self.url.database if url is None else make_url(url).database
        found = self.url.set(database=database).update_query_dict(query)
        return found.render_as_string(hide_password=False)


def find_pgbouncer(environment: Mapping[str, str] = os.environ) -> str | None:
    """The program, on the path or where systems keep what administrators run; None if there is none."""
    return shutil.which("pgbouncer", path=f"{environment.get('PATH', '')}:{SYSTEM_FOLDERS}")


@contextmanager
def pgbouncer(
    server: str, *, pool_size: int = 2, settings: Mapping[str, object] | None = None, roles: Sequence[str] = ()
) -> Iterator[Pooler]:
    """Runs PgBouncer in transaction mode before a server for the time of a block.

    Args:
        server: the address of a database of the server.
        pool_size: how many backends the clients of a role and a database share.
        settings: what its configuration says besides, or instead.
        roles: who may come besides the role of the address.

    Raises:
        PoolerUnavailable: it is not installed, or did not start.
    """
    program = find_pgbouncer()
    if program is None:
        raise PoolerUnavailable(REMEDY)
    account = server_account()
    directory = make_directory(account)
    _configure(directory, make_url(server), {"default_pool_size": pool_size, **(settings or {})}, roles)
    for path in directory.iterdir():
        own(path, account)
    with _sitter(program, directory, account):
        _await_ready(directory)
        at, query = make_url(server), {"host": str(directory), "port": str(PORT)}
        url = URL.create(at.drivername, at.username, at.password, database=at.database, query=query)
        yield Pooler(url=url, log=directory / "log")


@contextmanager
def _sitter(program: str, directory: Path, account: pwd.struct_passwd | None) -> Iterator[None]:
    """Runs the program for the time of a block, as that user if there is one."""
    with (directory / "output").open("wb") as output:
        sitter = subprocess.Popen(
            ["/bin/sh", "-c", SITTER, "sh", program, str(directory)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    try:
        yield
    finally:
        sitter.communicate(timeout=STOP_SECONDS)


def _configure(directory: Path, server: URL, settings: Mapping[str, object], roles: Sequence[str]) -> None:
    host = server.query.get("host", server.host or "localhost")
    port = server.query.get("port", server.port or 5432)
    told = {
        "pool_mode": "transaction",
        "listen_addr": "",
        "listen_port": PORT,
        "unix_socket_dir": directory,
        "auth_type": "trust",
        "auth_file": directory / "users",
        "logfile": directory / "log",
        "max_client_conn": 500,
        **settings,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in told.items())
    (directory / "pgbouncer.ini").write_text(f"[databases]\n* = host={host} port={port}\n[pgbouncer]\n{lines}")
    users = {str(server.username): server.password or "", **dict.fromkeys(roles, "")}
    (directory / "users").write_text("".join(f'"{name}" "{password}"\n' for name, password in users.items()))


def _said(directory: Path) -> str:
    return "".join(file.read_text() for name in ("output", "log") if (file := directory / name).exists())


def _await_ready(directory: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    # Its file is there before it listens, and whoever asks is a client, of whom there may be one at most.
    while "process up" not in (said := _said(directory)):
        # Its sitter stays until the end, so that the program has ended is read in what it has said.
        if time.monotonic() > deadline or "FATAL" in said:
            raise PoolerUnavailable(f"PgBouncer did not start:\n{said}")
        time.sleep(0.01)
