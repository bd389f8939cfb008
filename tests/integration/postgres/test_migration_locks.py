"""A migration that waits for a lock says who holds it, ends after its limit, and leaves nothing half done."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.postgres import create_engine
from gapless.adapters.postgres.migrations import blocking, runner
from gapless.adapters.postgres.migrations.blocking import LOST_RACES, checked_seconds
from gapless.adapters.postgres.migrations.state import DatabaseState
from gapless.kit.errors import GaplessError, InvalidValue, MigrationBlocked
from gapless.kit.limits import GREATEST_SECONDS
from gapless.testing.fuzzing.hostile import MAKERS
from tests.integration.databases import connected
from tests.integration.postgres.inspection import describe
from tests.integration.roles import role_of

pytestmark = pytest.mark.asyncio

OLD_LOCK = "SELECT pg_advisory_lock(hashtextextended('gapless migrations of ' || current_database() || '.gapless', 0))"
BEFORE_THE_FIRST = "CREATE SCHEMA gapless"
A_RECORD = "CREATE TABLE gapless.alembic_version (version_num varchar(32) PRIMARY KEY)"
HOLDING = {
    "somebody who makes the schema": ((), ("BEGIN", BEFORE_THE_FIRST, "CREATE TABLE gapless.mine (id int)")),
    "somebody who makes the record": ((BEFORE_THE_FIRST,), ("BEGIN", A_RECORD)),
    "somebody who writes the record": (
        (BEFORE_THE_FIRST, A_RECORD),
        ("BEGIN", "LOCK TABLE gapless.alembic_version IN ROW EXCLUSIVE MODE"),
    ),
}


@asynccontextmanager
async def holding(url: str, name: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """Another session that holds what a migration needs, and how the report has to name it."""
    before, statements = HOLDING[name]
    async with connected(url) as other:
        await other.execute("SET application_name = 'reporting'")
        for statement in (*before, *statements):
            await other.execute(statement)
        yield other, f"process {other.get_server_pid()} of role postgres (reporting) "


@pytest.mark.parametrize("name", HOLDING)
async def test_waiting_is_told_and_ends_when_the_other_does(
    empty_database: str, empty_engine: AsyncEngine, own_engine: AsyncEngine, name: str
) -> None:
    """Who holds the lock is said at once; when he lets go of it, the migration is carried out as a whole."""
    told, first = [], asyncio.Event()

    def report(line: str) -> None:
        told.append(line)
        first.set()

    async with holding(empty_database, name) as (other, who):
        waiting = asyncio.create_task(postgres.migrate(empty_engine, report=report))
        await first.wait()
        assert not waiting.done()
        await other.execute("ROLLBACK")
        await waiting
    assert len(told) == 1
    assert who in told[0]
    assert "in a transaction since 20" in told[0]
    async with empty_engine.connect() as found, own_engine.connect() as expected:
        assert await describe(found, "gapless") == await describe(expected, "gapless")


@pytest.mark.parametrize("state", LOST_RACES)
async def test_a_refusal_that_is_no_lost_race_is_told(
    empty_database: str, empty_engine: AsyncEngine, state: str
) -> None:
    """Nobody waits for others where a database itself refuses the record as if it were there already."""
    async with connected(empty_database) as owner:
        await owner.execute(BEFORE_THE_FIRST)
        await owner.execute(
            "CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$"
        )
        await owner.execute("CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION public.refuse()")
        async with asyncio.timeout(20):
            with pytest.raises(GaplessError):
                await postgres.migrate(empty_engine)


@pytest.mark.parametrize("name", HOLDING)
async def test_waiting_ends_after_its_limit(empty_database: str, empty_engine: AsyncEngine, name: str) -> None:
    """The error names who holds the lock; no table is there, no lock is left, and the next attempt succeeds."""
    async with holding(empty_database, name) as (other, who):
        for seconds in (0, 0.2):
            with pytest.raises(MigrationBlocked) as caught:
                await postgres.migrate(empty_engine, seconds=seconds, report=lambda _: None)
            assert who in caught.value.message
            assert any(who in holder for holder in caught.value.holders)
        assert (await postgres.status(empty_engine)).database is None
        await other.execute("ROLLBACK")
    await postgres.migrate(empty_engine)
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE


async def test_a_schema_that_comes_meanwhile_is_taken(empty_database: str, empty_engine: AsyncEngine) -> None:
    """Who makes the schema at the same time, as another chain of revisions may, makes no migration fail."""
    async with connected(empty_database) as other, connected(empty_database) as watcher:
        await other.execute("BEGIN")
        await other.execute("CREATE SCHEMA gapless")
        waiting = asyncio.create_task(postgres.migrate(empty_engine, report=lambda _: None))
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        while not await watcher.fetchval(blocked):
            assert not waiting.done()
        await other.execute("COMMIT")
        await waiting
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE


async def test_any_lock_on_our_tables_is_told(
    own_database: str, own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A revision that has to wait for somebody who reads a table gives up within its limit, and leaves nothing."""

    def changes_a_table(connection: Connection, *_: object) -> None:
        connection.execute(sa.text("ALTER TABLE gapless.calls ADD COLUMN extra integer"))
        connection.execute(sa.text("ALTER TABLE gapless.users ADD COLUMN extra integer"))

    monkeypatch.setattr(runner, "_run", changes_a_table)
    async with connected(own_database) as other, own_engine.connect() as connection:
        before = await describe(connection, "gapless")
        await connection.rollback()
        await other.execute("DELETE FROM gapless.alembic_version")
        async with other.transaction():
            await other.fetch("SELECT FROM gapless.users")
            with pytest.raises(MigrationBlocked, match=r"holds locks on users, in a transaction") as caught:
                await postgres.migrate(own_engine, seconds=0.1, report=lambda _: None)
        assert f"process {other.get_server_pid()} of role" in caught.value.message
        assert await describe(connection, "gapless") == before


async def test_role_that_may_only_connect_stops_no_migration(
    empty_database: str, empty_engine: AsyncEngine, database_name: str
) -> None:
    """No lock that a role without rights can take is one that a migration needs."""
    told: list[str] = []
    async with (
        role_of(empty_database, f"{database_name}_connected") as url,
        connected(url.render_as_string(hide_password=False)) as nobody,
    ):
        await nobody.execute(OLD_LOCK)
        async with nobody.transaction():
            for catalogue in ("pg_namespace", "pg_class", "pg_type", "pg_proc", "pg_trigger"):
                await nobody.execute(f"LOCK TABLE pg_catalog.{catalogue} IN ACCESS SHARE MODE")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with nobody.transaction():
                        await nobody.execute(f"LOCK TABLE pg_catalog.{catalogue} IN SHARE MODE")
            await postgres.migrate(empty_engine, report=told.append)
    assert told == []


async def test_role_of_jobs_stops_no_migration(own_database: str, own_engine: AsyncEngine, database_name: str) -> None:
    """A role that was granted what it needs reads the record during a migration, and can't lock it."""
    name = f"{database_name}_reads"
    async with role_of(own_database, name) as url, connected(own_database) as owner:
        for statement in postgres.grants(name, profile=postgres.Profile.JOBS):
            await owner.execute(statement)
        async with connected(url.render_as_string(hide_password=False)) as reader, own_engine.begin() as migrating:
            await migrating.exec_driver_sql("LOCK TABLE gapless.alembic_version IN SHARE ROW EXCLUSIVE MODE")
            assert await reader.fetchval("SELECT version_num FROM gapless.alembic_version")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with reader.transaction():
                    await reader.execute("LOCK TABLE gapless.alembic_version IN ROW EXCLUSIVE MODE")


async def test_bridge_waits_within_its_limit(empty_database: str, empty_engine: AsyncEngine) -> None:
    """Inside a host's migration it is alike: told, ended, and the host's transaction is as it was before."""
    told: list[str] = []

    def upgrade(connection: Connection, seconds: float) -> None:
        operations = Operations(MigrationContext.configure(connection))
        postgres.upgrade_to(operations, "gapless_0001", seconds=seconds, report=told.append)

    async with (
        holding(empty_database, "somebody who writes the record") as (other, who),
        empty_engine.begin() as host,
    ):
        await host.exec_driver_sql("SET LOCAL lock_timeout = '7s'")
        await host.exec_driver_sql("CREATE TABLE plans (id int)")
        with pytest.raises(MigrationBlocked, match="process") as caught:
            await host.run_sync(upgrade, 0.1)
        assert who in caught.value.message
        assert await host.scalar(sa.text("SELECT count(*) FROM plans")) == 0
        assert await host.scalar(sa.text("SHOW lock_timeout")) == "7s"
        await other.execute("ROLLBACK")
        await host.run_sync(upgrade, 30)
        assert await host.scalar(sa.text("SHOW lock_timeout")) == "7s"
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "1" * 1000, True, None])
async def test_odd_limits_are_refused(seconds: float) -> None:
    """What is no time to wait is refused before anybody is asked, and not repeated."""
    nowhere = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(InvalidValue) as caught:
        await postgres.migrate(nowhere, seconds=seconds)
    assert (caught.value.kind, caught.value.fields) == ("seconds", ("seconds",))
    assert len(caught.value.message) < 120


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
async def test_hostile_limits_are_read_as_what_they_are(make: Callable[[], object]) -> None:
    """A limit that lies or raises is a plain number of seconds, or refused in words."""
    told = ""
    try:
        seconds = checked_seconds(cast(float, make()))
        assert type(seconds) in (int, float)
        assert 0 <= seconds <= GREATEST_SECONDS
    except InvalidValue as error:
        told = error.message
    assert len(told) < 120


async def test_only_waiting_counts_as_waiting(empty_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hours that a migration works once it has its locks count for nothing; its waits before and after add up."""
    now = [100.0]
    told: list[str] = []
    monkeypatch.setattr(blocking, "monotonic", lambda: now[0])
    waiting = blocking.Waiting("gapless", 10.0, told.append)
    error = asyncpg.LockNotAvailableError()

    async with empty_engine.connect() as connection:
        waiting.limit()
        await connection.run_sync(waiting.refused, error)  # after one second
        now[0] += 3.0
        waiting.granted()
        now[0] += 7200.0
        waiting.limit()
        await connection.run_sync(waiting.refused, error)  # one more second, so there are five
        now[0] += 4.5
        await connection.run_sync(waiting.refused, error)
        now[0] += 1.0
        with pytest.raises(MigrationBlocked):
            await connection.run_sync(waiting.refused, error)
