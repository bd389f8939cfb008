"""Every operation on every engine that a host may hand over, on a server and behind a pooler."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from gapless.adapters.postgres import PostgresStore
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import GaplessError
from tests.conftest import SCHEMA
from tests.engines.conftest import Databases
from tests.engines.operations import (
    LAWS,
    PORTS,
    Stores,
    all_ended,
    laws_hold,
    opened,
    performed,
    use_cases_fail,
)
from tests.engines.rows import CACHES_OFF, ENGINES, POOLED, EngineRow
from tests.pooler import Pooler
from tests.unit.services.arguments import CALLABLE

pytestmark = pytest.mark.asyncio
WIDE = [name for name, row in ENGINES.items() if row.wide]
WIDE_POOLED = [name for name, row in POOLED.items() if row.wide]


@pytest.mark.rows("row", ENGINES)
@pytest.mark.parametrize("port", PORTS)
async def test_port(row: str, stores: Stores, port: str) -> None:
    """A store opens in each way, again and again on the same connections, and for several tasks at once."""
    await performed(stores.plain, port, at_once=ENGINES[row].wide)


@pytest.mark.rows("row", ENGINES)
async def test_use_cases(row: str, stores: Stores) -> None:
    """Every use case is carried out, and once more on connections that have carried it out, several at once."""
    assert await use_cases_fail([stores.plain], at_once=ENGINES[row].wide) == []


@pytest.mark.soak  # the usual run asks them behind a pooler, where engines have no caches either
@pytest.mark.rows("row", WIDE)
@pytest.mark.parametrize("subject", LAWS)
async def test_laws(row: str, stores: Stores, subject: str) -> None:
    """The laws of a store hold, whoever made its engine."""
    assert row in ENGINES
    await laws_hold(stores, subject)


@pytest.mark.rows("row", ENGINES)
async def test_opening(row: str, stores: Stores) -> None:
    """An application opens on the engine, and works."""
    assert row in ENGINES
    await opened(stores.engine)


@pytest.mark.rows("pooled", POOLED)
@pytest.mark.parametrize("port", PORTS)
async def test_port_behind_a_pooler(pooled: str, pooled_stores: list[Stores], port: str) -> None:
    """The stores of two processes open in each way, for more tasks than there are backends, so that these change."""
    at_once = POOLED[pooled].wide
    await all_ended(*[performed(each.plain, port, at_once=at_once) for each in pooled_stores])


@pytest.mark.rows("pooled", POOLED)
async def test_use_cases_behind_a_pooler(pooled: str, pooled_stores: list[Stores]) -> None:
    """Every use case is carried out by the tasks of two processes, on backends that both have used already."""
    stores = [each.plain for each in pooled_stores]
    assert await use_cases_fail(stores, at_once=POOLED[pooled].wide, alone=False) == []


@pytest.mark.rows("pooled", WIDE_POOLED)
@pytest.mark.parametrize("subject", LAWS)
async def test_laws_behind_a_pooler(pooled: str, roomy_stores: Stores, subject: str) -> None:
    """The laws of a store hold behind a pooler, whoever made its engine."""
    assert pooled in POOLED
    await laws_hold(roomy_stores, subject)


@pytest.mark.rows("pooled", POOLED)
async def test_opening_behind_a_pooler(pooled: str, pooled_stores: list[Stores]) -> None:
    """An application opens on the engine behind a pooler, and works."""
    assert pooled in POOLED
    for each in pooled_stores:
        await opened(each.engine)


async def test_a_check_behind_a_pooler_is_one_transaction(databases: Databases, pooler: Pooler) -> None:
    """Whatever a check asks through a pooler it asks in one transaction, so that each answer is of the same backend."""
    named, asked = POOLED["named by the host"], list[bool]()
    async with databases.made({}) as url, named.engine(pooler.address(url), pooler=True) as engine:

        @sa.event.listens_for(engine.sync_engine, "before_cursor_execute")
        def note(connection: sa.Connection, *_: object) -> None:
            driver = connection.connection.driver_connection
            assert isinstance(driver, asyncpg.Connection)
            asked.append(driver.is_in_transaction())

        for told in (False, True):
            store = PostgresStore(engine, GAPLESS, schema=SCHEMA, revisions=DEFAULT_REVISIONS)
            await store.check(pooler=told)
    assert len(asked) >= 6
    assert all(asked)


async def test_the_documented_engine_is_the_one_that_is_tried() -> None:
    """What the documentation tells a host to make for a pooler is what stands behind the pooler here."""
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    assert f"`connect_args={json.dumps(CACHES_OFF)}`" in page.read_text()


async def test_statements_with_names_are_noticed(databases: Databases, pooler: Pooler) -> None:
    """A planted fault: with an engine that prepares statements for later the same operations fail behind the pooler."""
    named = ENGINES["as anybody makes it"]
    async with databases.made({}) as url, AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(named.engine(pooler.address(url))) for _ in range(2)]
        with pytest.raises(GaplessError):
            await all_ended(*[performed(Stores.on(engine).plain, "unit", at_once=True) for engine in engines])


async def test_what_a_connection_keeps_is_noticed(databases: Databases) -> None:
    """A planted fault: with connections that are of no use after their first unit the same operations fail."""
    async with databases.made({}) as url, EngineRow().engine(url) as engine:

        @sa.event.listens_for(engine.sync_engine, "reset")
        def spoil(connection: DBAPIConnection, *_: object) -> None:
            connection.cursor().execute("SET ROLE pg_monitor")
            connection.commit()

        store = Stores.on(engine).plain
        with pytest.raises(GaplessError):
            await performed(store, "unit", at_once=False)
        failed = await use_cases_fail([store], at_once=False, alone=False)
    assert {each.partition(":")[0] for each in failed} == {*CALLABLE}
