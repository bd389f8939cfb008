"""What a server that refuses, or is none of PostgreSQL, is said to have done: by name, and with the remedy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

import gapless
from gapless.kit.errors import AccessDenied, StoreUnavailable
from tests.integration.clusters import Cluster, cluster, workshop

pytestmark = pytest.mark.asyncio
HBA = b"host all postgres all trust\nhost all all all scram-sha-256\nlocal all all trust\n"
LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture(scope="module")
def strict() -> Iterator[Cluster]:
    """A server that asks everybody but one role for a password."""
    with workshop() as place, cluster(place, "strict", hba_file=place.keep("hba.conf", HBA)) as found:
        asyncio.run(_with_role(found.url()))
        yield found


async def _with_role(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE ROLE ann LOGIN PASSWORD 'right'")
    await connection.close()


@pytest_asyncio.fixture
async def web() -> AsyncIterator[int]:
    """The port of a server that speaks HTTP."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield int(listener.sockets[0].getsockname()[1])
    listener.close()


async def told(url: str) -> StoreUnavailable:
    """The error with which it is refused."""
    with pytest.raises(StoreUnavailable) as caught:
        async with gapless.open(url, verify=False):
            pass
    return caught.value


async def test_roles_and_databases_are_named(strict: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused role, a database that is not there and a password that nobody gave are named, and no password is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    place = f"127.0.0.1:{strict.port}"
    for url, sentence in (
        (strict.url("nowhere"), f"There is no such database as nowhere ({place})."),
        (f"postgresql://ann:wrong@{place}/postgres", f"The server refuses the password of role ann ({place})."),
        (f"postgresql://ann@{place}/postgres", f"No password was given for role ann ({place})."),
    ):
        error = await told(url)
        assert isinstance(error, AccessDenied)
        assert error.message == sentence


async def test_a_file_of_passwords_that_is_left_unread_is_told_of(strict: Cluster, tmp_path: Path) -> None:
    """Whose password stands in a file that others may read is told so; the same file for himself alone opens."""
    path = tmp_path / "passwords"
    path.write_text("*:*:*:ann:right\n")
    path.chmod(0o644)
    url = f"postgresql://ann@127.0.0.1:{strict.port}/postgres?passfile={path}"
    assert "chmod 600" in (await told(url)).message
    path.chmod(0o600)
    async with gapless.open(url, verify=False):
        pass


@pytest.mark.parametrize("mode", [None, "disable", "allow", "prefer", "require", "verify-full"])
async def test_a_server_of_another_protocol(web: int, mode: str | None) -> None:
    """A server that speaks HTTP is told to be none of PostgreSQL, whatever sslmode says."""
    query = "" if mode is None else f"?sslmode={mode}"
    query += "&sslrootcert=system" if mode == "verify-full" else ""
    message = (await told(f"postgresql://u@127.0.0.1:{web}/db{query}")).message
    assert "does not speak PostgreSQL's protocol" in message or "be no PostgreSQL" in message.replace("is no", "be no")


@pytest.mark.parametrize("limit", LIMITS)
async def test_limits_that_leave_no_time_to_open(strict: Cluster, limit: str) -> None:
    """A limit in options that is too short for opening is named, and nothing is said of units or of TLS."""
    messages = []
    for _ in range(5):  # which of the first requests meets it, is open; so may be whether one does
        try:
            async with gapless.open(f"{strict.url()}?options=-c%20{limit}%3D1", verify=False):
                pass
        except StoreUnavailable as error:
            messages.append(error.message)
    assert all(limit in message and "TLS" not in message for message in messages), messages
