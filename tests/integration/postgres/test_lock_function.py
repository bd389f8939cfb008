"""Plain SQL beside use cases: in which order rows are locked, and the function that takes the root's lock first."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.unit_of_work import PostgresUnit
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.errors import ConcurrencyConflict
from gapless.postgres import grants
from tests.integration.databases import connected
from tests.voice.rows import an_audit_record, an_owner, created

pytestmark = pytest.mark.asyncio

LOCK = "SELECT gapless.lock_organization($1)"
DEMOTE = "UPDATE gapless.users SET role = 'OPERATOR' WHERE organization_id = $1 AND name = 'Bo'"


async def staffed(store: PostgresStore) -> tuple[Organization, User]:
    """An organization with a second owner, Bo."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        bo = await unit.of(User).add(
            an_owner(organization.id, name="Bo", role=Role.OWNER), an_audit_record(organization.id)
        )
        await unit.commit()
    return organization, bo


async def until_it_waits(database: str, waiting: "asyncio.Task[object]") -> None:
    """Returns when one session of the database waits for another."""
    async with connected(database) as watcher:
        blocked = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        while not await watcher.fetchval(blocked):
            assert not waiting.done()


async def plain_update(connection: asyncpg.Connection, organization: Organization, *, locking: bool) -> object:
    """What a host does in plain SQL, in a transaction that leaves it to others to find a deadlock."""
    async with connection.transaction():
        await connection.execute("SET LOCAL deadlock_timeout = '1h'")
        there = await connection.fetchval(LOCK, organization.id) if locking else None
        await connection.execute(DEMOTE, organization.id)
        return there


async def rename(unit: PostgresUnit, bo: User) -> None:
    """What the use case does under the root's lock, and keeps."""
    await unit.of(User).save(bo.renamed("Bob"), an_audit_record(bo.organization_id))
    await unit.of(User).save((await unit.of(User).get(bo.id)).renamed("Bo"), an_audit_record(bo.organization_id))
    await unit.commit()


@pytest.mark.parametrize("locking", [False, True])
async def test_plain_sql_beside_a_use_case(own_database: str, own_engine: AsyncEngine, locking: bool) -> None:
    """A plain UPDATE and a unit deadlock, and the unit's error is retryable; with the root's lock first they queue."""
    store = PostgresStore(own_engine, GAPLESS)
    organization, bo = await staffed(store)
    async with connected(own_database) as plain:
        async with store.unit(organization.id) as unit:
            waiting = asyncio.ensure_future(plain_update(plain, organization, locking=locking))
            await until_it_waits(own_database, waiting)
            if locking:
                await rename(unit, bo)
            else:
                with pytest.raises(ConcurrencyConflict) as caught:
                    await rename(unit, bo)
                assert caught.value.retryable
                assert getattr(caught.value.__cause__, "sqlstate", None) == "40P01"
        assert await waiting is (True if locking else None)
    async with store.reading(organization.id) as reading:
        assert (await reading.of(User).get(bo.id)).role is Role.OPERATOR


async def test_lock_of_nobody(connection: asyncpg.Connection) -> None:
    """Of an organization that is not there the function says so, and of none as well."""
    assert await connection.fetchval(LOCK, uuid4()) is False
    assert await connection.fetchval(LOCK, None) is False


async def test_lock_has_the_rights_of_its_caller(
    connection: asyncpg.Connection, own_engine: AsyncEngine, database_name: str
) -> None:
    """A role of `grants` may use it; one that may only read can't lock by it what it could not lock without."""
    organization = await created(PostgresStore(own_engine, GAPLESS))
    reader, application = f"{database_name}_lock_reader", f"{database_name}_lock_application"
    async with connection.transaction():
        await connection.execute(f"CREATE ROLE {reader}; CREATE ROLE {application}")
        await connection.execute(f"GRANT USAGE ON SCHEMA gapless TO {reader}")
        await connection.execute(f"GRANT SELECT ON gapless.organizations TO {reader}")
        await connection.execute("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gapless FROM PUBLIC")
        await connection.execute(";".join(grants(application)))
        await connection.execute(f"SET LOCAL ROLE {application}")
        assert await connection.fetchval(LOCK, organization.id) is True
        await connection.execute("RESET ROLE")
        await connection.execute(f"GRANT EXECUTE ON FUNCTION gapless.lock_organization(uuid) TO {reader}")
        await connection.execute(f"SET LOCAL ROLE {reader}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.fetchval(LOCK, organization.id)
        await connection.execute(
            f"RESET ROLE; DROP OWNED BY {reader}, {application}; DROP ROLE {reader}, {application}"
        )
