"""Which revision a database has, found out without reading the revisions."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.migrations.chain import revision_names, span
from gapless.adapters.postgres.sql.text import checked_schema, qualified
from gapless.kit import Revisions
from gapless.kit.errors import DatabaseNotMigrated, DatabaseTooNew


class DatabaseState(enum.Enum):
    """How the revision of a database compares to the revisions of a service."""

    UP_TO_DATE = "up to date"
    PENDING = "pending"
    TOO_NEW = "too new"


async def database_revision(connection: AsyncConnection, revisions: Revisions, schema: str) -> str | None:
    """The revision that a database was last migrated to; None if it was never migrated.

    Raises:
        InvalidValue: the schema has no valid name.
    """
    return await connection.run_sync(revision_of, revisions, schema)


def revision_of(connection: Connection, revisions: Revisions, schema: str) -> str | None:
    """As `database_revision`, on a connection of a host's own migration as well."""
    if not has_version_table(connection, revisions, schema):
        return None
    table = qualified(schema, revisions.version_table)
    found = connection.scalars(sa.text(f"SELECT version_num FROM {table}"))  # noqa: S608  # checked names
    return max(map(str, found), default=None)


def has_version_table(connection: Connection, revisions: Revisions, schema: str) -> bool:
    """Whether a database has a record of migrations.

    Raises:
        InvalidValue: the schema has no valid name.
    """
    table = qualified(checked_schema(schema), revisions.version_table)
    there = sa.text("SELECT pg_catalog.to_regclass(CAST(:table AS text)) IS NOT NULL")
    return bool(connection.scalar(there, {"table": table}))


def state_of(revision: str | None, revisions: Revisions) -> DatabaseState:
    """Compares the revision of a database with a service; an unknown revision comes from a newer version."""
    names = revision_names(revisions)
    if revision == names[-1]:
        return DatabaseState.UP_TO_DATE
    return DatabaseState.PENDING if revision is None or revision in names else DatabaseState.TOO_NEW


async def require_migrated(connection: AsyncConnection, revisions: Revisions, schema: str) -> None:
    """Refuses a database whose revision is not the newest one of a service, with two small queries.

    Args:
        connection: a connection to the database.
        revisions: the revisions of the service.
        schema: the PostgreSQL schema of its tables.

    Raises:
        InvalidValue: the schema has no valid name.
        DatabaseNotMigrated: the database lacks a revision.
        DatabaseTooNew: a newer version has migrated it.
    """
    revision = await database_revision(connection, revisions, schema)
    require_not_too_new(revision, revisions, schema)
    if state_of(revision, revisions) is DatabaseState.PENDING:
        raise DatabaseNotMigrated(f"Migrations of schema {schema} are pending: run `{revisions.command_for(schema)}`.")


def require_not_too_new(revision: str | None, revisions: Revisions, schema: str) -> None:
    """Refuses a revision that a service does not have.

    Raises:
        DatabaseTooNew: the service does not have this revision.
    """
    if state_of(revision, revisions) is DatabaseState.TOO_NEW:
        raise DatabaseTooNew(
            f"Schema {schema} is at revision {revision}, which this version of {revisions.package} does not have, with "
            f"its {span(revisions)}: a newer one has migrated the database, so update this one."
        )
