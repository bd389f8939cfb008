"""What state a database's migrations are in, without loading the migrations."""

from __future__ import annotations

import enum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.sql.text import checked_schema, qualified

VERSION_TABLE = "alembic_version"
VERSIONS = Path(__file__).with_name("versions")


class DatabaseState(enum.Enum):
    """How the migrations of a database stand to those of this library."""

    UP_TO_DATE = "up to date"
    PENDING = "pending"
    TOO_NEW = "too new"


def packaged_revisions() -> tuple[str, ...]:
    """The revisions that this library has, oldest first; each is a file of its own name."""
    return tuple(sorted(path.stem for path in VERSIONS.glob("*.py")))


async def database_revision(connection: AsyncConnection, schema: str) -> str | None:
    """The revision that a database was last migrated to; None if it never was.

    Raises:
        InvalidValue: no schema can have that name.
    """
    return await connection.run_sync(revision_of, schema)


def revision_of(connection: Connection, schema: str) -> str | None:
    """As `database_revision`, on a connection of a host's own migration as well."""
    if not has_version_table(connection, schema):
        return None
    table = qualified(schema, VERSION_TABLE)
    found = connection.scalars(sa.text(f"SELECT version_num FROM {table}"))  # noqa: S608  # a checked name
    return max(map(str, found), default=None)


def has_version_table(connection: Connection, schema: str) -> bool:
    """Whether there is a record of migrations.

    Raises:
        InvalidValue: no schema can have that name.
    """
    table = qualified(checked_schema(schema), VERSION_TABLE)
    return connection.scalar(sa.text("SELECT to_regclass(:table)"), {"table": table}) is not None


async def revision_state(connection: AsyncConnection, schema: str) -> DatabaseState:
    """How a database stands to this library: two small queries.

    Args:
        connection: to the database.
        schema: the PostgreSQL schema of gapless there.

    Raises:
        InvalidValue: no schema can have that name.
    """
    return state_of(await database_revision(connection, schema))


def state_of(revision: str | None) -> DatabaseState:
    """How a revision stands to those of this library; one that it does not know comes from a newer one."""
    packaged = packaged_revisions()
    if revision == packaged[-1]:
        return DatabaseState.UP_TO_DATE
    return DatabaseState.PENDING if revision is None or revision in packaged else DatabaseState.TOO_NEW
