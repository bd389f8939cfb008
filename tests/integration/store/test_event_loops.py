"""An application belongs to the event loop that it was opened on, on both stores; a store without a pool to none."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import User
from gapless.kit.audit import Actor
from gapless.kit.errors import WrongEventLoop
from gapless.kit.ports import Store
from gapless.kit.rights import Uses
from tests.conftest import SCHEMA
from tests.voice.rows import NOW, created

ACTOR = Actor.system("tests")


async def unit(store: Store, home: OrganizationId) -> None:
    """A unit of work."""
    async with store.unit(home) as opened:
        await opened.commit()


async def creating(store: Store, home: OrganizationId) -> None:
    """A unit for an organization that is not there."""
    async with store.creating(home):
        pass


async def reading(store: Store, home: OrganizationId) -> None:
    """A reading."""
    async with store.reading(home) as opened:
        await opened.of(User).count()


async def snapshot(store: Store, home: OrganizationId) -> None:
    """A snapshot."""
    async with store.reading(home, snapshot=True) as opened:
        await opened.of(User).count()


async def system(store: Store, _: OrganizationId) -> None:
    """A unit over all organizations."""
    async with store.system():
        pass


async def require_rights(store: Store, _: OrganizationId) -> None:
    """Whether a job may write."""
    await store.require_rights(Uses(User, changes=("name",)))


async def require_not_ahead(store: Store, _: OrganizationId) -> None:
    """Whether a time is ahead of the store's clock."""
    await store.require_not_ahead(NOW)


USES: tuple[Callable[[Store, OrganizationId], Awaitable[None]], ...] = (
    *(unit, creating, reading, snapshot, system),
    *(require_rights, require_not_ahead),
)


def test_every_way_into_a_store_is_used() -> None:
    """Each method of the port is among the uses, but the one that ends the store."""
    methods = {name for name, method in vars(Store).items() if inspect.isfunction(method) and name[0] != "_"}
    assert methods - {use.__name__ for use in USES} == {"aclose"}


async def elsewhere(work: Callable[[], Awaitable[object]]) -> BaseException | None:
    """What work raises on an event loop of another thread."""

    async def run() -> None:
        await work()

    def on_a_loop_of_its_own() -> BaseException | None:
        try:
            asyncio.run(run())
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the answer
            return error
        return None

    with ThreadPoolExecutor(1) as threads:
        return await asyncio.get_running_loop().run_in_executor(threads, on_a_loop_of_its_own)


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["memory", "postgres"])
async def test_application_on_another_loop(where: str, database_url: str) -> None:
    """Whatever is begun on another event loop, or in another thread, is refused by name; the first one goes on."""
    async with gapless.open("memory:" if where == "memory" else database_url) as app:
        slug = f"acme-{uuid4().hex}"
        home = (await app.organizations.create("Acme", slug, "ann@acme.org", "Ann", actor=ACTOR)).organization
        for use in USES:
            error = await elsewhere(lambda use=use: use(app.store, home.id))  # type: ignore[misc]  # bound now
            assert isinstance(error, WrongEventLoop), use
        error = await elsewhere(lambda: app.organizations.rename(home.id, "After", actor=ACTOR))
        assert isinstance(error, WrongEventLoop)
        renamed = await app.organizations.rename(home.id, "Acme again", actor=ACTOR)
        assert renamed.version == home.version + 1


@pytest.mark.asyncio
async def test_stores_that_keep_nothing_of_a_loop(database_url: str) -> None:
    """A store whose connections end with their units, and one in memory, serve one event loop after the other."""
    engine = create_async_engine(database_url, poolclass=NullPool)
    stores: tuple[Store, ...] = (MemoryStore(GAPLESS), PostgresStore(engine, GAPLESS, schema=SCHEMA))
    for store in stores:
        home = (await created(store)).id
        for use in USES:
            assert await elsewhere(lambda use=use, store=store, home=home: use(store, home)) is None  # type: ignore[misc]  # bound now


@pytest.mark.asyncio
async def test_pooled_store_on_another_loop(database_url: str) -> None:
    """A store with a pool belongs to the event loop of its connections from its first use on."""
    engine = create_async_engine(database_url)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    home = (await created(store)).id
    for use in USES:
        error = await elsewhere(lambda use=use: use(store, home))  # type: ignore[misc]  # bound now
        assert isinstance(error, WrongEventLoop), use
    await unit(store, home)
    await engine.dispose()
