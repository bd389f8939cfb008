"""The connection that a unit lends to its host: it stays the unit's, and what the host does to it is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import UnitOfWorkBusy, UnitOfWorkFailed
from tests.conftest import SCHEMA
from tests.integration.databases import connected, driver_of
from tests.integration.postgres.races import until_done_or_blocked
from tests.integration.store.conftest import checked_out
from tests.integration.store.sessions import session_of
from tests.voice.rows import a_user, an_audit_record, created, members

pytestmark = pytest.mark.asyncio
Deed = Callable[[AsyncConnection], Awaitable[object]]


async def close(connection: AsyncConnection) -> None:
    """As somebody does who thinks that it is his."""
    await connection.execute(sa.text("SELECT 1"))
    await connection.close()


async def close_the_pooled(connection: AsyncConnection) -> None:
    """Closes what SQLAlchemy has of the pool."""
    (await connection.get_raw_connection()).close()


async def close_a_session(connection: AsyncConnection) -> None:
    """A session of the ORM that has done its work."""
    async with AsyncSession(bind=connection) as session:
        await session.execute(sa.text("SELECT 1"))
        await session.commit()


async def roll_back(connection: AsyncConnection) -> None:
    """By SQLAlchemy, which has begun a transaction with the first statement."""
    await connection.execute(sa.text("SELECT 1"))
    await connection.rollback()


async def roll_back_a_transaction(connection: AsyncConnection) -> None:
    """One that the host has begun."""
    transaction = await connection.begin()
    await connection.execute(sa.text("SELECT 1"))
    await transaction.rollback()


async def roll_back_a_session(connection: AsyncConnection) -> None:
    """By the ORM."""
    async with AsyncSession(bind=connection) as session:
        await session.execute(sa.text("SELECT 1"))
        await session.rollback()


async def commit(connection: AsyncConnection) -> None:
    """Which ends nothing: that is for the unit."""
    await connection.execute(sa.text("SELECT 1"))
    await connection.commit()


KEEPING: tuple[Deed, ...] = (close, close_the_pooled, close_a_session, commit)
UNDOING: tuple[Deed, ...] = (roll_back, roll_back_a_transaction, roll_back_a_session)


@pytest.mark.parametrize("deed", KEEPING)
async def test_connection_stays_the_units(database_url: str, deed: Deed) -> None:
    """However a host is done with the connection, the unit goes on with it, and nobody else gets it meanwhile."""
    engine = create_engine(database_url, pool_size=1)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        driver = session_of(unit).driver
        await deed(unit.connection)
        assert checked_out(engine) == 1
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        assert session_of(unit).driver is driver
        await unit.commit()
    assert len(await members(store, organization.id)) == 3
    assert checked_out(engine) == 0
    await engine.dispose()


@pytest.mark.parametrize("deed", UNDOING)
async def test_rollback_by_sqlalchemy(store: PostgresStore, deed: Deed) -> None:
    """A unit whose host has rolled back does not keep what the host takes for gone: its commit fails."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        await deed(unit.connection)
        with pytest.raises(UnitOfWorkFailed, match="ROLLBACK"):
            await unit.commit()
    assert len(await members(store, organization.id)) == 1


async def by_sqlalchemy(connection: AsyncConnection, work: Callable[[], Awaitable[object]]) -> None:
    """Does work in a savepoint, and takes it back."""
    savepoint = await connection.begin_nested()
    await work()
    await savepoint.rollback()


async def by_hand(connection: AsyncConnection, work: Callable[[], Awaitable[object]]) -> None:
    """The same by statements."""
    await connection.execute(sa.text("SAVEPOINT attempt"))
    await work()
    await connection.execute(sa.text("rollback to attempt"))


async def by_the_driver(connection: AsyncConnection, work: Callable[[], Awaitable[object]]) -> None:
    """The same by the driver, of which SQLAlchemy hears nothing, and behind a comment."""
    driver = await driver_of(connection)
    await driver.execute("SAVEPOINT attempt")
    await work()
    await driver.execute("/* back */ SELECT 1; ROLLBACK TO attempt")


@pytest.mark.parametrize("way", [by_sqlalchemy, by_hand, by_the_driver])
async def test_what_a_savepoint_took_back_is_written_again(
    store: PostgresStore, way: Callable[..., Awaitable[None]]
) -> None:
    """What a host's savepoint took back is not taken for written: the second time row, change and record are kept."""
    organization = await created(store)
    (owner,) = await members(store, organization.id)
    user, audit = a_user(organization.id), an_audit_record(organization.id)
    renaming = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:

        async def work() -> None:
            await unit.of(User).add(user, audit)
            await unit.of(User).save(owner.renamed("Eve"), renaming)

        await way(unit.connection, work)
        await work()
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert {found.name for found in await reading.of(User).find()} == {"Eve", user.name}
        found = {found.id for found in await reading.of(AuditRecord).find()}
        assert {audit.id, renaming.id} <= found


async def test_savepoints_that_nobody_notices_are_found(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a unit that does not look back keeps the row without the audit record that a savepoint took back."""

    async def never(_: UnitConnection) -> bool:
        return False

    monkeypatch.setattr(UnitConnection, "was_taken_back", never)
    organization = await created(store)
    user, audit = a_user(organization.id), an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        await by_sqlalchemy(unit.connection, lambda: unit.of(User).add(user, audit))
        await unit.of(User).add(user, audit)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert audit.id not in {found.id for found in await reading.of(AuditRecord).find()}


async def test_record_from_before_a_savepoint(store: PostgresStore) -> None:
    """A record that was written before a savepoint is not written again after it: nothing of it was taken back."""
    organization = await created(store)
    audit = an_audit_record(organization.id)
    async with store.unit(organization.id) as unit:
        await unit.connection.execute(sa.text("SELECT 1"))
        await unit.of(User).add(a_user(organization.id), audit)
        await by_sqlalchemy(unit.connection, unit.of(User).count)
        await unit.of(User).add(a_user(organization.id), audit)
        await unit.commit()
    assert len(await members(store, organization.id)) == 3


@pytest.mark.parametrize("level", ["SERIALIZABLE", "REPEATABLE READ", "AUTOCOMMIT"])
async def test_engine_with_a_level_in_its_options(database_url: str, level: str) -> None:
    """A level that an engine gives to each connection of SQLAlchemy leaves the unit's transaction as it is."""
    engine: AsyncEngine = create_async_engine(database_url, execution_options={"isolation_level": level})
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    organization = await created(store)
    for _ in range(2):
        async with store.unit(organization.id) as unit:
            shown = await unit.connection.scalar(sa.text("SHOW transaction_isolation"))
            assert shown == "read committed"
            await unit.commit()
    await engine.dispose()


HELD = "SELECT pg_advisory_xact_lock(hashtext(current_database()))"


async def test_two_tasks_on_one_connection(store: PostgresStore, database_url: str) -> None:
    """A write beside a statement of the host's that is not answered yet is UnitOfWorkBusy, and the lock is kept."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        async with connected(database_url) as holder, holder.transaction():
            await holder.execute(HELD)
            waiting = asyncio.create_task(unit.connection.execute(sa.text(HELD)))
            await until_done_or_blocked(holder, session_of(unit).driver.get_server_pid(), waiting)
            with pytest.raises(UnitOfWorkBusy):
                await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        await waiting
    assert len(await members(store, organization.id)) == 1
