"""What keeps an application from being opened: an error of its own, without a password, and nothing stays connected."""

from __future__ import annotations

import asyncio
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections.engine import normalised_url
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import (
    AccessDenied,
    DatabaseFull,
    DatabaseNotMigrated,
    DatabaseTooNew,
    DatabaseUnreachable,
    DatabaseUnsuitable,
    GaplessError,
    StoreUnavailable,
    TooManyConnections,
)
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database, url_of
from tests.integration.store.conftest import own_engine
from tests.properties import bounded

SECRET = "hunter2secret"  # noqa: S105  # of nobody


def assert_tells_nothing(error: GaplessError, *secrets: str) -> None:
    """That none of the secrets is in anything that a log or an answer would show, the causes included."""
    shown = "".join([str(error), repr(error), str(error.to_dict()), *traceback.format_exception(error)])
    assert not [secret for secret in (SECRET, *secrets) if secret in shown]
    assert error.message.endswith(".")


async def entered(url: str | None = None, engine: AsyncEngine | None = None) -> None:
    """Open an application, and do nothing with it."""
    async with gapless.open(url, engine=engine):
        pytest.fail("it was opened")


async def refused(url: URL | str, kind: type[StoreUnavailable], code: str, *, seconds: float | None = None) -> None:
    """See that checking a store and opening an application say the same.

    Args:
        url: the address.
        kind: the class of the error.
        code: its code.
        seconds: how long connecting may take; then the application is not opened by the url alone, but by an engine.
    """
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    async with own_engine(text, seconds=seconds or 5.0) as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS)
        tries = [store.check(), entered(engine=engine), *([] if seconds else [entered(text)])]
        errors = await asyncio.gather(*tries, return_exceptions=True)
    for error in errors:
        assert isinstance(error, GaplessError)
        assert (type(error), error.code) == (kind, code)
        assert_tells_nothing(error, text)
    assert len({str(error) for error in errors}) == 1


async def nothing_left(server_url: str, url: str) -> None:
    """See that nobody is connected to a database: else it could not be dropped without force."""
    async with connected(server_url) as server:
        await server.execute(f'DROP DATABASE "{make_url(url).database}"')


@asynccontextmanager
async def refusing_server(directory: Path, state: str) -> AsyncIterator[URL]:
    """A server that answers whoever comes with an error of this SQLSTATE; its address has a password."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        fields = b"SFATAL\0VFATAL\0C" + state.encode() + b"\0Mno\0\0"
        writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
        writer.close()

    server = await asyncio.start_unix_server(answer, directory / ".s.PGSQL.5432")
    query = {"host": str(directory), "port": "5432"}
    try:
        yield URL.create("postgresql", username="ann", password=SECRET, database="app", query=query)
    finally:
        server.close()
        await server.wait_closed()


REFUSALS: dict[str, type[StoreUnavailable]] = {
    "28P01": AccessDenied,
    "28000": AccessDenied,
    "3D000": AccessDenied,
    "53100": DatabaseFull,
    "53300": TooManyConnections,
    "57P03": DatabaseUnreachable,
    "08P01": DatabaseUnreachable,
    "XX000": StoreUnavailable,
}


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="gapless-") as name:
        yield Path(name)


@pytest.mark.asyncio
@pytest.mark.parametrize(("state", "kind"), REFUSALS.items())
async def test_server_that_refuses(short_path: Path, state: str, kind: type[StoreUnavailable]) -> None:
    """Whatever a server refuses with, a password, a role, a database or for want of room: each has its class."""
    async with refusing_server(short_path, state) as url:
        await refused(url, kind, kind.code)


@pytest.mark.asyncio
async def test_nobody_there(short_path: Path) -> None:
    """A port where nobody listens, and a socket that is not there, are DatabaseUnreachable."""
    listener = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    await refused(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/app", DatabaseUnreachable, "database_unreachable")
    await refused(f"postgresql://ann:{SECRET}@/app?host={short_path}", DatabaseUnreachable, "database_unreachable")


@pytest.mark.asyncio
async def test_server_that_never_answers() -> None:
    """A server that accepts and says nothing is DatabaseUnreachable, soon after the time for connecting is over."""
    silent: list[asyncio.StreamWriter] = []
    listener = await asyncio.start_server(lambda _, writer: silent.append(writer), "127.0.0.1", 0)
    url = f"postgresql://ann:{SECRET}@127.0.0.1:{listener.sockets[0].getsockname()[1]}/app"
    async with asyncio.timeout(3):
        await refused(url, DatabaseUnreachable, "database_unreachable", seconds=0.2)
    for writer in silent:
        writer.close()
    listener.close()
    await listener.wait_closed()


@pytest.mark.asyncio
async def test_missing_database(server_url: str) -> None:
    """A database that is not there is AccessDenied."""
    await refused(url_of(server_url, "gapless_nowhere"), AccessDenied, "access_denied")


@pytest.mark.asyncio
async def test_database_that_was_not_migrated(server_url: str, database_name: str) -> None:
    """A database without migrations is DatabaseNotMigrated."""
    async with copied_database(server_url, "template1", f"{database_name}_bare") as url:
        await refused(url, DatabaseNotMigrated, "database_not_migrated")
        await nothing_left(server_url, url)


@pytest.mark.asyncio
async def test_database_of_a_newer_version(server_url: str, template: str, database_name: str) -> None:
    """A database at a revision that this version does not know is DatabaseTooNew."""
    async with copied_database(server_url, template, f"{database_name}_later") as url:
        async with connected(url) as database:
            await database.execute(f"UPDATE {SCHEMA}.alembic_version SET version_num = 'gapless_9999'")  # noqa: S608
        await refused(url, DatabaseTooNew, "database_too_new")
        await nothing_left(server_url, url)


@pytest.mark.asyncio
async def test_database_of_another_encoding(server_url: str, database_name: str) -> None:
    """A database that is not encoded in UTF8 is DatabaseUnsuitable."""
    name = f"{database_name}_sql_ascii"
    async with connected(server_url) as server:
        await server.execute(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'SQL_ASCII' "
            "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    await refused(url_of(server_url, name), DatabaseUnsuitable, "database_unsuitable")
    await nothing_left(server_url, url_of(server_url, name))


# A scheme is told, because nobody would take it for a password; so it is over before the password begins.
URLS = st.from_regex(r"(postgres(ql)?(\+asyncpg)?|mysql|)(:|:?//|@)[a-z@:/?%=\[\] ]{0,12}", fullmatch=True)


@bounded(200)
@given(before=URLS, after=st.text(alphabet="ab@:/?#%=&[] 1", max_size=12))
def test_no_refused_url_is_told(before: str, after: str) -> None:
    """An address that can't be read is StoreUnavailable, and a password in it stands nowhere in the error."""
    try:
        normalised_url(before + SECRET + after)
    except StoreUnavailable as error:
        assert_tells_nothing(error)


@pytest.mark.parametrize(
    "url", ["", "not a url", f"mysql://ann:{SECRET}@host/app", f"postgresql://ann:{SECRET}@host:port/app"]
)
@pytest.mark.asyncio
async def test_what_is_no_url(url: str) -> None:
    """What is no address of PostgreSQL is StoreUnavailable, and not repeated: a password may be in it."""
    with pytest.raises(StoreUnavailable) as caught:
        await entered(url)
    assert (type(caught.value), caught.value.code) == (StoreUnavailable, "store_unavailable")
    assert_tells_nothing(caught.value, *filter(None, [url]))


def test_a_url_that_is_told_is_noticed() -> None:
    """A planted fault is caught: an error whose cause tells the password."""
    with pytest.raises(StoreUnavailable) as caught:
        raise StoreUnavailable("It can't be read.") from ValueError(SECRET)
    with pytest.raises(AssertionError):
        assert_tells_nothing(caught.value)
