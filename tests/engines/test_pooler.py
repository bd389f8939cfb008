"""The pooler of the tests: an ordinary user's, it shares backends, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from tests.pooler import READY_SECONDS, Pooler, PoolerUnavailable, find_pgbouncer, pgbouncer

pytestmark = pytest.mark.usefixtures("require_pooler")
ROOT = Path(__file__).parents[2]
OWNER = """
from tests.pooler import pgbouncer
with pgbouncer(sys.argv[1]) as pooler:
    print(pooler.log.parent, flush=True)
    sys.stdin.read()
"""


def processes_of(directory: Path) -> list[int]:
    """Who was started with a directory among its arguments."""
    told = subprocess.run(["/bin/ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in told.splitlines() if str(directory) in line]


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_owner(way: signal.Signals, server_url: str) -> None:
    """However the process ends that started it, the pooler ends, and its directory is removed."""
    command = [sys.executable, "-c", OWNER, server_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as owner:
        assert owner.stdout is not None
        directory = Path(owner.stdout.readline().strip())
        assert processes_of(directory)
        os.kill(owner.pid, way)
    deadline = time.monotonic() + READY_SECONDS
    while directory.exists() or processes_of(directory):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_is_an_ordinary_users(server_url: str) -> None:
    """Started by root it runs as nobody, started by anybody else as they."""
    with pgbouncer(server_url) as pooler:
        assert pooler.log.owner() == ("nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
        directory = pooler.log.parent
    assert not directory.exists()


@pytest.mark.asyncio
async def test_clients_share_backends(server_url: str) -> None:
    """More clients than backends are served, and one client has different backends."""
    async with AsyncExitStack() as stack:
        pooler = stack.enter_context(pgbouncer(server_url, pool_size=2))
        one, other, *more = [await stack.enter_async_context(client(pooler)) for _ in range(6)]
        first = await backend(one)
        await other.execute("BEGIN")
        assert await backend(other) == first
        second = await backend(one)
        assert second != first
        await other.execute("COMMIT")
        assert {*await asyncio.gather(*[backend(another) for another in more])} <= {first, second}


@asynccontextmanager
async def client(pooler: Pooler) -> AsyncIterator[asyncpg.Connection]:
    """A client that prepares nothing for later."""
    address = make_url(pooler.address()).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address, statement_cache_size=0)
    yield connection
    await connection.close()


async def backend(client: asyncpg.Connection) -> int:
    """The process of the server that answers a client."""
    return int(await client.fetchval("SELECT pg_backend_pid()", timeout=30))


def test_what_it_does_not_take_is_told(server_url: str) -> None:
    """A pooler that does not start is an error with its own words."""
    with pytest.raises(PoolerUnavailable, match="pool_mode"), pgbouncer(server_url, settings={"pool_mode": "none"}):
        pytest.fail("it started")


def test_it_is_looked_for_where_systems_keep_it(tmp_path: Path) -> None:
    """The program is found on the path, and beside it where systems keep what administrators run."""
    assert find_pgbouncer({"PATH": str(tmp_path)}) == find_pgbouncer()
    (tmp_path / "pgbouncer").write_text("#!/bin/sh\n")
    (tmp_path / "pgbouncer").chmod(0o755)
    assert find_pgbouncer({"PATH": str(tmp_path)}) == str(tmp_path / "pgbouncer")


@pytest.mark.rows("options, status, outcome", [(("--require-pooler",), 1, "ERROR"), ((), 0, "SKIPPED")])
def test_without_the_program(options: tuple[str, ...], status: int, outcome: str) -> None:
    """Where PgBouncer is not installed its tests are skipped, or fail if the run insists on it, and say the remedy."""
    hidden = "import sys, pytest, tests.pooler; tests.pooler.SYSTEM_FOLDERS = ''; sys.exit(pytest.main(sys.argv[1:]))"
    early = "-Wignore::pytest.PytestAssertRewriteWarning"  # what hides the program is loaded before pytest
    chosen = [
        "-rsE",
        early,
        "-p",
        "no:cacheprovider",
        *options,
        "tests/engines/test_pooler.py::test_clients_share_backends",
    ]
    environment = {**os.environ, "PATH": "/nowhere"}
    command = [sys.executable, "-c", hidden, *chosen]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == status, done.stdout
    assert outcome in done.stdout
    assert "apt-get install" in done.stdout
