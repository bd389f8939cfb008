"""The migrations of the tables of gapless, for deployments and for hosts that have migrations of their own.

The tables live in a PostgreSQL schema of their own, with a version table there. `await migrate(engine)` brings them
up to date; a host with its own Alembic may call `upgrade_to(op, "gapless_0001")` from a revision of its own instead.
Both keep the same record, so they can be mixed. Migrations create no roles: `grants` lists what a role
needs. There is no way back: restore a backup.
"""

from __future__ import annotations

from typing import NamedTuple

import attrs
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.definitions.ddl import comment_statements, create_statements
from gapless.adapters.postgres.definitions.grants import Profile, grant_statements
from gapless.adapters.postgres.definitions.sql_text import checked_schema
from gapless.adapters.postgres.migrations import runner
from gapless.adapters.postgres.migrations.blocking import WAITING_SECONDS, Report, told
from gapless.adapters.postgres.migrations.state import (
    DatabaseState,
    database_revision,
    packaged_revisions,
    state_of,
)
from gapless.adapters.postgres.suitability import require_suitable
from gapless.adapters.postgres.verification.columns import migrate_command
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of, has_migrations
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.kit.errors import StoreUnavailable
from gapless.kit.plain import plain_text

__all__ = [
    "DatabaseState",
    "Pending",
    "Profile",
    "Status",
    "comment_statements",
    "create_statements",
    "differences",
    "grants",
    "include_name",
    "migrate",
    "pending",
    "sql",
    "status",
    "upgrade_to",
]

SCHEMA = "gapless"


class Pending(NamedTuple):
    """A revision that a database does not have yet, and what it does in one sentence."""

    revision: str
    sentence: str


@attrs.frozen
class Status:
    """Where a database stands.

    Attributes:
        database: the revision it was last migrated to; None if it never was.
        library: the newest revision of this version of gapless.
        state: how the two compare.
    """

    database: str | None
    library: str
    state: DatabaseState


async def migrate(
    engine: AsyncEngine,
    *,
    schema: str = SCHEMA,
    revision: str = runner.HEAD,
    pooler: bool = False,
    seconds: float = WAITING_SECONDS,
    report: Report = told,
) -> None:
    """Brings a database up to date. Each revision is kept as a whole or not at all.

    Several processes may do so at once, as when an application starts many times: one does the work, the others wait
    for it. Who waits for a lock, of another migration or of anybody else, says who holds it, and ends after a limit.
    Through a pooler in transaction mode all revisions are one transaction.

    Args:
        engine: SQLAlchemy's, with asyncpg, of a role that may create the schema or owns it.
        schema: the PostgreSQL schema that holds the tables; created if it is not there.
        revision: up to which one; "head" for the newest. A database that has it already is left as it is.
        pooler: whether a pooler in transaction mode stands before the server. PgBouncer and those that greet their
            clients as it does are noticed.
        seconds: how long to wait at most for locks that others hold, together.
        report: takes a line about who holds a lock: at once when one has to be waited for, and then every ten seconds.
            The log of the process (`gapless.postgres`, a warning) if it is left out.

    Raises:
        InvalidValue: there is no such revision, no schema can have that name, or the seconds can't be waited.
        MigrationBlocked: others held locks for longer; the error names them, and nothing half done is left.
        DatabaseTooNew: a newer gapless has migrated it.
        DatabaseUnsuitable: the server is too old, or the encoding is not UTF8.
        DatabaseOnStandby, StoreReadOnly: the server only reads.
        StoreUnavailable: the server can't be reached, or refused something; nothing half done is left.
    """
    await runner.upgrade(engine, checked_schema(schema), revision, pooler=pooler, seconds=seconds, report=report)


async def status(engine: AsyncEngine, *, schema: str = SCHEMA) -> Status:
    """Where a database stands; a revision that this version does not know is no error here.

    Raises:
        InvalidValue: no schema can have that name.
    """
    schema = checked_schema(schema)
    async with runner.connected(engine) as connection:
        revision = await database_revision(connection, schema)
    return Status(revision, packaged_revisions()[-1], state_of(revision))


async def pending(engine: AsyncEngine, *, schema: str = SCHEMA) -> list[Pending]:
    """The revisions that `migrate` would carry out, in their order.

    Raises:
        InvalidValue: no schema can have that name.
        DatabaseTooNew: a newer gapless has migrated the database.
    """
    schema = checked_schema(schema)
    async with runner.connected(engine) as connection:
        await runner.require_known(connection, schema)
        revision = await database_revision(connection, schema)
    scripts = runner.script_directory()
    found = runner.revisions_after(scripts, revision, runner.revision_named(scripts, runner.HEAD))
    return [Pending(script.revision, script.doc) for script in found]


async def differences(engine: AsyncEngine, *, schema: str = SCHEMA, catalogue: Catalogue = GAPLESS) -> tuple[str, ...]:
    """What a database lacks of a catalogue, or has otherwise; nothing is changed.

    `gapless.open` refuses such a database. What others have added to it is no difference.

    Args:
        engine: SQLAlchemy's, with asyncpg; its role needs USAGE on the schema and SELECT on its alembic_version,
            and no right to a table.
        schema: the PostgreSQL schema that holds the tables.
        catalogue: the entities and rules, those of the host among them.

    Returns:
        One sentence each, without a stop at its end, the most important first.

    Raises:
        InvalidValue: no schema can have that name, or what is given is no catalogue.
        DatabaseTooNew: a newer gapless has migrated the database.
        DatabaseUnsuitable: the server is too old, or the encoding is not UTF8.
        StoreUnavailable: the server can't be reached.
    """
    schema = checked_schema(schema)
    declaration = Declaration.of(catalogue, schema)
    async with runner.connected(engine) as connection:
        await require_suitable(connection)
        if has_migrations(catalogue):
            await runner.require_known(connection, schema)
            if state_of(await database_revision(connection, schema)) is DatabaseState.PENDING:
                return (f"migrations of schema {schema} are pending: run `{migrate_command(schema)}`",)
        return tuple(difference.sentence for difference in await differences_of(connection, declaration))


def sql(*, schema: str = SCHEMA, revision: str = runner.HEAD, since: str | None = None) -> str:
    """The migrations as a script for psql, for those who let nobody else change their database.

    Args:
        schema: the PostgreSQL schema that holds the tables.
        revision: up to which one.
        since: the revision that the database has (see `status`); None if it has none.

    Raises:
        InvalidValue: there is no such revision, or no schema can have that name.
    """
    return runner.script(checked_schema(schema), revision, since)


def upgrade_to(
    op: Operations,
    revision: str,
    *,
    schema: str = SCHEMA,
    seconds: float = WAITING_SECONDS,
    report: Report = told,
) -> None:
    """Brings the tables of gapless to a revision, from a revision of the host's own Alembic, in its transaction.

    Name the revision, not "head": what a host's old revision does must not change with the version of gapless.

    Args:
        op: Alembic's `op` in the host's revision.
        revision: up to which one; a database that has it already is left as it is.
        schema: the PostgreSQL schema that holds the tables.
        seconds, report: as of `migrate`.

    Raises:
        InvalidValue: there is no such revision, no schema can have that name, or the seconds can't be waited.
        StoreUnavailable: the host runs its migrations offline.
        MigrationBlocked: others held locks for longer; the host's transaction is as it was before.
    """
    bind = op.get_bind() if not op.get_context().as_sql else None
    if not isinstance(bind, Connection):
        raise StoreUnavailable("upgrade_to needs a connection; for a script use gapless.postgres.sql().")
    runner.upgrade_inside(bind, checked_schema(schema), revision, seconds=seconds, report=report)


def include_name(name: str | None, type_: str, parent_names: object = None) -> bool:  # noqa: ARG001  # Alembic passes it
    """For a host's `context.configure(include_schemas=True, include_name=…)`: leaves the tables of gapless alone."""
    return plain_text(type_) != "schema" or plain_text(name) != SCHEMA


def grants(
    role: str, *, profile: Profile = Profile.REQUESTS, schema: str = SCHEMA, catalogue: Catalogue = GAPLESS
) -> tuple[str, ...]:
    """The statements that give a role the rights that its work needs, and no others.

    With either profile the role can neither forge what the store keeps for its rules, nor change the audit trail, nor
    the key of a row or when it was created. Run them as the owner of the tables, one statement a call, after the
    migrations; a role that gets another profile is a new role, for nothing is revoked.

    Args:
        role: the role under which a process connects; it is not the one that migrates.
        profile: what the role is for.
        schema: the PostgreSQL schema that holds the tables.
        catalogue: the entities that it works with, those of the host among them.

    Returns:
        One statement each, without a semicolon at its end.

    Raises:
        InvalidValue: no schema or no role can have that name, or PostgreSQL reads it as everybody; or there is no such
            profile, or what is given is no catalogue.
    """
    return tuple(grant_statements(catalogue, role, profile, schema))
