"""What a pooler refuses: each refusal is an error of its kind, and its message names the thing or the remedy."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

import asyncpg
import attrs
import pytest
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import AccessDenied, DatabaseUnreachable, StoreUnavailable, TooManyConnections
from tests.conftest import SCHEMA
from tests.engines.rows import CACHES_OFF
from tests.integration.databases import connected
from tests.pooler import Pooler, pgbouncer

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("require_pooler")]
SETTABLE = "SELECT name FROM pg_settings WHERE context IN ('user', 'superuser', 'backend') ORDER BY name"


@attrs.frozen(kw_only=True)
class Refusal:
    """What a pooler is set to, and what comes of it.

    Attributes:
        settings: the pooler's.
        changed: what is changed in the address: the role, the password, the database.
        held: whether another client is in a transaction meanwhile.
        kind: the error.
        says: what its message says.
    """

    settings: Mapping[str, object] = {}
    changed: Mapping[str, str] = {}
    held: bool = False
    kind: type[StoreUnavailable]
    says: str


REFUSALS = {
    "password": Refusal(
        settings={"auth_type": "md5"}, changed={"password": "wrong"}, kind=AccessDenied, says="password|role"
    ),
    "no password": Refusal(settings={"auth_type": "md5"}, kind=AccessDenied, says="password|role"),
    "password by SCRAM": Refusal(
        settings={"auth_type": "scram-sha-256"}, changed={"password": "wrong"}, kind=AccessDenied, says="password|role"
    ),
    "role": Refusal(changed={"username": "stranger"}, kind=AccessDenied, says="role"),
    "role that the server lacks": Refusal(changed={"username": "ghost"}, kind=AccessDenied, says="role"),
    "database": Refusal(changed={"database": "nowhere"}, kind=AccessDenied, says="database"),
    "host": Refusal(
        settings={"auth_type": "hba", "auth_hba_file": "/dev/null"}, kind=AccessDenied, says="role|refuses"
    ),
    "clients": Refusal(
        settings={"max_client_conn": 1}, held=True, kind=TooManyConnections, says="pooler.*max_client_conn|connections"
    ),
    "wait for a backend": Refusal(
        settings={"max_db_connections": 1, "query_wait_timeout": 1},
        held=True,
        kind=TooManyConnections,
        says="pooler|connection",
    ),
}


@asynccontextmanager
async def store_through(address: str, **settings: str) -> AsyncIterator[PostgresStore]:
    """A store on an engine that is made for a pooler, whose connections set something when they start."""
    connect = {**CACHES_OFF, "server_settings": settings}
    engine = create_async_engine(address, poolclass=NullPool, connect_args=connect)
    yield PostgresStore(engine, GAPLESS, schema=SCHEMA)
    await engine.dispose()


@asynccontextmanager
async def in_transaction(address: str) -> AsyncIterator[asyncpg.Connection]:
    """A client that keeps a backend."""
    async with connected(address) as connection:
        await connection.execute("BEGIN; SELECT 1")
        yield connection


@pytest.mark.parametrize("name", REFUSALS)
async def test_refusal(name: str, database_url: str) -> None:
    """Who is refused by a pooler learns by what: an error of that kind, whose message holds no password."""
    refusal = REFUSALS[name]
    async with AsyncExitStack() as stack:
        pooler = stack.enter_context(pgbouncer(database_url, settings=refusal.settings, roles=["ghost"]))
        if refusal.held:
            await stack.enter_async_context(in_transaction(pooler.address()))
        url = make_url(pooler.address()).set(**refusal.changed)  # type: ignore[arg-type]  # each of them is a text
        with pytest.raises(StoreUnavailable) as caught:
            async with store_through(url.render_as_string(hide_password=False)) as store:
                await store.check()
    assert type(caught.value) is refusal.kind
    assert re.search(refusal.says, caught.value.message), caught.value.message
    assert "wrong" not in str(caught.value)


async def test_every_setting_of_a_start(pooler: Pooler, database_url: str) -> None:
    """What a connection sets when it starts is taken, or refused by an error that names it and says what to do."""
    async with connected(database_url) as server:
        settings = [str(row[0]) for row in await server.fetch(SETTABLE)]
        taken, unnamed = set[str](), set[str]()
        for setting in [*settings, "options", "made_up"]:
            value = await server.fetchval("SELECT current_setting($1, true)", setting) or "x"
            try:
                async with store_through(pooler.address(database_url), **{setting: str(value)}) as store:
                    await store.check()
            except StoreUnavailable as refusal:
                if not (re.search(rf"\b{setting}\b", refusal.message) and "pooler" in refusal.message):
                    unnamed.add(setting)
            else:
                taken.add(setting.lower())
    assert unnamed == set()
    tracked = {"application_name", "client_encoding", "datestyle", "standard_conforming_strings", "timezone"}
    assert taken >= tracked


async def test_options_in_the_address(pooler: Pooler, database_url: str) -> None:
    """The options of an address are refused by name, as people find them in an address for libpq."""
    address = pooler.address(database_url, options="-c jit=off", pooler="true")
    with pytest.raises(StoreUnavailable, match="options"):
        async with gapless.open(address):
            pytest.fail("it was opened")


async def test_nobody_said_that_there_is_a_pooler(pooler: Pooler, database_url: str) -> None:
    """Prepared statements behind a pooler are refused when the store is opened: they might run another's statement."""
    with pytest.raises(StoreUnavailable, match="pooler=true"):
        async with gapless.open(pooler.address(database_url)):
            pytest.fail("it was opened")


@pytest.mark.parametrize("way", ["argument", "address"])
async def test_who_says_that_there_is_a_pooler(way: str, pooler: Pooler, database_url: str) -> None:
    """An application opens behind a pooler if it is told so by an argument or in the address."""
    address = pooler.address(database_url, **({"pooler": "true"} if way == "address" else {}))
    async with gapless.open(address, pooler=way == "argument") as app:
        assert await app.store.check() is None  # type: ignore[attr-defined]  # of the store on PostgreSQL


async def test_pooler_that_has_gone(database_url: str) -> None:
    """A pooler that is not there any more is a server that nobody reaches, which may be tried again."""
    with pgbouncer(database_url) as pooler:
        address = pooler.address()
    with pytest.raises(DatabaseUnreachable) as caught:
        async with store_through(address) as store:
            await store.check()
    assert cast("type[StoreUnavailable]", type(caught.value)).retryable
