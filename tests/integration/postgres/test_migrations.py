"""Migrations: run at once by many, whole or not at all, also as a script and inside a host's own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import NullPool
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless import postgres
from gapless.adapters.postgres.migrations.chain import read_chain, revision_names
from gapless.adapters.postgres.migrations.state import DatabaseState, state_of
from gapless.adapters.postgres.schema.tables import metadata
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import AccessDenied, DatabaseTooNew, DatabaseUnreachable, InvalidValue, StoreUnavailable
from tests.integration.databases import connected
from tests.integration.postgres.inspection import describe

NAMES = revision_names(DEFAULT_REVISIONS)
HEAD = NAMES[-1]


async def described(engine: AsyncEngine, schema: str = "gapless") -> dict[str, str]:
    """What the server says of a schema."""
    async with engine.connect() as connection:
        return await describe(connection, schema)


@pytest_asyncio.fixture
async def pooled_engine(empty_database: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the empty database with a pool, as an application has it."""
    engine = create_async_engine(empty_database)
    yield engine
    await engine.dispose()


# Those of this database: other tests hold some in others of the same server.
LOCKS_HERE = """
SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND d.datname = current_database()
"""


def test_chain_is_what_is_packaged() -> None:
    """The revisions that the state is read from are those of the chain, in its order, each with a sentence."""
    chain = read_chain(DEFAULT_REVISIONS)
    assert tuple(revision.name for revision in chain.revisions) == NAMES
    assert all(revision.sentence.endswith(".") and revision.statements for revision in chain.revisions)


@pytest.mark.asyncio
async def test_many_migrate_at_once(pooled_engine: AsyncEngine, own_engine: AsyncEngine) -> None:
    """Of four that migrate one database at once one does the work, and a fifth beside them migrates another schema."""
    await asyncio.gather(
        *(postgres.migrate(pooled_engine) for _ in range(4)), postgres.migrate(pooled_engine, schema="order")
    )
    assert await described(pooled_engine) == await described(own_engine)
    assert await described(pooled_engine, "order") == await described(own_engine)
    async with pooled_engine.connect() as connection:
        locks = await connection.scalar(sa.text(LOCKS_HERE))
        rows = await connection.scalar(sa.text("SELECT count(*) FROM gapless.alembic_version"))
    assert (locks, rows) == (0, 1)


@pytest.mark.asyncio
async def test_status_and_pending(empty_engine: AsyncEngine) -> None:
    """Before, everything is pending; afterwards nothing, and migrating again changes nothing."""
    before = await postgres.status(empty_engine)
    assert (before.database, before.library, before.state) == (None, HEAD, DatabaseState.PENDING)
    assert [found.revision for found in await postgres.pending(empty_engine)] == list(NAMES)
    await postgres.migrate(empty_engine)
    made = await described(empty_engine)
    await postgres.migrate(empty_engine, revision="gapless_0001")
    assert await described(empty_engine) == made
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE
    assert await postgres.pending(empty_engine) == []
    assert (await postgres.status(empty_engine, schema="elsewhere")).state is DatabaseState.PENDING


@pytest.mark.asyncio
async def test_newer_database_is_left_alone(own_engine: AsyncEngine) -> None:
    """A database at a revision that this version does not know is told apart, and not migrated."""
    async with own_engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE gapless.alembic_version SET version_num = 'gapless_9999'")
    assert state_of("gapless_9999", DEFAULT_REVISIONS) is DatabaseState.TOO_NEW
    found = await postgres.status(own_engine)
    assert (found.database, found.state) == ("gapless_9999", DatabaseState.TOO_NEW)
    for refused in (postgres.migrate, postgres.pending):
        with pytest.raises(DatabaseTooNew, match="gapless_9999"):
            await refused(own_engine)


@pytest.mark.asyncio
async def test_failed_migration_leaves_nothing(empty_engine: AsyncEngine, own_engine: AsyncEngine) -> None:
    """What fails in the middle leaves no table and no record behind, and succeeds once its cause is gone."""
    async with empty_engine.begin() as connection:
        await connection.exec_driver_sql("CREATE SCHEMA gapless")
        await connection.exec_driver_sql("CREATE TABLE gapless.outbox (id int)")
    before = await described(empty_engine)
    with pytest.raises(StoreUnavailable, match="42P07"):
        await postgres.migrate(empty_engine)
    assert await described(empty_engine) == before
    assert (await postgres.status(empty_engine)).database is None
    async with empty_engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE gapless.outbox")
    await postgres.migrate(empty_engine)
    assert await described(empty_engine) == await described(own_engine)


@pytest.mark.asyncio
async def test_cancelled_migration_leaves_nothing(empty_database: str, empty_engine: AsyncEngine) -> None:
    """A migration that is cancelled while it waits gives up its connection, and nobody is kept from migrating."""
    async with connected(empty_database) as other:
        await other.execute("BEGIN")
        await other.execute("CREATE SCHEMA gapless")
        waiting = asyncio.create_task(postgres.migrate(empty_engine))
        async with connected(empty_database) as watcher:
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
            while not await watcher.fetchval(blocked):
                assert not waiting.done()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await other.execute("ROLLBACK")
    async with asyncio.timeout(30):
        await postgres.migrate(empty_engine)
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE


@pytest.mark.asyncio
async def test_script_does_what_migrating_does(
    empty_database: str, empty_engine: AsyncEngine, own_engine: AsyncEngine
) -> None:
    """The script for psql makes the same database, record included; from the newest revision on it is empty."""
    async with connected(empty_database) as connection:
        await connection.execute(postgres.migration_script())
    assert await described(empty_engine) == await described(own_engine)
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE
    assert postgres.migration_script(since=HEAD).strip() == ""


def host_upgrade(connection: Connection) -> None:
    """What a host's own Alembic does: tables of its own around those of gapless, one of them referring to ours."""
    context = MigrationContext.configure(connection)
    op = Operations(context)
    op.create_table("plans", sa.Column("id", sa.Integer, primary_key=True))
    postgres.upgrade_to(op, "gapless_0001")
    postgres.upgrade_to(op, "gapless_0001")
    op.create_table("orders", sa.Column("home", sa.Uuid, sa.ForeignKey("gapless.organizations.id")))
    op.execute("CREATE TABLE alembic_version AS SELECT 'ours_0001' AS version_num")


@pytest.mark.asyncio
async def test_bridge_for_a_host(empty_engine: AsyncEngine, own_engine: AsyncEngine) -> None:
    """Inside a host's migration it is part of its transaction, keeps our record, and our own runner goes on from it."""
    async with empty_engine.connect() as connection:
        await connection.run_sync(host_upgrade)
        await connection.rollback()
    assert await described(empty_engine) == {}
    async with empty_engine.begin() as connection:
        await connection.run_sync(host_upgrade)
    assert await described(empty_engine) == await described(own_engine)
    await postgres.migrate(empty_engine)
    assert (await postgres.status(empty_engine)).state is DatabaseState.UP_TO_DATE


@pytest.mark.asyncio
async def test_bridge_needs_a_connection(empty_engine: AsyncEngine) -> None:
    """A host that prints its migrations is told how to print ours, and one without a transaction is refused."""
    offline = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True})
    with pytest.raises(StoreUnavailable, match="migration_script"):
        postgres.upgrade_to(Operations(offline), "gapless_0001")

    def without_transaction(connection: Connection) -> None:
        postgres.upgrade_to(Operations(MigrationContext.configure(connection)), "gapless_0001")

    async with empty_engine.connect() as connection:
        with pytest.raises(StoreUnavailable, match="transaction"):
            await connection.run_sync(without_transaction)


def tables_to_drop(connection: Connection, *, filtered: bool) -> set[str]:
    """The tables that a host's autogenerate, which looks at all schemas, would drop."""
    options = {"include_schemas": True, **({"include_name": postgres.include_name} if filtered else {})}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), sa.MetaData())
    return {change[1].name for change in found if change[0] == "remove_table"}


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
async def test_host_leaves_our_tables_alone(own_engine: AsyncEngine) -> None:
    """With the filter a host's autogenerate does not see our tables; without it, it would drop every one."""
    async with own_engine.connect() as connection:
        assert await connection.run_sync(lambda c: tables_to_drop(c, filtered=True)) == set()
        everything = await connection.run_sync(lambda c: tables_to_drop(c, filtered=False))
    assert everything == {table.name for table in metadata(GAPLESS, "gapless").sorted_tables} | {"alembic_version"}


@pytest.mark.asyncio
@pytest.mark.parametrize("schema", ["", "Gapless", "a b", 'a"b', "a;b", "1a", "pg_catalog", "x" * 64, "ü"])
async def test_odd_schema_names_are_refused(empty_engine: AsyncEngine, schema: str) -> None:
    """A name that could be read as something else is refused before anything is sent."""
    for refused in (postgres.migrate, postgres.pending, postgres.status):
        with pytest.raises(InvalidValue, match="schema"):
            await refused(empty_engine, schema=schema)
    for printed in (postgres.migration_script, lambda *, schema: postgres.grants("role", schema=schema)):
        with pytest.raises(InvalidValue, match="schema"):
            printed(schema=schema)


@pytest.mark.asyncio
async def test_unknown_revision_is_refused(empty_engine: AsyncEngine) -> None:
    """A revision that this version does not have is named."""
    with pytest.raises(InvalidValue, match="gapless_0000"):
        await postgres.migrate(empty_engine, revision="gapless_0000")
    with pytest.raises(InvalidValue, match="gapless_0000"):
        postgres.migration_script(since="gapless_0000")


@pytest.mark.asyncio
async def test_failures_to_connect_are_told_apart(server_url: str) -> None:
    """No server, no such database and a role without the right are errors of gapless, each its own."""
    nowhere = sa.make_url(server_url).set(query={"host": "/nonexistent", "port": "5432"})
    missing = sa.make_url(server_url).set(database="gapless_no_such_database")
    for url, expected in ((nowhere, DatabaseUnreachable), (missing, AccessDenied)):
        engine = create_async_engine(url, poolclass=NullPool)
        with pytest.raises(expected):
            await postgres.migrate(engine)
        with pytest.raises(expected):
            await postgres.status(engine)
