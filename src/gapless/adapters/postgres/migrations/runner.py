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

from gapless.adapters.postgres.connections.engine import CONNECT_SECONDS, place_of, require_asyncpg
from gapless.adapters.postgres.errors import connecting
from gapless.adapters.postgres.migrations.blocking import (
    LOST_RACES,
    WAITING_SECONDS,
    Report,
    Waiting,
    is_locked,
    state_of_failure,
    told,
)
from gapless.adapters.postgres.migrations.state import (
    VERSION_TABLE,
    DatabaseState,
    database_revision,
    has_version_table,
    revision_of,
    state_of,
)
from gapless.adapters.postgres.server.poolers import is_pooled
from gapless.adapters.postgres.server.suitability import require_suitable
from gapless.adapters.postgres.sql.text import DIALECT, checked_schema, qualified, quoted
from gapless.kit.errors import (
    DatabaseOnStandby,
    DatabaseTooNew,
    GaplessError,
    InvalidValue,
    StoreReadOnly,
    StoreUnavailable,
)
from gapless.kit.plain import plain_text, shown

HEAD = "head"
FAILURES = (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
POLL_SECONDS = 0.1


def script_directory() -> ScriptDirectory:
    """The chain of revisions."""
    return ScriptDirectory(str(Path(__file__).parent))


def revision_named(scripts: ScriptDirectory, name: str) -> Script:
    """The revision of a name, or the newest for "head".

    Raises:
        InvalidValue: there is none.
    """
    asked = plain_text(name)
    wanted = scripts.get_current_head() if asked == HEAD else asked
    found = next((script for script in scripts.walk_revisions() if script.revision == wanted), None)
    if found is None:
        said = f"This version of gapless has no revision '{shown(name)}'."
        raise InvalidValue("revision", said, fields=("revision",))
    return found


def revisions_after(scripts: ScriptDirectory, since: str | None, target: Script) -> list[Script]:
    """The revisions that lead from one (or from an empty database) to the target; none if it is already behind."""
    path = list(reversed(list(scripts.iterate_revisions(target.revision, "base"))))
    if since is None:
        return path
    names = [script.revision for script in path]
    return path[names.index(since) + 1 :] if since in names else []


async def upgrade(
    engine: AsyncEngine,
    schema: str,
    revision: str,
    *,
    pooler: bool = False,
    seconds: float = WAITING_SECONDS,
    report: Report = told,
) -> None:
    """Brings a database to a revision. Several that do so at once take turns, revision by revision.

    The lock is that of the version table, which only those can take who may write there; before there is one, the
    making of it. It goes with the transaction, so that nothing is left when the connection breaks or the task is
    cancelled. Through a pooler all revisions are one transaction.
    """
    target = revision_named(script_directory(), revision)
    waiting = Waiting(checked_schema(schema), seconds, report)
    async with connected(engine) as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        await _require_writable(connection, is_standby=(await require_suitable(connection)).is_standby)
        at_once = pooler or await is_pooled(await _driver(connection), CONNECT_SECONDS)
        while not await _advanced(connection, schema, target, waiting, at_once=at_once):
            pass  # it pauses by itself


async def _advanced(
    connection: AsyncConnection, schema: str, target: Script, waiting: Waiting, *, at_once: bool
) -> bool:
    """One transaction with the next revision, or with all; returns whether none is left.

    Raises:
        MigrationBlocked: others held locks for too long.
    """
    try:
        is_done = await connection.run_sync(_step, schema, target, waiting, at_once)
        await connection.commit()
    except DBAPIError as error:
        await connection.rollback()
        await connection.run_sync(_require_retryable, schema, error, waiting)
        await connection.rollback()
        await asyncio.sleep(POLL_SECONDS)
        return False
    return is_done


def _step(connection: Connection, schema: str, target: Script, waiting: Waiting, at_once: bool) -> bool:
    """Carries out the next revision, or all that are left, under the lock; returns whether none is left."""
    if not _left(connection, schema, target):
        return True  # which a role that may only read can be told as well
    connection.execute(waiting.limit())
    waiting.is_first = not has_version_table(connection, schema)
    _take_turn(connection, schema, is_first=waiting.is_first)
    left = _left(connection, schema, target)
    if left:
        _run(connection, schema, target if at_once else left[0])
    return at_once or len(left) <= 1


def _left(connection: Connection, schema: str, target: Script) -> list[Script]:
    revision = revision_of(connection, schema)
    _require_not_too_new(revision, schema)
    return revisions_after(script_directory(), revision, target)


def _take_turn(connection: Connection, schema: str, *, is_first: bool) -> None:
    """Takes the lock of the version table, which readers don't feel.

    Where there is none, the schema and the table are made: of two that make them at once the server lets one wait.
    """
    if not is_first:
        connection.execute(sa.text(f"LOCK TABLE {qualified(schema, VERSION_TABLE)} IN SHARE ROW EXCLUSIVE MODE"))
        return
    # Asked first, because IF NOT EXISTS needs the right to create schemas even if there is nothing to create.
    asked = sa.text("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = :schema")
    if connection.scalar(asked, {"schema": schema}) is None:
        connection.execute(sa.text(f"CREATE SCHEMA {quoted(schema)}"))


def _require_retryable(connection: Connection, schema: str, error: DBAPIError, waiting: Waiting) -> None:
    """After a failed attempt: passes over what another attempt may mend, and tells who stands in the way.

    Raises:
        MigrationBlocked: others held locks for too long.
        DBAPIError: what failed, if it is anything else.
    """
    if is_locked(error):
        query, values = waiting.look()
        waiting.refused([dict(row) for row in connection.execute(query, values).mappings()])
        return
    has_lost = waiting.is_first and state_of_failure(error) in LOST_RACES and has_version_table(connection, schema)
    if not has_lost:  # nobody else made the schema meanwhile
        raise error


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


def _run(connection: Connection, schema: str, target: Script) -> None:
    context = _context(schema, target, connection=connection)
    context.run_migrations(op=Operations(context))


def upgrade_inside(
    connection: Connection, schema: str, revision: str, *, seconds: float = WAITING_SECONDS, report: Report = told
) -> None:
    """Brings a database to a revision inside the caller's transaction.

    Raises:
        InvalidValue: there is no such revision, or no schema can have that name.
        StoreUnavailable: the connection has no transaction.
        MigrationBlocked: others held locks for too long; the transaction is as it was before.
    """
    target = revision_named(script_directory(), revision)
    waiting = Waiting(checked_schema(schema), seconds, report)
    if not connection.in_transaction():
        raise StoreUnavailable("A host's migration runs the migrations of gapless inside its own transaction.")
    former = connection.scalar(sa.text("SELECT pg_catalog.current_setting('lock_timeout')"))
    while not _advanced_inside(connection, schema, target, waiting):
        pass  # each attempt waits at the server
    connection.execute(sa.text("SELECT pg_catalog.set_config('lock_timeout', :former, true)"), {"former": former})


def _advanced_inside(connection: Connection, schema: str, target: Script, waiting: Waiting) -> bool:
    savepoint = connection.begin_nested()
    try:
        _step(connection, schema, target, waiting, at_once=True)
    except DBAPIError as error:
        savepoint.rollback()
        _require_retryable(connection, schema, error, waiting)
        return False
    savepoint.commit()
    return True


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
