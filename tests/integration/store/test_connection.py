"""The unit's connection: rows of the host's own join its transaction; and the limits that hold in it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit.errors import (
    ConcurrencyConflict,
    DeadlineExceeded,
    RuleViolated,
    UnitOfWorkClosed,
    UnitOfWorkError,
    UnitOfWorkFailed,
)
from gapless.kit.limits import Limits
from tests.conftest import SCHEMA
from tests.voice.rows import a_user, an_audit_record, assert_untouched, created, fresh_id, in_another_task

pytestmark = pytest.mark.asyncio

TICKETS = sa.Table(
    "tickets",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("title", sa.Text(), sa.CheckConstraint("title <> ''", name="tickets_title"), nullable=False),
)


@pytest_asyncio.fixture(scope="module")
async def tickets(engine: AsyncEngine) -> AsyncIterator[sa.Table]:
    """A table of the host's own, outside of the schema of gapless."""
    async with engine.begin() as connection:
        await connection.run_sync(TICKETS.metadata.create_all)
    yield TICKETS
    async with engine.begin() as connection:
        await connection.run_sync(TICKETS.metadata.drop_all)


async def titles(engine: AsyncEngine, id: object) -> list[str]:
    """The title of a ticket, if it is committed."""
    async with engine.connect() as connection:
        return list((await connection.scalars(sa.select(TICKETS.c.title).where(TICKETS.c.id == id))).all())


@pytest.mark.parametrize("commits", [True, False])
async def test_host_rows_share_the_transaction(
    store: PostgresStore, engine: AsyncEngine, tickets: sa.Table, commits: bool
) -> None:
    """A row of the host's commits with the unit, or goes with it, and sees what the unit wrote."""
    organization, ticket = await created(store), fresh_id()
    async with store.unit(organization.id) as unit:
        user = await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        await unit.connection.execute(tickets.insert().values(id=ticket, title="mine"))
        seen = sa.text(f"SELECT count(*) FROM {SCHEMA}.users WHERE id = :id")  # noqa: S608  # our own schema
        assert await unit.connection.scalar(seen, {"id": user.id}) == 1
        assert await titles(engine, ticket) == []
        if commits:
            await unit.commit()
    assert await titles(engine, ticket) == (["mine"] if commits else [])
    async with store.reading(organization.id) as reading:
        assert await reading.of(User).count() == (2 if commits else 1)


async def test_host_can_not_end_the_transaction(store: PostgresStore, engine: AsyncEngine, tickets: sa.Table) -> None:
    """What the host does to its side of the connection neither commits nor rolls back the unit."""
    organization, ticket = await created(store), fresh_id()
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        await unit.connection.execute(tickets.insert().values(id=ticket, title="mine"))
        await unit.connection.commit()
        await unit.connection.rollback()
        assert await titles(engine, ticket) == []
        async with unit.connection.begin():
            await unit.connection.execute(tickets.update().values(title="changed").where(tickets.c.id == ticket))
        assert await titles(engine, ticket) == []
    assert await titles(engine, ticket) == []
    await assert_untouched(store, organization.id)


async def test_refused_commit_takes_the_host_rows_along(
    store: PostgresStore, engine: AsyncEngine, tickets: sa.Table
) -> None:
    """When a rule refuses the commit, the host's rows are gone as well."""
    organization, ticket = await created(store), fresh_id()
    async with store.unit(organization.id) as unit:
        await unit.of(User).delete_where(lambda user: user.is_active, an_audit_record(organization.id))
        await unit.connection.execute(tickets.insert().values(id=ticket, title="mine"))
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
    assert await titles(engine, ticket) == []


async def test_violation_of_the_hosts_own(store: PostgresStore, tickets: sa.Table) -> None:
    """A constraint of the host's raises what SQLAlchemy raises, and the unit can't commit after it."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(IntegrityError):
            await unit.connection.execute(tickets.insert().values(id=fresh_id(), title=""))
        with pytest.raises(UnitOfWorkFailed):
            await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    await assert_untouched(store, organization.id)


async def test_savepoint_of_the_hosts_own(store: PostgresStore, engine: AsyncEngine, tickets: sa.Table) -> None:
    """What the host tries inside a savepoint may fail, and the unit goes on."""
    organization, ticket = await created(store), fresh_id()
    async with store.unit(organization.id) as unit:
        await unit.connection.execute(sa.text("SAVEPOINT attempt"))
        with pytest.raises(IntegrityError):
            await unit.connection.execute(tickets.insert().values(id=ticket, title=""))
        await unit.connection.execute(sa.text("ROLLBACK TO SAVEPOINT attempt"))
        await unit.connection.execute(tickets.insert().values(id=ticket, title="second"))
        await unit.commit()
    assert await titles(engine, ticket) == ["second"]


async def test_connection_lives_as_long_as_the_unit(store: PostgresStore) -> None:
    """There is no connection before the unit is open, after it failed, or after its end."""
    organization = await created(store)
    unit = store.unit(organization.id)
    with pytest.raises(UnitOfWorkClosed):
        _ = unit.connection
    async with unit:
        await unit.commit()
        with pytest.raises(UnitOfWorkClosed):
            _ = unit.connection
    async with MemoryStore(GAPLESS).creating(fresh_id()) as in_memory:
        with pytest.raises(UnitOfWorkError):
            _ = in_memory.connection


async def test_connection_is_as_it_was(store: PostgresStore, engine: AsyncEngine) -> None:
    """A connection that a unit has used runs the host's own transactions as before."""
    organization, ticket = await created(store), fresh_id()
    async with engine.begin() as connection:
        await connection.run_sync(TICKETS.metadata.create_all)
    for _ in range(3):
        async with store.unit(organization.id) as unit:
            await unit.connection.execute(sa.text("SELECT 1"))
            await unit.commit()
        async with engine.connect() as connection:
            await connection.execute(TICKETS.insert().values(id=ticket, title="lost"))
            await connection.rollback()
            assert await connection.scalar(sa.text("SHOW statement_timeout")) == "0"
        assert await titles(engine, ticket) == []


async def test_lock_timeout(store: PostgresStore, engine: AsyncEngine) -> None:
    """A unit that waits for its lock longer than locks may take is a ConcurrencyConflict, though it has time left."""
    organization = await created(store)
    hasty = PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=Limits(lock=0.1, unit=10))
    async with store.unit(organization.id):
        with pytest.raises(ConcurrencyConflict):
            async with hasty.unit(organization.id):
                pytest.fail("it was opened")
    await assert_untouched(store, organization.id)


async def test_statement_timeout(store: PostgresStore) -> None:
    """A statement, the host's too, ends with the unit's time."""
    organization = await created(store)
    async with store.unit(organization.id, seconds=0.3) as unit:
        with pytest.raises(sa.exc.DBAPIError):
            await unit.connection.execute(sa.text("SELECT pg_sleep(5)"))
        with pytest.raises((UnitOfWorkFailed, DeadlineExceeded)):
            await unit.commit()
    await assert_untouched(store, organization.id)


async def test_idle_transaction_is_ended_by_the_server(store: PostgresStore) -> None:
    """A unit that is forgotten while it is open holds its lock no longer than its time."""
    organization = await created(store)
    forgotten = store.unit(organization.id, seconds=0.2)
    await in_another_task(forgotten.__aenter__())
    async with store.unit(organization.id, seconds=5) as unit:
        await unit.commit()
    with pytest.raises(DeadlineExceeded):
        await forgotten.of(User).count()
    await forgotten.__aexit__(None, None, None)
    await asyncio.gather(*[created(store) for _ in range(3)])
