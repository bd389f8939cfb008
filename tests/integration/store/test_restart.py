"""A server that is stopped and started again: units work on, on the same engine, with what was kept."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from gapless.adapters.postgres import PostgresStore
from gapless.application.retries import retrying
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.embedded import EmbeddedServer
from gapless.kit.errors import DatabaseUnreachable, GaplessError
from gapless.postgres import migrate
from tests.conftest import SCHEMA
from tests.integration.store.conftest import checked_out, own_engine
from tests.voice.rows import a_user, an_audit_record, created, members


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a short path that the server's user can enter, unlike those of pytest; its data is made once."""
    with tempfile.TemporaryDirectory(prefix="gapless-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def started(folder: Path) -> EmbeddedServer:
    """Start a server on the data in a folder; it is reached through a link there, wherever its socket is."""
    server = await asyncio.to_thread(EmbeddedServer.start, folder / "data")
    (folder / "socket").unlink(missing_ok=True)
    (folder / "socket").symlink_to(server.directory)
    return server


def address(server: EmbeddedServer, folder: Path) -> URL:
    """The address of the server through the link."""
    return make_url(server.url()).set(query={"host": str(folder / "socket"), "port": "5432"})


@pytest.mark.asyncio
async def test_retrying_outlasts_a_restart(folder: Path) -> None:
    """A use case that is retried for some seconds comes to its end, though the server is stopped and started."""
    server = await started(folder)
    try:
        async with own_engine(address(server, folder)) as engine:
            await migrate(engine)
            store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
            organization = await created(store)
            await asyncio.to_thread(server.stop)
            failures, away = list[GaplessError](), asyncio.Event()

            async def count() -> int:
                try:
                    return len(await members(store, organization.id))
                except GaplessError as error:
                    failures.append(error)
                    away.set()
                    raise

            counting = asyncio.create_task(retrying(count, seconds=120))
            await away.wait()
            server = await started(folder)
            assert await counting == 1
            assert {type(error) for error in failures} == {DatabaseUnreachable}
            assert all(error.retryable for error in failures)
    finally:
        await asyncio.to_thread(server.stop)


@pytest.mark.asyncio
async def test_restarted_server(folder: Path) -> None:
    """Units fail while the server is away, and go on when it is back, though every connection of the pool was lost."""
    server = await started(folder)
    try:
        async with own_engine(address(server, folder)) as engine:
            await migrate(engine)
            store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
            organization = await created(store)
            async with AsyncExitStack() as stack:
                for _ in range(3):
                    reading = await stack.enter_async_context(store.reading(organization.id))
                    await reading.of(User).count()
            await asyncio.to_thread(server.stop)
            with pytest.raises(DatabaseUnreachable):
                await members(store, organization.id)
            server = await started(folder)
            await asyncio.gather(*[members(store, organization.id) for _ in range(4)])
            async with store.unit(organization.id) as unit:
                await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
                await unit.commit()
            assert len(await members(store, organization.id)) == 2
            assert checked_out(engine) == 0
    finally:
        await asyncio.to_thread(server.stop)
