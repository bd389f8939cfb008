"""An engine as a host may have made it: its isolation makes no difference to a unit, nor a unit to its isolation."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy import AsyncAdaptedQueuePool, NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import Role, User
from gapless.kit.audit import Actor
from gapless.kit.errors import RuleViolated, StoreUnavailable
from gapless.services.members import Members
from tests.conftest import SCHEMA
from tests.voice.rows import a_user, an_audit_record, assert_untouched, created, members

pytestmark = pytest.mark.asyncio

LEVELS = {"AUTOCOMMIT": "read committed", "REPEATABLE READ": "repeatable read", "SERIALIZABLE": "serializable"}


@pytest_asyncio.fixture(params=[(level, pool) for level in LEVELS for pool in (NullPool, AsyncAdaptedQueuePool)])
async def isolated(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[tuple[str, AsyncEngine]]:
    """The isolation that a host wants, and its engine."""
    level, pool = request.param
    engine = create_async_engine(database_url, isolation_level=level, poolclass=pool)
    yield level, engine
    await engine.dispose()


async def test_unit_is_all_or_nothing(isolated: tuple[str, AsyncEngine]) -> None:
    """A unit that is left, or refused at commit, keeps nothing; one that commits keeps all; it is READ COMMITTED."""
    store = PostgresStore(isolated[1], GAPLESS, schema=SCHEMA)
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        assert await unit.connection.scalar(text("SHOW transaction_isolation")) == "read committed"
        await unit.connection.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(User).delete_where(lambda user: user.is_active, an_audit_record(organization.id))
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
    await assert_untouched(store, organization.id)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        await unit.commit()
    assert len(await members(store, organization.id)) == 2


async def test_units_do_not_conflict(isolated: tuple[str, AsyncEngine]) -> None:
    """Role changes at the same time wait for each other, where SERIALIZABLE would refuse all but one."""
    store = PostgresStore(isolated[1], GAPLESS, schema=SCHEMA)
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        users = await unit.of(User).add_all(
            [a_user(organization.id) for _ in range(4)], an_audit_record(organization.id)
        )
        await unit.commit()
    team, actor = (
        Members(store=store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=GAPLESS),
        Actor.system("tests"),
    )
    changes = [team.change_role(organization.id, user.id, Role.ADMIN, actor=actor) for user in users]
    assert {user.role for user in await asyncio.gather(*changes)} == {Role.ADMIN}


async def test_snapshot_is_of_one_moment(isolated: tuple[str, AsyncEngine]) -> None:
    """A snapshot does not see what is committed while it is read; reads without one do."""
    store = PostgresStore(isolated[1], GAPLESS, schema=SCHEMA)
    organization = await created(store)
    async with store.reading(organization.id, snapshot=True) as snapshot, store.reading(organization.id) as reading:
        before = await snapshot.of(User).count(), await reading.of(User).count()
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
            await unit.commit()
        assert (before, await snapshot.of(User).count(), await reading.of(User).count()) == ((1, 1), 1, 2)


async def test_host_gets_back_what_it_made(isolated: tuple[str, AsyncEngine]) -> None:
    """After units and their connections the host's own transactions have the isolation that the host has asked for."""
    level, engine = isolated
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    organization = await created(store)
    for _ in range(2):
        async with store.unit(organization.id) as unit:
            await unit.connection.execute(text("SELECT 1"))
            await unit.commit()
        async with engine.connect() as connection:
            assert await connection.scalar(text("SHOW transaction_isolation")) == LEVELS[level]
            transactions = [await connection.scalar(text("SELECT pg_current_xact_id()::text")) for _ in range(2)]
            assert (transactions[0] == transactions[1]) == (level != "AUTOCOMMIT")


@pytest.mark.parametrize("engine", [sa.create_engine("sqlite://"), None, "postgresql://desk"], ids=str)
async def test_what_is_no_engine_for_asyncio(engine: object) -> None:
    """An engine of SQLAlchemy's that waits is told from what is none, and the remedy is named."""
    said = "a synchronous one" if isinstance(engine, sa.Engine) else "The engine is none"
    with pytest.raises(StoreUnavailable, match=f"{said}.*create_async_engine"):
        PostgresStore(cast(AsyncEngine, engine), GAPLESS)


async def test_engine_of_another_driver(database_url: str) -> None:
    """An engine that does not move its data by asyncpg is refused at once, and the message names the driver."""
    engine = create_async_engine(database_url)
    engine.sync_engine.dialect.driver = "psycopg"
    with pytest.raises(StoreUnavailable, match="psycopg") as caught:
        PostgresStore(engine, GAPLESS)
    assert caught.value.code == "store_unavailable"
