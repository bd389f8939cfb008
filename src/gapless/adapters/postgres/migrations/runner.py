"""Runs the migrations: over a connection of our own, as a script of SQL, or inside a host's own migration.

Alembic keeps the version table. Its command line and its environment are not used: they work through
variables of the process, which two migrations in one process would overwrite for each other.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
import attrs
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.connections.engine import CONNECT_SECONDS, place_of, require_asyncpg
from gapless.adapters.postgres.errors import connecting
from gapless.adapters.postgres.migrations.alembic_steps import steps_of
from gapless.adapters.postgres.migrations.blocking import (
    LOST_RACES,
    POLL_SECONDS,
    WAITING_SECONDS,
    Report,
    is_locked,
    state_of_failure,
    told,
)
from gapless.adapters.postgres.migrations.chain import Chain, Revision, read_chain
from gapless.adapters.postgres.migrations.refusals import is_refused, refused_at_end
from gapless.adapters.postgres.migrations.settings import (
    OF_SCRIPTS,
    begin_closed,
    close,
    kept_settings,
    settings_restored,
)
from gapless.adapters.postgres.migrations.state import (
    database_revision,
    has_version_table,
    require_not_too_new,
)
from gapless.adapters.postgres.migrations.steps_ahead import carry_out_ahead
from gapless.adapters.postgres.migrations.upgrade import Progress, Upgrade
from gapless.adapters.postgres.server.poolers import is_pooled
from gapless.adapters.postgres.server.suitability import require_suitable
from gapless.adapters.postgres.sql.text import DIALECT, checked_schema, quoted
from gapless.kit import Revisions
from gapless.kit.errors import (
    DatabaseOnStandby,
    GaplessError,
    RevisionFailed,
    StoreReadOnly,
    StoreUnavailable,
)

FAILURES = (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def upgrade(
    engine: AsyncEngine,
    revisions: Revisions,
    schema: str,
    revision: str,
    *,
    pooler: bool = False,
    seconds: float = WAITING_SECONDS,
    report: Report = told,
) -> None:
    """Brings a database to a revision. Several processes that do it at once take turns, revision by revision.

    The lock is that of the version table, which only those can take who may write there; before there is one, the
    making of it. It goes with the transaction, so that nothing is left when the connection breaks or the task is
    cancelled, but for the steps of a revision that went ahead of its last. Through a pooler all revisions are one
    transaction.
    """
    asked = Upgrade.to(revisions, schema, revision, seconds, report)
    async with connected(engine) as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        await _require_writable(connection, is_standby=(await require_suitable(connection)).is_standby)
        at_once = pooler or await is_pooled(await _driver(connection), CONNECT_SECONDS)
        try:
            while not await _advanced(engine, connection, asked, at_once=at_once):
                pass  # it pauses by itself
        except FAILURES as error:
            raise connecting(error, migrates=True) from error
        finally:
            if asked.progress.has_begun:
                # A revision may have left what outlives its transaction (an advisory lock, a temporary table, what a
                # function has set): nobody gets this session again (decision 0042).
                await connection.invalidate()


async def _advanced(engine: AsyncEngine, connection: AsyncConnection, asked: Upgrade, *, at_once: bool) -> bool:
    """Runs one transaction with the next revision, or with all; returns whether none is left.

    Raises:
        MigrationBlocked: others held locks for too long.
        RevisionFailed: PostgreSQL refuses a revision.
    """
    try:
        left = await connection.run_sync(_turn, asked)
        if left and at_once:
            await connection.run_sync(_run, asked)
        elif left:
            await _run_next(engine, connection, asked, left[0])
        await connection.commit()
    except RevisionFailed:
        await connection.rollback()
        raise
    except DBAPIError as error:
        await connection.rollback()
        _require_not_refused(asked, error)
        await connection.run_sync(_require_retryable, asked, error)
        await connection.rollback()
        await asyncio.sleep(POLL_SECONDS)
        return False
    return at_once or len(left) <= 1


async def _run_next(engine: AsyncEngine, connection: AsyncConnection, asked: Upgrade, revision: Revision) -> None:
    """Applies a revision under the lock: its steps ahead over a connection of their own, and its last step."""
    if len(revision.steps) == 1 or asked.waiting.is_first:
        await connection.run_sync(_run, attrs.evolve(asked, target=revision))
        return
    await carry_out_ahead(engine, connection, asked, revision)
    # Whoever gave up the turn here would let another one begin with the first step, and drop what was made ahead.
    while not await _completed(connection, asked.completing(revision)):
        pass  # it pauses by itself


async def _completed(connection: AsyncConnection, asked: Upgrade) -> bool:
    """Tries to carry out the last step of a revision; returns whether it got the locks that it needs."""
    is_done = await connection.run_sync(_tried, asked, _run)
    if not is_done:
        await asyncio.sleep(POLL_SECONDS)
    return is_done


def _turn(connection: Connection, asked: Upgrade) -> list[Revision]:
    """Takes the lock, unless nothing is left; returns the revisions that are left then."""
    asked.progress.executed.clear()
    if not asked.left(connection):
        return []  # which a role that may only read can be told as well
    connection.execute(asked.waiting.limit())
    asked.waiting.is_first = not has_version_table(connection, asked.declared, asked.schema)
    _take_turn(connection, asked)
    return asked.left(connection)


def _take_turn(connection: Connection, asked: Upgrade) -> None:
    """Takes the lock of the version table, which readers don't feel.

    Where there is none, the schema and the table are made: of two that make them at once the server lets one wait.
    """
    asked.waiting.makes_schema = asked.waiting.is_first and not _has_schema(connection, asked.schema)
    if not asked.waiting.is_first:
        connection.execute(asked.turn())
        return
    if asked.waiting.makes_schema:  # IF NOT EXISTS needs the right to create schemas even if it is there
        connection.execute(sa.text(f"CREATE SCHEMA {quoted(asked.schema)}"))


def _has_schema(connection: Connection, schema: str) -> bool:
    there = sa.text("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = :schema")
    return connection.scalar(there, {"schema": schema}) is not None


def _require_not_refused(asked: Upgrade, error: DBAPIError) -> None:
    """After the statements of a revision, what PostgreSQL refuses is the fault of that revision.

    Raises:
        RevisionFailed: it was refused at its end.
    """
    executed = asked.progress.executed
    if executed and is_refused(error):
        raise refused_at_end([revision.file for revision in executed], error) from None


def _require_retryable(connection: Connection, asked: Upgrade, error: DBAPIError) -> None:
    """After a failed attempt, ignores what another attempt may mend, and reports who is in the way.

    Raises:
        MigrationBlocked: others held locks for too long.
        DBAPIError: the failure, if it is anything else.
    """
    if is_locked(error):
        asked.waiting.refused(connection, error)
        return
    if state_of_failure(error) not in LOST_RACES or not _has_lost(connection, asked):
        raise error


def _has_lost(connection: Connection, asked: Upgrade) -> bool:
    """Whether somebody else has meanwhile created what the attempt wanted to create: the record, or only the schema."""
    waiting = asked.waiting
    if waiting.is_first and has_version_table(connection, asked.declared, asked.schema):
        return True
    return waiting.makes_schema and _has_schema(connection, asked.schema)


async def _driver(connection: AsyncConnection) -> asyncpg.Connection:
    return cast(asyncpg.Connection, (await connection.get_raw_connection()).driver_connection)


async def _require_writable(connection: AsyncConnection, *, is_standby: bool) -> None:
    """Refuses a server that can only be read, before anything waits for a lock there.

    Raises:
        DatabaseOnStandby: the server is a standby.
        StoreReadOnly: the server is set to read only.
    """
    read_only = await connection.scalar(sa.text("SELECT pg_catalog.current_setting('transaction_read_only')"))
    await connection.rollback()
    if is_standby:
        raise DatabaseOnStandby("The server is a standby, which only reads: migrate the primary.")
    if read_only == "on":
        raise StoreReadOnly("The database is set to read only: migrate as a role that may write.")


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection whose failures are errors of gapless, and whose transactions have the settings of migrations.

    Raises:
        StoreUnavailable: the server can't be reached, refuses us, or refused a statement.
    """
    where: str | None = place_of(require_asyncpg(engine))
    try:
        async with engine.connect() as connection:
            where = None  # from here on it is a statement that fails
            begin_closed(connection)
            yield connection
    except GaplessError:
        raise
    except Exception as error:
        if where is None and not isinstance(error, FAILURES):
            raise
        raise connecting(error, where) from error


async def require_known(connection: AsyncConnection, revisions: Revisions, schema: str) -> str | None:
    """The revision of a database; a database that a newer version has migrated is refused.

    Raises:
        DatabaseTooNew: a newer version has migrated it.
    """
    revision = await database_revision(connection, revisions, schema)
    await connection.rollback()
    require_not_too_new(revision, revisions, schema)
    return revision


def upgrade_inside(
    connection: Connection,
    revisions: Revisions,
    schema: str,
    revision: str,
    *,
    seconds: float = WAITING_SECONDS,
    report: Report = told,
) -> None:
    """Brings a database to a revision inside the caller's transaction.

    Raises:
        InvalidValue: there is no such revision, or the schema has no valid name.
        StoreUnavailable: the connection has no transaction, or one that does not see what others commit.
        MigrationBlocked: others held locks for too long; the transaction is as it was before.
        RevisionFailed: PostgreSQL refuses a revision; the transaction is as it was before.
    """
    asked = Upgrade.to(revisions, schema, revision, seconds, report)
    if not connection.in_transaction():
        raise StoreUnavailable("A host's migration runs the migrations of gapless inside its own transaction.")
    if connection.scalar(sa.text("SELECT pg_catalog.current_setting('transaction_isolation')")) != "read committed":
        # A last look at the rows has to see what others have committed since the transaction began.
        raise StoreUnavailable("A host's migration runs the migrations of gapless in READ COMMITTED.")
    earlier = kept_settings(connection)
    while not _tried(connection, asked, _advanced_inside):
        pass  # each attempt waits at the server
    settings_restored(connection, earlier)


def _advanced_inside(connection: Connection, asked: Upgrade) -> None:
    if _turn(connection, asked):
        _run(connection, asked)


def _tried(connection: Connection, asked: Upgrade, work: Callable[[Connection, Upgrade], None]) -> bool:
    """Does some work of an upgrade in a savepoint; returns whether it got the locks that it needs.

    Raises:
        MigrationBlocked: others held locks for too long.
        RevisionFailed: PostgreSQL refuses a revision.
    """
    savepoint = connection.begin_nested()
    try:
        close(connection)  # in a host's transaction; with the savepoint they go
        connection.execute(asked.waiting.limit())
        work(connection, asked)
    except RevisionFailed:
        savepoint.rollback()
        raise
    except DBAPIError as error:
        savepoint.rollback()
        _require_not_refused(asked, error)
        _require_retryable(connection, asked, error)
        return False
    savepoint.commit()
    return True


def script(revisions: Revisions, schema: str, revision: str, since: str | None) -> str:
    """The migrations from one revision, or from nothing for None, to another, as a script of SQL.

    Raises:
        InvalidValue: there is no such revision, or the schema has no valid name.
        DeclarationError: the revisions can't be read.
    """
    chain = read_chain(revisions)
    target = chain.named(revision)
    start = None if since is None else chain.named(since).name
    buffer = io.StringIO()
    left = chain.after(start, target)
    if any(len(found.steps) > 1 for found in left):
        buffer.write("\\set ON_ERROR_STOP on\n\n")  # psql would go on with the steps behind one that fails
    if left:
        buffer.write(OF_SCRIPTS)
    if start is None:
        buffer.write(f"CREATE SCHEMA IF NOT EXISTS {quoted(checked_schema(schema))};\n\n")
    options = {"as_sql": True, "output_buffer": buffer, "starting_rev": start}
    _carry_out(chain, schema, target, None, options, Progress())
    return buffer.getvalue()


def _run(connection: Connection, asked: Upgrade) -> None:
    asked.progress.has_begun = True
    _carry_out(asked.chain, asked.schema, asked.target, connection, {}, asked.progress)


def _carry_out(
    chain: Chain,
    schema: str,
    target: Revision,
    connection: Connection | None,
    options: Mapping[str, object],
    progress: Progress,
) -> None:
    """Runs Alembic's context to the target: each revision in a transaction of its own, with its record."""

    def steps(current: tuple[str, ...], _: MigrationContext) -> Iterable[RevisionStep]:
        return steps_of(chain, chain.after(current[0] if current else None, target), progress.executed.append)

    context = MigrationContext.configure(
        connection,
        dialect=DIALECT,
        opts={
            "fn": steps,
            "version_table": chain.declared.version_table,
            "version_table_schema": checked_schema(schema),
            "transaction_per_migration": True,
            **options,
        },
    )
    context.run_migrations(op=Operations(context))
