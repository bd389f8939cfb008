"""What goes ahead of the last step is in nobody's way; what was interrupted is carried out by whoever comes next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import attrs
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import AssertionPool, StaticPool
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless import postgres
from gapless.adapters.postgres.migrations.blocking import Waiting
from gapless.kit import Revisions
from gapless.kit.errors import DatabaseUnreachable, MigrationBlocked, RevisionFailed, StoreUnavailable
from tests.integration.databases import address_of, connected
from tests.integration.postgres.revisions.packages import Package, decisions_between
from tests.integration.postgres.revisions.test_any_difference import differences_from_nothing, fill
from tests.integration.postgres.revisions.wards import Form, catalogue_of
from tests.properties import Portal

SCHEMA = "wards"
BEFORE = Form(longest=60)
INDEXED = attrs.evolve(BEFORE, longest=40, unique="label", indexed=True)
NOW = attrs.evolve(INDEXED, note="required")
STEPS = 10
"""How many steps lead there before the last, which is checked against what is written."""
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "AND query LIKE 'CREATE %INDEX%'"
)
"""How many sessions wait with an index for others."""
INDEX = "SELECT oid FROM pg_class WHERE relkind = 'i' AND relname ~ '^revised_|by_size'"
KILLED = "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())"
TIME = 60.0


async def written(engine: AsyncEngine, package: Package, now: Form, *, before: Form = BEFORE) -> Revisions:
    """A database in the first form, with rows, and the revision that leads to another; returns its chain."""
    package.write(catalogue_of(before))
    await postgres.migrate(engine, revisions=package.chain(catalogue_of(before)))
    async with engine.begin() as connection:
        await fill(connection, SCHEMA, before)
    package.write(catalogue_of(now), decisions_between(before, now))
    return package.chain(catalogue_of(now))


async def rename(connection: asyncpg.Connection, ward: int, label: str) -> None:
    """Writes a visit, for as long as a lock of others allows."""
    await connection.execute("SET lock_timeout = '2s'")
    await connection.execute(f"UPDATE {SCHEMA}.visits SET label = $2 WHERE id = $1", UUID(int=100 * ward), label)  # noqa: S608  # names of the test


@asynccontextmanager
async def held(url: str, chain: Revisions, engine: AsyncEngine) -> AsyncGenerator[asyncio.Task[None]]:
    """An upgrade that waits with an index, because somebody has written and not committed."""
    async with connected(url) as writer, connected(url) as watcher:
        transaction = writer.transaction()
        await transaction.start()
        await rename(writer, 1, "held")
        upgrade = asyncio.create_task(postgres.migrate(engine, revisions=chain))
        await until_held(watcher, upgrade)
        yield upgrade
        await transaction.commit()


async def until_held(watcher: asyncpg.Connection, upgrade: asyncio.Task[None]) -> None:
    """Waits until an upgrade waits with an index, or is over."""
    async with asyncio.timeout(TIME):
        while not await watcher.fetchval(WAITING) and not upgrade.done():  # noqa: ASYNC110  # no server tells
            await asyncio.sleep(0.01)


async def is_as_declared(engine: AsyncEngine, chain: Revisions) -> None:
    """The database is what its chain says, and nothing of an attempt is left in it."""
    assert await postgres.differences(engine, revisions=chain) == ()
    async with engine.begin() as connection:
        assert await differences_from_nothing(connection, chain.catalogue, SCHEMA) == []


def test_others_write_while_an_index_is_built(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """While an index waits for somebody who has written and not committed, others go on writing."""

    async def law() -> None:
        chain, url = await written(engine_of_wards, package, INDEXED), address_of(engine_of_wards)
        async with held(url, chain, engine_of_wards) as upgrade, connected(url) as other:
            assert not upgrade.done()
            await rename(other, 2, "meanwhile")
        await upgrade
        await is_as_declared(engine_of_wards, chain)
        async with engine_of_wards.begin() as connection:
            found = await connection.exec_driver_sql(f"SELECT label FROM {SCHEMA}.visits ORDER BY id")  # noqa: S608  # names of the test
            assert list(found.scalars()) == ["held", "visit 1", "meanwhile", "visit 1"]

    portal(law())


def test_whoever_comes_next_goes_on(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """An upgrade that was cancelled with an index half built leaves all as it was in use; the next one completes it."""

    async def law() -> None:
        chain, url = await written(engine_of_wards, package, INDEXED), address_of(engine_of_wards)
        async with held(url, chain, engine_of_wards) as upgrade:
            upgrade.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upgrade
            assert (await postgres.status(engine_of_wards, revisions=chain)).database == "ward_0001"
        async with connected(url) as other:
            await rename(other, 2, "meanwhile")
        await postgres.migrate(engine_of_wards, revisions=chain)
        await is_as_declared(engine_of_wards, chain)

    portal(law())


def test_the_script_does_what_upgrading_does(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """The script for psql has the same steps, each a transaction or outside of any, and stops at the first error."""

    async def law() -> None:
        chain, url = await written(engine_of_wards, package, NOW), address_of(engine_of_wards)
        told, _, script = postgres.migration_script(revisions=chain, since="ward_0001").partition("\n\n")
        assert told == "\\set ON_ERROR_STOP on"
        async with connected(url) as connection:
            for statement in script.strip().split(";\n\n"):
                await connection.execute(statement)
        await is_as_declared(engine_of_wards, chain)
        assert (await postgres.status(engine_of_wards, revisions=chain)).database == "ward_0002"

    portal(law())


def test_in_a_transaction_of_the_host_all_is_one(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """In a host's own Alembic the same revision is carried out in his transaction, and goes with it."""

    def upgraded(connection: Connection, chain: Revisions) -> None:
        postgres.upgrade_to(Operations(MigrationContext.configure(connection)), "ward_0002", revisions=chain)

    async def law() -> None:
        chain = await written(engine_of_wards, package, NOW)
        async with engine_of_wards.connect() as connection:
            await connection.begin()
            await connection.run_sync(upgraded, chain)
            await connection.rollback()
        assert (await postgres.status(engine_of_wards, revisions=chain)).database == "ward_0001"
        async with engine_of_wards.begin() as connection:
            await connection.run_sync(upgraded, chain)
        await is_as_declared(engine_of_wards, chain)

    portal(law())


def test_two_that_upgrade_at_once_take_turns(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """Of two upgrades one does the work, its steps ahead as well, and the other finds it done."""

    async def law() -> None:
        chain = await written(engine_of_wards, package, NOW)
        await asyncio.gather(*(postgres.migrate(engine_of_wards, revisions=chain) for _ in range(3)))
        await is_as_declared(engine_of_wards, chain)

    portal(law())


@pytest.mark.parametrize("step", range(1, STEPS))
def test_any_step_may_be_the_last_that_was_reached(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, step: int
) -> None:
    """Whichever steps an attempt has carried out, the next one begins with the first and ends with all."""

    async def law() -> None:
        chain = await written(engine_of_wards, package, NOW)
        file = package.folder / "ward_0002.sql"
        text = file.read_text()
        parts = text.split("-- step:")
        assert len(parts) == STEPS + 1
        file.write_text("-- step:".join([*parts[: step + 1], " Nobody knows.\n\nSELECT 1 / 0;\n"]))
        with pytest.raises(RevisionFailed, match="division by zero"):
            await postgres.migrate(engine_of_wards, revisions=chain)
        file.write_text(text)
        await postgres.migrate(engine_of_wards, revisions=chain)
        await is_as_declared(engine_of_wards, chain)

    portal(law())


@pytest.mark.parametrize("step", [STEPS - 1, STEPS])
def test_a_killed_upgrade_says_that_something_stays(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, step: int
) -> None:
    """Whoever ends the session of a step, ahead or the last, is not told that nothing was kept: other steps stay."""

    async def law() -> None:
        chain = await written(engine_of_wards, package, NOW)
        file = package.folder / "ward_0002.sql"
        text = file.read_text()
        parts = text.split("-- step:")
        killed = f" It is killed.\n\n{KILLED};\n\n"
        file.write_text("-- step:".join([*parts[:step], killed, *parts[step:]][: STEPS + 1]))
        with pytest.raises(DatabaseUnreachable, match="what was committed stays") as caught:
            await postgres.migrate(engine_of_wards, revisions=chain)
        assert "nothing was kept" not in caught.value.message
        file.write_text(text)
        async with engine_of_wards.begin() as connection:
            assert await connection.scalar(sa.text(INDEX)) is not None
        await postgres.migrate(engine_of_wards, revisions=chain)
        await is_as_declared(engine_of_wards, chain)

    portal(law())


@pytest.mark.parametrize(
    "pool",
    [{"poolclass": StaticPool}, {"poolclass": AssertionPool}, {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1}],
)
def test_steps_need_a_second_connection(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, pool: dict[str, object]
) -> None:
    """An engine that has one connection is told so, and what to do; nothing of the revision was carried out."""

    async def law() -> None:
        chain = await written(engine_of_wards, package, NOW)
        engine = create_async_engine(engine_of_wards.url, **pool)
        with pytest.raises(StoreUnavailable, match=r"ward_0002\.sql has steps, which need a second connection"):
            await postgres.migrate(engine, revisions=chain)
        await engine.dispose()
        assert (await postgres.status(engine_of_wards, revisions=chain)).database == "ward_0001"

    portal(law())


def test_who_waits_does_not_name_itself(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """While a step waits for others, they are told as the holders of locks, and not the upgrade itself."""
    told: list[str] = []

    async def law() -> None:
        chain, url = await written(engine_of_wards, package, NOW), address_of(engine_of_wards)
        async with connected(url) as writer, writer.transaction():
            await rename(writer, 1, "held")
            with pytest.raises(MigrationBlocked) as caught:
                await postgres.migrate(engine_of_wards, revisions=chain, seconds=1, report=told.append)
        assert told
        assert all("holds locks on visits" in line for line in (*told, caught.value.message))
        assert not any("ward_version" in line for line in (*told, caught.value.message))

    portal(law())


def test_the_turn_is_kept_until_all_is_done(portal: Portal, engine_of_wards: AsyncEngine, package: Package) -> None:
    """While the last step waits for a reader, another upgrade waits too, and drops nothing that the first has made."""
    before = attrs.evolve(BEFORE, steps=True)  # to drop a trigger needs a lock that a reader stands in the way of
    told: list[str] = []

    async def law() -> None:
        chain = await written(engine_of_wards, package, attrs.evolve(BEFORE, indexed=True), before=before)
        url = address_of(engine_of_wards)
        async with connected(url) as reader, connected(url) as watcher:
            transaction = reader.transaction()
            await transaction.start()
            await reader.execute(f"LOCK TABLE {SCHEMA}.visits IN ACCESS SHARE MODE")
            first = asyncio.create_task(postgres.migrate(engine_of_wards, revisions=chain, report=told.append))
            await until(lambda: told)
            index = await watcher.fetchval(INDEX)
            second = asyncio.create_task(postgres.migrate(engine_of_wards, revisions=chain, report=told.append))
            await until(lambda: any("ward_version" in line for line in told))
            await transaction.commit()
            await asyncio.gather(first, second)
            assert await watcher.fetchval(INDEX) == index
        await is_as_declared(engine_of_wards, chain)

    portal(law())


def test_a_concurrent_step_is_tried_again_from_what_it_has_left(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that was given up half built, as after a deadlock, goes before it is built again."""
    monkeypatch.setattr(Waiting, "patience", lambda _: sa.text("SET lock_timeout = 100"))
    told: list[str] = []

    async def law() -> None:
        chain, url = await written(engine_of_wards, package, INDEXED), address_of(engine_of_wards)
        async with connected(url) as writer:
            transaction = writer.transaction()
            await transaction.start()
            await rename(writer, 1, "held")
            upgrade = asyncio.create_task(postgres.migrate(engine_of_wards, revisions=chain, report=told.append))
            await until(lambda: told)
            await transaction.commit()
        await upgrade
        await is_as_declared(engine_of_wards, chain)

    portal(law())


async def until(holds: Callable[[], object]) -> None:
    """Waits until something holds of which nobody tells."""
    async with asyncio.timeout(TIME):
        while not holds():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)
