"""What a release costs PostgreSQL is counted, in rows and not in time; and plain SQL keeps to the same rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import cast
from uuid import uuid4

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import UuidV7Factory
from gapless.application.released_rows import ReleasedRows, _Progress
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.phone_numbers import PhoneNumber
from gapless.kit.ports import UnitOfWork
from gapless.services.organization_deletion import delete_organization
from tests.conftest import SCHEMA
from tests.use_cases.belongings import call_to, owned_number
from tests.use_cases.worlds import World, world_on

pytestmark = pytest.mark.asyncio

FEW, MANY, BATCH = 400, 2000, 10
COUNTED = """
SELECT n_tup_ins + n_tup_upd + n_tup_del AS written, coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0) AS read
FROM pg_stat_xact_user_tables WHERE relname = $1
"""
LOCKED = "SELECT count(*) FROM gapless.calls WHERE xmax <> 0"

Work = Callable[[UnitOfWork, World, PhoneNumber], Awaitable[object]]


@attrs.frozen
class Cost:
    """How many calls a unit of work has written and read."""

    written: int
    read: int


@pytest_asyncio.fixture
async def store(own_engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store on a database of its own."""
    store = PostgresStore(own_engine, GAPLESS, schema=SCHEMA)
    yield store
    await store.aclose()


async def linked(store: PostgresStore, calls: int) -> tuple[World, PhoneNumber]:
    """An organization with a number to which so many calls were made, and one with as many to another number."""
    world = await world_on(store, f"acme-{uuid4().hex}")
    number, other = await owned_number(world), await owned_number(world)
    async with store.unit(world.home, seconds=60) as unit:
        await unit.of(Call).add_all([call_to(world, each) for each in (number, other) for _ in range(calls)])
        await unit.commit()
    return world, number


async def release(unit: UnitOfWork, world: World, number: PhoneNumber) -> None:
    """Releases the number, as its use case does."""
    audit = world.record().audit("phone_number.released", number, None)
    await unit.of(PhoneNumber).save(number.released(), audit)


async def delete_all(unit: UnitOfWork, world: World, _: PhoneNumber) -> None:
    """Deletes the organization, as its use case does."""
    await delete_organization(unit, world.home, GAPLESS, world.record(), timedelta(days=30))


async def remove(unit: UnitOfWork, world: World, number: PhoneNumber) -> None:
    """Removes the number in one statement."""
    await unit.of(PhoneNumber).remove(number, world.record().audit("phone_number.removed", number, None))


async def unlink_a_batch(unit: UnitOfWork, world: World, _: PhoneNumber) -> None:
    """Does what one unit of work of a cleanup does."""
    job = ReleasedRows(
        store=world.store,
        clock=world.clock,
        ids=UuidV7Factory(),
        catalogue=GAPLESS,
        root=GAPLESS.root,
        model=GAPLESS.model(PhoneNumber),
        root_id=world.home,
        batch=BATCH,
    )
    await job._carried_on(unit, _Progress(size=BATCH))


async def cost(world: World, number: PhoneNumber, work: Work, driver: asyncpg.Connection) -> Cost:
    """What some work reads and writes of the calls, in a unit that is then committed; it locks those that it writes."""
    async with world.store.unit(world.home, seconds=60) as unit:
        connection = cast(AsyncConnection, unit.connection)
        number = await unit.of(PhoneNumber).get(number.id) if work is not unlink_a_batch else number
        await work(unit, world, number)
        row = (await connection.exec_driver_sql(COUNTED, ("calls",))).one()
        await unit.commit()
    found = Cost(written=row.written, read=row.read)
    if not found.written:
        assert await driver.fetchval(LOCKED) == 0
    return found


@pytest.mark.parametrize("work", [release, delete_all], ids=lambda work: str(work.__name__))
async def test_the_decision_touches_no_call(store: PostgresStore, connection: asyncpg.Connection, work: Work) -> None:
    """Whoever releases a number, or deletes its organization, writes and locks no call, however many are linked."""
    for calls in (FEW, MANY):
        world, number = await linked(store, calls)
        found = await cost(world, number, work, connection)
        assert found.written == 0
        # The links of an organization that is deleted are counted, by their index.
        assert found.read <= (0 if work is release else 2 * calls)


async def test_a_removal_is_what_a_release_saves(store: PostgresStore, connection: asyncpg.Connection) -> None:
    """A plain removal writes each call that is linked: what is counted here can be otherwise."""
    world, number = await linked(store, FEW)
    assert (await cost(world, number, remove, connection)).written == FEW


async def test_a_batch_costs_a_batch(store: PostgresStore, connection: asyncpg.Connection) -> None:
    """What one unit of work of a cleanup reads and writes does not grow with what is linked."""
    costs = []
    for calls in (FEW, MANY):
        world, number = await linked(store, calls)
        await connection.execute("ANALYZE gapless.calls")
        await world.app.phone_numbers.release(world.home, number.id, actor=world.actor)
        costs.append(await cost(world, number, unlink_a_batch, connection))
    few, many = costs
    assert (few.written, many.written) == (BATCH, BATCH)
    assert many.read <= few.read <= 3 * BATCH


async def refused(connection: asyncpg.Connection, sql: str, *values: object) -> str:
    """The rule in whose name the server refuses a statement."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await connection.execute(sql, *values)
    return str(caught.value.constraint_name)


MARK = "UPDATE gapless.phone_numbers SET is_released = $1 WHERE id = $2"


async def test_plain_sql_keeps_to_it(store: PostgresStore, connection: asyncpg.Connection) -> None:
    """No SQL releases the number of a call that goes on, brings a released one back, or adds one that is released."""
    _, number = await linked(store, 1)
    active = "UPDATE gapless.calls SET status = $1, ended_at = NULL WHERE phone_number_id = $2"
    await connection.execute(active, "ACTIVE", number.id)
    assert await refused(connection, MARK, True, number.id) == "calls_active_needs_number"
    await connection.execute(active, "MISSED", number.id)
    assert await connection.execute(MARK, True, number.id) == "UPDATE 1"
    assert await refused(connection, MARK, False, number.id) == "phone_numbers_is_released_final"
    added = (
        "INSERT INTO gapless.phone_numbers (organization_id, id, created_at, number, provider, is_released, version) "
        "SELECT organization_id, gen_random_uuid(), created_at, number, provider, true, 1 FROM gapless.phone_numbers"
    )
    assert await refused(connection, added) == "phone_numbers_is_released_final"


async def test_no_sql_links_to_a_released_number(store: PostgresStore, connection: asyncpg.Connection) -> None:
    """Neither a call that is added nor one that is changed comes to it; a plain DELETE unlinks in its statement."""
    _, number = await linked(store, 3)
    await connection.execute(MARK, True, number.id)
    link = "UPDATE gapless.calls SET phone_number_id = $1 WHERE phone_number_id <> $1"
    assert await refused(connection, link, number.id) == "calls_phone_number_id_fkey"
    copied = (
        "INSERT INTO gapless.calls (organization_id, id, created_at, phone_number_id, status, started_at, handled_by, "
        "version) SELECT organization_id, gen_random_uuid(), created_at, $1, 'MISSED', started_at, handled_by, 1 "
        "FROM gapless.calls"
    )
    assert await refused(connection, copied, number.id) == "calls_phone_number_id_fkey"
    assert await connection.execute("DELETE FROM gapless.phone_numbers WHERE id = $1", number.id) == "DELETE 1"
    assert await connection.fetchval("SELECT count(*) FROM gapless.calls WHERE phone_number_id IS NULL") == 3
