"""The organization's lock: planned once a connection that is used again, and only where that can be relied on."""

from unittest.mock import patch

import asyncpg
import pytest
from sqlalchemy import NullPool

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections.locking import lock_on
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import Catalogue
from gapless.kit.errors import NotFound
from tests.conftest import SCHEMA
from tests.integration.store.conftest import hosts_engine, own_engine
from tests.integration.store.sessions import session_of
from tests.proxy import Proxy
from tests.voice.rows import created, fresh_id

pytestmark = pytest.mark.asyncio


async def command(store: PostgresStore, organization: Organization) -> str:
    """How the connection of a unit locks its organization from the next unit on."""
    async with store.unit(organization.id) as unit:
        connection = session_of(unit)
        return (await lock_on(connection.pooled, connection.compiled, GAPLESS.root, 1.0)).before


async def test_statement_is_prepared_for_the_second_unit(store: PostgresStore, database_url: str) -> None:
    """From its second unit on a connection runs a prepared statement, each store on it one of its own."""
    organization = await created(store)
    async with own_engine(database_url) as engine:
        for _ in range(2):
            pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
            async with pooled.unit(organization.id):
                pass
            first = await command(pooled, organization)
            assert first.startswith("EXECUTE ")
            assert await command(pooled, organization) == first


async def test_stores_that_take_turns(store: PostgresStore, database_url: str) -> None:
    """Stores that share a connection by turns share the statement too, and those of other catalogues have their own."""
    organization = await created(store)
    catalogues = [Catalogue(GAPLESS.models) for _ in range(2)]
    async with own_engine(database_url) as engine:
        stores = [PostgresStore(engine, catalogue, schema=SCHEMA) for catalogue in (GAPLESS, GAPLESS, *catalogues)]
        for _ in range(2):
            for each in stores:
                async with each.unit(organization.id):
                    pass
        commands = [await command(each, organization) for each in stores]
        assert len({*commands}) == len({*commands[1:]}) == len(stores) - 1
        assert all(each.startswith("EXECUTE ") for each in commands)


async def test_preparing_that_was_cancelled(store: PostgresStore, database_url: str) -> None:
    """A statement that the server has, and whose answer nobody waited for, is in the way of no other."""
    organization = await created(store)
    async with own_engine(database_url) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        async with pooled.unit(organization.id) as unit:
            connection = session_of(unit)
            await lock_on(connection.pooled, connection.compiled, GAPLESS.root, 1.0)
            connection.pooled.pooled.info[connection.compiled, Organization] = None
        assert (await command(pooled, organization)).startswith("EXECUTE ")


async def test_pool_that_keeps_nothing(store: PostgresStore, proxy: Proxy) -> None:
    """A connection that is thrown away after each unit prepares nothing."""
    organization = await created(store)
    async with hosts_engine(proxy.url, NullPool) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        for _ in range(3):
            async with pooled.unit(organization.id):
                pass
    assert not any(b"pg_backend_pid" in message.body for message in proxy.messages)


async def test_pooler_before_the_server(store: PostgresStore, database_url: str) -> None:
    """Where the server's process is another than the one that greeted, nothing is prepared, and everything works."""
    organization = await created(store)
    async with own_engine(database_url) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        with patch.object(asyncpg.Connection, "get_server_pid", return_value=-1):
            for _ in range(3):
                async with pooled.unit(organization.id) as unit:
                    await unit.of(User).count()
                    await unit.commit()
            assert (await command(pooled, organization)).startswith("SELECT 1 FROM ")


LETS_THROUGH = {"KEY SHARE": True, "SHARE": False, "NO KEY UPDATE": False, "UPDATE": False}
"""Whether others get a lock of each strength beside a unit: rows that refer to the organization ask for the least."""


async def test_lock_lets_through_who_refers_to_the_row(store: PostgresStore, database_url: str) -> None:
    """Planned anew or prepared, the lock keeps out who would change the row, and not who only needs it to be there."""
    organization = await created(store)
    async with own_engine(database_url) as engine, own_engine(database_url) as other:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        for _ in ("planned anew", "prepared"):
            async with pooled.unit(organization.id), other.connect() as connection:
                asked = f"SELECT 1 FROM {SCHEMA}.organizations WHERE id = '{organization.id}' FOR %s SKIP LOCKED"  # noqa: S608
                taken = {
                    strength: (await connection.exec_driver_sql(asked % strength)).all() != []
                    for strength in LETS_THROUGH
                }
                assert taken == LETS_THROUGH


async def test_prepared_lock_notices_who_is_missing(database_url: str) -> None:
    """An organization that is not there is NotFound at the first unit and at later ones."""
    async with own_engine(database_url) as engine:
        pooled = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        for _ in range(3):
            with pytest.raises(NotFound):
                async with pooled.unit(fresh_id()):
                    pytest.fail("the unit was opened")
