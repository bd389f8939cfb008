"""Everything about PostgreSQL: engines, the store, migrations, rights, and whether a database enforces every rule.

The tables live in a PostgreSQL schema of their own, with a version table there. `await migrate(engine)` brings them
up to date; a host with its own Alembic may call `upgrade_to(op, "gapless_0001")` from a revision of its own instead.
Both keep the same record, so they can be mixed. A service with a catalogue of its own hands over `revisions=`, the
chain that it declares with `gapless.kit.Revisions`. Migrations create no roles: `grants` lists what a role
needs. There is no way back: restore a backup.
"""

from __future__ import annotations

from typing import NamedTuple

import attrs
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.migrations import runner
from gapless.adapters.postgres.migrations.blocking import WAITING_SECONDS, Report, told
from gapless.adapters.postgres.migrations.chain import HEAD, read_chain, revision_names
from gapless.adapters.postgres.migrations.frozen_sql import frozen_revision
from gapless.adapters.postgres.migrations.state import DatabaseState, database_revision, state_of
from gapless.adapters.postgres.roles.grants import Profile, grant_statements
from gapless.adapters.postgres.schema.creation import comment_statements, create_statements
from gapless.adapters.postgres.server.suitability import require_suitable
from gapless.adapters.postgres.sql.text import checked_schema
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.bootstrap import DEFAULT_CATALOGUE, DEFAULT_REVISIONS, default_revisions
from gapless.kit import Catalogue, Revisions
from gapless.kit.catalogue import require_catalogue
from gapless.kit.errors import InvalidValue, StoreUnavailable
from gapless.kit.plain import plain_text
from gapless.kit.revisions import require_revisions

__all__ = [
    "DatabaseState",
    "Pending",
    "PostgresStore",
    "Profile",
    "Status",
    "comment_statements",
    "create_engine",
    "create_statements",
    "differences",
    "frozen_revision",
    "grants",
    "include_name",
    "migrate",
    "migration_script",
    "pending",
    "status",
    "upgrade_to",
]


class Pending(NamedTuple):
    """A revision that a database does not have yet, and what it does in one sentence."""

    revision: str
    sentence: str


@attrs.frozen
class Status:
    """Where a database stands.

    Attributes:
        database: the revision it was last migrated to; None if it never was.
        library: the newest revision of the chain, as this version has it.
        state: how the two compare.
    """

    database: str | None
    library: str
    state: DatabaseState


async def migrate(
    engine: AsyncEngine,
    *,
    schema: str | None = None,
    revision: str = HEAD,
    revisions: Revisions = DEFAULT_REVISIONS,
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
        schema: the PostgreSQL schema that holds the tables, created if it is not there; that which the revisions name
            if it is left out.
        revision: up to which one; "head" for the newest. A database that has it already is left as it is.
        revisions: the chain; that of the voice service if it is left out.
        pooler: whether a pooler in transaction mode stands before the server. PgBouncer and those that greet their
            clients as it does are noticed.
        seconds: how long to wait at most for locks that others hold, together.
        report: takes a line about who holds a lock: at once when one has to be waited for, and then every ten seconds.
            The log of the process (`gapless.postgres`, a warning) if it is left out.

    Raises:
        InvalidValue: there is no such revision, no schema can have that name, or the seconds can't be waited.
        DeclarationError: the revisions can't be read.
        MigrationBlocked: others held locks for longer; the error names them, and nothing half done is left.
        DatabaseTooNew: a newer version has migrated it.
        DatabaseUnsuitable: the server is too old, or the encoding is not UTF8.
        DatabaseOnStandby, StoreReadOnly: the server only reads.
        StoreUnavailable: the server can't be reached, or refused something; nothing half done is left.
    """
    schema = _schema(schema, revisions)
    await runner.upgrade(engine, revisions, schema, revision, pooler=pooler, seconds=seconds, report=report)


async def status(engine: AsyncEngine, *, schema: str | None = None, revisions: Revisions = DEFAULT_REVISIONS) -> Status:
    """Where a database stands; a revision that this version does not know is no error here.

    Args:
        engine: SQLAlchemy's, with asyncpg.
        schema, revisions: as of `migrate`.

    Raises:
        InvalidValue: no schema can have that name.
        DeclarationError: the revisions can't be read.
    """
    schema = _schema(schema, revisions)
    async with runner.connected(engine) as connection:
        revision = await database_revision(connection, revisions, schema)
    return Status(revision, revision_names(revisions)[-1], state_of(revision, revisions))


async def pending(
    engine: AsyncEngine, *, schema: str | None = None, revisions: Revisions = DEFAULT_REVISIONS
) -> list[Pending]:
    """The revisions that `migrate` would carry out, in their order.

    Args:
        engine: SQLAlchemy's, with asyncpg.
        schema, revisions: as of `migrate`.

    Raises:
        InvalidValue: no schema can have that name.
        DeclarationError: the revisions can't be read.
        DatabaseTooNew: a newer version has migrated the database.
    """
    schema = _schema(schema, revisions)
    chain = read_chain(revisions)
    async with runner.connected(engine) as connection:
        revision = await runner.require_known(connection, revisions, schema)
    return [Pending(found.name, found.sentence) for found in chain.after(revision, chain.named(HEAD))]


async def differences(
    engine: AsyncEngine,
    *,
    schema: str | None = None,
    catalogue: Catalogue | None = None,
    revisions: Revisions | None = None,
) -> tuple[str, ...]:
    """What a database lacks of a catalogue, or has otherwise; nothing is changed.

    `gapless.open` refuses such a database. What others have added to it is no difference.

    Args:
        engine: SQLAlchemy's, with asyncpg; its role needs USAGE on the schema and SELECT on its version table,
            and no right to a table.
        schema: the PostgreSQL schema that holds the tables; that which the revisions name if it is left out.
        catalogue: the entities and rules, those of the host among them; that of the revisions if it is left out.
        revisions: the chain to whose newest revision the database is held first. If it is left out, that of the voice
            service for catalogues with its root, and none for others.

    Returns:
        One sentence each, without a stop at its end, the most important first.

    Raises:
        InvalidValue: no schema can have that name, or what is given is no catalogue, or one of another root than the
            revisions.
        DeclarationError: the revisions can't be read.
        DatabaseTooNew: a newer version has migrated the database.
        DatabaseUnsuitable: the server is too old, or the encoding is not UTF8.
        StoreUnavailable: the server can't be reached.
    """
    catalogue, revisions = _asked_for(catalogue, revisions)
    schema = _schema(schema, DEFAULT_REVISIONS if revisions is None else revisions)
    declaration = Declaration.of(catalogue, schema, revisions)
    async with runner.connected(engine) as connection:
        await require_suitable(connection)
        if revisions is not None:
            revision = await runner.require_known(connection, revisions, schema)
            if state_of(revision, revisions) is DatabaseState.PENDING:
                return (f"migrations of schema {schema} are pending: run `{revisions.command_for(schema)}`",)
        return tuple(difference.sentence for difference in await differences_of(connection, declaration))


def migration_script(
    *,
    schema: str | None = None,
    revision: str = HEAD,
    since: str | None = None,
    revisions: Revisions = DEFAULT_REVISIONS,
) -> str:
    """The migrations as a script for psql, for those who let nobody else change their database.

    Args:
        schema, revisions: as of `migrate`.
        revision: up to which one.
        since: the revision that the database has (see `status`); None if it has none.

    Raises:
        InvalidValue: there is no such revision, or no schema can have that name.
        DeclarationError: the revisions can't be read.
    """
    return runner.script(revisions, _schema(schema, revisions), revision, since)


def upgrade_to(
    op: Operations,
    revision: str,
    *,
    schema: str | None = None,
    revisions: Revisions = DEFAULT_REVISIONS,
    seconds: float = WAITING_SECONDS,
    report: Report = told,
) -> None:
    """Brings the tables to a revision, from a revision of the host's own Alembic, in its transaction.

    Name the revision, not "head": what a host's old revision does must not change with the version of gapless.

    Args:
        op: Alembic's `op` in the host's revision.
        revision: up to which one; a database that has it already is left as it is.
        schema, revisions, seconds, report: as of `migrate`.

    Raises:
        InvalidValue: there is no such revision, no schema can have that name, or the seconds can't be waited.
        DeclarationError: the revisions can't be read.
        StoreUnavailable: the host runs its migrations offline.
        MigrationBlocked: others held locks for longer; the host's transaction is as it was before.
    """
    bind = op.get_bind() if not op.get_context().as_sql else None
    if not isinstance(bind, Connection):
        said = "upgrade_to needs a connection; for a script use gapless.postgres.migration_script()."
        raise StoreUnavailable(said)
    schema = _schema(schema, revisions)
    runner.upgrade_inside(bind, revisions, schema, revision, seconds=seconds, report=report)


def include_name(name: str | None, type_: str, parent_names: object = None) -> bool:  # noqa: ARG001  # Alembic passes it
    """For a host's `context.configure(include_schemas=True, include_name=…)`: leaves the tables of gapless alone."""
    return plain_text(type_) != "schema" or plain_text(name) != DEFAULT_REVISIONS.schema


def grants(
    role: str,
    *,
    profile: Profile = Profile.REQUESTS,
    schema: str | None = None,
    catalogue: Catalogue | None = None,
    revisions: Revisions | None = None,
) -> tuple[str, ...]:
    """The statements that give a role the rights that its work needs, and no others.

    With either profile the role can neither forge what the store keeps for its rules, nor change the audit trail, nor
    the key of a row or when it was created. Run them as the owner of the tables, one statement a call, after the
    migrations; a role that gets another profile is a new role, for nothing is revoked.

    Args:
        role: the role under which a process connects; it is not the one that migrates.
        profile: what the role is for.
        schema: the PostgreSQL schema that holds the tables; that which the revisions name if it is left out.
        catalogue: the entities that it works with, those of the host among them; that of the revisions if it is left
            out.
        revisions: the chain whose record the role reads when a store is opened; if it is left out as of `differences`.

    Returns:
        One statement each, without a semicolon at its end.

    Raises:
        InvalidValue: no schema or no role can have that name, or PostgreSQL reads it as everybody; or there is no such
            profile, or what is given is no catalogue, or one of another root than the revisions.
    """
    catalogue, revisions = _asked_for(catalogue, revisions)
    schema = _schema(schema, DEFAULT_REVISIONS if revisions is None else revisions)
    return tuple(grant_statements(catalogue, role, profile, schema, revisions))


def _schema(schema: str | None, revisions: Revisions) -> str:
    """The schema that is named, or that of the revisions."""
    usual = require_revisions(revisions).schema
    return checked_schema(usual if schema is None else schema)


def _asked_for(catalogue: Catalogue | None, revisions: Revisions | None) -> tuple[Catalogue, Revisions | None]:
    """What is asked for, with what follows where one of the two is left out."""
    if catalogue is None:
        usual = DEFAULT_CATALOGUE if revisions is None else require_revisions(revisions).catalogue
        return usual, DEFAULT_REVISIONS if revisions is None else revisions
    require_catalogue("catalogue", catalogue)
    if revisions is None:
        return catalogue, default_revisions(catalogue)
    if not require_revisions(revisions).is_about(catalogue):
        said = f"The revisions of {revisions.package} are of another root than the catalogue: name those that make it."
        raise InvalidValue("revisions", said, fields=("revisions",))
    return catalogue, revisions
