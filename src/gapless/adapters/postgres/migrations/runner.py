"""Runs the migrations: over a connection of our own, as a script of SQL, or inside a host's own migration.

Alembic keeps the chain and the version table. Its command line and its environment are not used: they work through
variables of the process, which two migrations in one process would overwrite for each other.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import asyncpg
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.definitions.sql_text import DIALECT, checked_schema, quoted
from gapless.adapters.postgres.engine import CONNECT_SECONDS, place_of, require_asyncpg
from gapless.adapters.postgres.errors import connecting
from gapless.adapters.postgres.migrations.state import VERSION_TABLE, DatabaseState, database_revision, state_of
from gapless.adapters.postgres.poolers import is_pooled
from gapless.adapters.postgres.suitability import require_suitable
from gapless.domain.errors import (
    DatabaseOnStandby,
    DatabaseTooNew,
    GaplessError,
    InvalidValue,
    StoreReadOnly,
    StoreUnavailable,
)

HEAD = "head"
FAILURES = (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
POLL_SECONDS = 0.1
LOCK_KEY = "hashtextextended('gapless migrations of ' || current_database() || '.' || :schema, 0)"


def script_directory() -> ScriptDirectory:
    """The chain of revisions."""
    return ScriptDirectory(str(Path(__file__).parent))


def revision_named(scripts: ScriptDirectory, name: str) -> Script:
    """The revision of a name, or the newest for "head".

    Raises:
        InvalidValue: there is none.
    """
    wanted = scripts.get_current_head() if name == HEAD else name
    found = next((script for script in scripts.walk_revisions() if script.revision == wanted), None)
    if found is None:
        raise InvalidValue("revision", f"This version of gapless has no revision {name!r}.")
    return found


def revisions_after(scripts: ScriptDirectory, since: str | None, target: Script) -> list[Script]:
    """The revisions that lead from one (or from an empty database) to the target; none if it is already behind."""
    path = list(reversed(list(scripts.iterate_revisions(target.revision, "base"))))
    if since is None:
        return path
    names = [script.revision for script in path]
    return path[names.index(since) + 1 :] if since in names else []


async def upgrade(engine: AsyncEngine, schema: str, revision: str, *, pooler: bool = False) -> None:
    """Brings a database to a revision. Several that do so at once take turns.

    The lock belongs to the session, so the session is ended, however the migration went: nothing else lets go of it
    when the connection is broken or the task is cancelled. Through a pooler there is no session to rely on: lock and
    revisions are then one transaction.
    """
    target = revision_named(script_directory(), revision)
    async with connected(engine) as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        await _require_writable(connection, is_standby=(await require_suitable(connection)).is_standby)
        if pooler or await is_pooled(await _driver(connection), CONNECT_SECONDS):
            await _upgrade_at_once(connection, checked_schema(schema), target)
            return
        try:
            await _take_turn(connection, checked_schema(schema))
            await require_known(connection, schema)
            await _create_schema(connection, schema)
            await connection.run_sync(_run, schema, target)
        finally:
            await connection.invalidate()


async def _upgrade_at_once(connection: AsyncConnection, schema: str, target: Script) -> None:
    lock = sa.text(f"SELECT pg_try_advisory_xact_lock({LOCK_KEY})")
    while not await connection.scalar(lock, {"schema": schema}):
        await connection.rollback()
        await asyncio.sleep(POLL_SECONDS)
    _require_not_too_new(await database_revision(connection, schema), schema)
    await _ensure_schema(connection, schema)
    await connection.run_sync(_run, schema, target)
    await connection.commit()


async def _driver(connection: AsyncConnection) -> asyncpg.Connection:
    return cast(asyncpg.Connection, (await connection.get_raw_connection()).driver_connection)


async def _require_writable(connection: AsyncConnection, *, is_standby: bool) -> None:
    """Refuses a server that only reads, before anything waits for a lock there.

    Raises:
        DatabaseOnStandby: it is a standby.
        StoreReadOnly: it is set to read only.
    """
    read_only = await connection.scalar(sa.text("SELECT current_setting('transaction_read_only')"))
    await connection.rollback()
    if is_standby:
        raise DatabaseOnStandby("The server is a standby, which only reads: migrate the primary.")
    if read_only == "on":
        raise StoreReadOnly("The database is set to read only: migrate as a role that may write.")


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection whose failures are errors of gapless.

    Raises:
        StoreUnavailable: the server can't be reached, refuses us, or refused a statement.
    """
    where: str | None = place_of(require_asyncpg(engine))
    try:
        async with engine.connect() as connection:
            where = None  # from here on it is a statement that fails
            yield connection
    except GaplessError:
        raise
    except Exception as error:
        if where is None and not isinstance(error, FAILURES):
            raise
        raise connecting(error, where) from error


async def _take_turn(connection: AsyncConnection, schema: str) -> None:
    """Waits by asking again: a waiting statement holds a snapshot, for which CREATE INDEX CONCURRENTLY would wait."""
    lock = sa.text(f"SELECT pg_try_advisory_lock({LOCK_KEY})")
    while not await connection.scalar(lock, {"schema": schema}):
        await connection.rollback()
        await asyncio.sleep(POLL_SECONDS)
    await connection.rollback()


async def require_known(connection: AsyncConnection, schema: str) -> None:
    """Refuses a database that a newer version of the library has migrated.

    Raises:
        DatabaseTooNew: it has.
    """
    revision = await database_revision(connection, schema)
    await connection.rollback()
    _require_not_too_new(revision, schema)


def _require_not_too_new(revision: str | None, schema: str) -> None:
    if state_of(revision) is DatabaseState.TOO_NEW:
        raise DatabaseTooNew(f"Schema {schema} is at revision {revision}, which this version of gapless does not know.")


async def _create_schema(connection: AsyncConnection, schema: str) -> None:
    await _ensure_schema(connection, schema)
    await connection.commit()


async def _ensure_schema(connection: AsyncConnection, schema: str) -> None:
    # Asked first, because IF NOT EXISTS needs the right to create schemas even if there is nothing to create.
    there = await connection.scalar(sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": schema})
    if there is None:
        await connection.execute(sa.text(f"CREATE SCHEMA {quoted(schema)}"))


def _run(connection: Connection, schema: str, target: Script) -> None:
    context = _context(schema, target, connection=connection)
    context.run_migrations(op=Operations(context))


def upgrade_inside(connection: Connection, schema: str, revision: str) -> None:
    """Brings a database to a revision inside the caller's transaction.

    Raises:
        InvalidValue: there is no such revision, or no schema can have that name.
        StoreUnavailable: the connection has no transaction.
    """
    target = revision_named(script_directory(), revision)
    if not connection.in_transaction():
        raise StoreUnavailable("A host's migration runs the migrations of gapless inside its own transaction.")
    lock = sa.text(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
    connection.execute(lock, {"schema": checked_schema(schema)})
    connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"))
    _run(connection, schema, target)


def script(schema: str, revision: str, since: str | None) -> str:
    """The migrations from one revision (None: from nothing) to another as a script of SQL.

    Raises:
        InvalidValue: there is no such revision, or no schema can have that name.
    """
    scripts = script_directory()
    target = revision_named(scripts, revision)
    start = None if since is None else revision_named(scripts, since).revision
    buffer = io.StringIO()
    if start is None:
        buffer.write(f"CREATE SCHEMA IF NOT EXISTS {quoted(checked_schema(schema))};\n\n")
    context = _context(schema, target, buffer=buffer, since=start)
    context.run_migrations(op=Operations(context))
    return buffer.getvalue()


def _context(
    schema: str,
    target: Script,
    *,
    connection: Connection | None = None,
    buffer: io.StringIO | None = None,
    since: str | None = None,
) -> MigrationContext:
    """Alembic's context for a run to the target: each revision in a transaction of its own, with its record."""
    scripts = script_directory()

    def steps(current: tuple[str, ...], _: MigrationContext) -> Iterable[RevisionStep]:
        revisions = revisions_after(scripts, current[0] if current else None, target)
        return [MigrationStep.upgrade_from_script(scripts.revision_map, revision) for revision in revisions]

    options = {
        "fn": steps,
        "version_table": VERSION_TABLE,
        "version_table_schema": checked_schema(schema),
        "transaction_per_migration": True,
        "as_sql": buffer is not None,
        "output_buffer": buffer,
        "starting_rev": since,
    }
    return MigrationContext.configure(connection, dialect=DIALECT, opts=options)
