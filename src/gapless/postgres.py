"""Everything about PostgreSQL: engines, the store, migrations, rights, and whether a database enforces every rule.

The tables live in a PostgreSQL schema of their own, with a version table. `await migrate(engine)` brings them up to
date. A host with its own Alembic may instead call `upgrade_to(op, "gapless_0001")` in a revision of its own; both keep
the same record, so they can be mixed. A service with its own catalogue passes `revisions=`, the chain that it declares
with `gapless.kit.Revisions`. Migrations create no roles: `grants` lists the rights that a role needs. A migration can't
be undone: restore a backup.
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
from gapless.adapters.postgres.revisions import authoring
from gapless.adapters.postgres.revisions.authoring import Decisions
from gapless.adapters.postgres.revisions.revision_folder import RevisionFolder, WrittenRevision
from gapless.adapters.postgres.roles.grants import Profile, grant_statements
from gapless.adapters.postgres.schema.creation import comment_statements, create_statements
from gapless.adapters.postgres.server.suitability import require_suitable
from gapless.adapters.postgres.sql.text import checked_schema
from gapless.adapters.postgres.verification.autogenerate import Autogenerate
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.bootstrap import DEFAULT_REVISIONS, chains_for
from gapless.kit import Catalogue, Revisions
from gapless.kit.catalogue import require_catalogue
from gapless.kit.errors import StoreUnavailable
from gapless.kit.plain import plain_text
from gapless.kit.revisions import require_revisions

__all__ = [
    "Autogenerate",
    "DatabaseState",
    "Decisions",
    "Pending",
    "PostgresStore",
    "Profile",
    "Status",
    "WrittenRevision",
    "autogenerate",
    "comment_statements",
    "create_engine",
    "create_statements",
    "differences",
    "frozen_revision",
    "grants",
    "include_name",
    "migrate",
    "migration_script",
    "next_revision",
    "pending",
    "status",
    "upgrade_to",
]


class Pending(NamedTuple):
    """A revision that a database does not have yet, with one sentence about what it does."""

    revision: str
    sentence: str


@attrs.frozen
class Status:
    """Compares the revision of a database with the newest one.

    Attributes:
        database: the revision that the database was last migrated to; None if it was never migrated.
        library: the newest revision of the chain in this version.
        state: the result of the comparison.
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
    """Brings a database up to date, revision by revision. Each is one transaction with its record.

    A revision in steps keeps the steps that were carried out if a later one fails. They change nothing that the
    application relies on, and another call begins again with the first of them.

    Several processes may call it at once, for instance when an application starts many times: one of them does the
    work, the others wait. A process that waits for a lock, of another migration or of anybody else, says who holds it,
    and gives up after a limit. Through a pooler in transaction mode all revisions are one transaction.

    Args:
        engine: an engine of SQLAlchemy with asyncpg; its role may create the schema, or owns it. A revision in steps
            needs a second connection of it.
        schema: the PostgreSQL schema of the tables, which is created if it does not exist; by default the one that the
            revisions name.
        revision: the last revision to apply; "head" for the newest. A database that already has it is left as it is.
        revisions: the chain; by default the voice service's.
        pooler: whether a pooler in transaction mode stands before the server. PgBouncer, and poolers that greet clients
            as it does, are noticed without it.
        seconds: how many seconds to wait at most, in all, for locks that others hold.
        report: is called with a line about who holds a lock: once at the beginning of a wait, and then every ten
            seconds. By default it is a warning in the log `gapless.postgres`.

    Raises:
        InvalidValue: there is no such revision, the schema has no valid name, or `seconds` is not allowed.
        DeclarationError: the revisions can't be read.
        MigrationBlocked: others held a lock for too long; the error names them. Of the revision at least
            the last step is not done.
        RevisionFailed: PostgreSQL refuses a statement of a revision; the error names its file and line, and says why.
            Nothing of its transaction is kept.
        DatabaseTooNew: a newer version has migrated the database.
        DatabaseUnsuitable: the server is too old, or its encoding is not UTF8.
        DatabaseOnStandby, StoreReadOnly: the server can only be read.
        StoreUnavailable: the server can't be reached, or has refused something; or the engine has no second connection.
    """
    schema = _schema(schema, revisions)
    await runner.upgrade(engine, revisions, schema, revision, pooler=pooler, seconds=seconds, report=report)


async def status(engine: AsyncEngine, *, schema: str | None = None, revisions: Revisions = DEFAULT_REVISIONS) -> Status:
    """Says which revision a database has; a revision that this version does not know is no error here.

    Args:
        engine: an engine of SQLAlchemy with asyncpg.
        schema, revisions: as for `migrate`.

    Raises:
        InvalidValue: the schema has no valid name.
        DeclarationError: the revisions can't be read.
    """
    schema = _schema(schema, revisions)
    async with runner.connected(engine) as connection:
        revision = await database_revision(connection, revisions, schema)
    return Status(revision, revision_names(revisions)[-1], state_of(revision, revisions))


async def pending(
    engine: AsyncEngine, *, schema: str | None = None, revisions: Revisions = DEFAULT_REVISIONS
) -> list[Pending]:
    """Lists the revisions that `migrate` would apply, in their order.

    Args:
        engine: an engine of SQLAlchemy with asyncpg.
        schema, revisions: as for `migrate`.

    Raises:
        InvalidValue: the schema has no valid name.
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
    """Lists what a database lacks of a catalogue, or has in another form; it changes nothing.

    `gapless.open` refuses a database with differences. Objects that others have added to it are no differences.

    Args:
        engine: an engine of SQLAlchemy with asyncpg; its role needs USAGE on the schema and SELECT on its version
            table, and no right to any other table.
        schema: the PostgreSQL schema of the tables; by default the one that the revisions name.
        catalogue: the entities and rules, with the host's own; by default the catalogue of the revisions.
        revisions: the chain whose newest revision the database must have. By default the voice service's for a
            catalogue with its root, and none for others; beside one that goes `beyond` it, that one as well.

    Returns:
        One sentence for each difference, without a full stop, the most important first.

    Raises:
        InvalidValue: the schema has no valid name, `catalogue` is not a Catalogue, or its root is not the root of the
            revisions.
        DeclarationError: the revisions can't be read.
        DatabaseTooNew: a newer version has migrated the database.
        DatabaseUnsuitable: the server is too old, or its encoding is not UTF8.
        StoreUnavailable: the server can't be reached.
    """
    catalogue, chains, schema = _asked_for(catalogue, revisions, schema)
    declaration = Declaration.of(catalogue, schema, *chains)
    async with runner.connected(engine) as connection:
        await require_suitable(connection)
        for chain in chains:
            revision = await runner.require_known(connection, chain, schema)
            if state_of(revision, chain) is DatabaseState.PENDING:
                return (f"migrations of schema {schema} are pending: run `{chain.command_for(schema)}`",)
        return tuple(difference.sentence for difference in await differences_of(connection, declaration))


def next_revision(
    revisions: Revisions,
    *,
    service: str | None = None,
    sentence: str | None = None,
    decisions: Decisions | None = None,
    online: bool = True,
) -> WrittenRevision | None:
    """Writes the next revision of a chain, from what its last one has made and what its catalogue declares now.

    It needs no database: the description that lies beside the last revision says what is there. Nothing is kept; the
    command `gapless revision` writes the files. Rows that break a new rule will stop the upgrade, before anything is
    changed, and are told by the rule and by their keys.

    Args:
        revisions: the chain, whose catalogue has changed.
        service: the name of the first revision without its number, as in "desk"; None for a later one.
        sentence: what the revision does; None if it says so itself.
        decisions: what no difference shows: what has another name, what may be lost, what rows get in a new column.
        online: whether a rule of a table that is there is validated, and an index is built, in steps ahead of the last,
            while others read and write; else the revision is one transaction.

    Returns:
        The revision; None if the catalogue is what the last one has made.

    Raises:
        InvalidValue: a decision does not fit the difference, or `sentence` is empty or has several lines.
        DeclarationError: a decision is missing; the key of a table has changed; the last revision has no description;
            or the revisions can't be read.
    """
    folder, decided = RevisionFolder.of(require_revisions(revisions)), Decisions() if decisions is None else decisions
    return authoring.next_revision(folder, service, sentence, decided, online=online)


def migration_script(
    *,
    schema: str | None = None,
    revision: str = HEAD,
    since: str | None = None,
    revisions: Revisions = DEFAULT_REVISIONS,
) -> str:
    """Writes the migrations as a script for psql, if nobody else may change your database.

    It sets `search_path` and `row_security` for the session that executes it, as a script of pg_dump does.

    Args:
        schema, revisions: as for `migrate`.
        revision: the last revision to apply.
        since: the revision that the database has, see `status`; None if it has none.

    Raises:
        InvalidValue: there is no such revision, or the schema has no valid name.
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
    """Brings the tables to a revision, in a revision of the host's own Alembic and in its transaction.

    Name a revision, not "head": an old revision of the host must always do the same, whatever the version of gapless.

    Args:
        op: Alembic's `op` in the host's revision.
        revision: the last revision to apply; a database that already has it is left as it is.
        schema, revisions, seconds, report: as for `migrate`.

    Raises:
        InvalidValue: there is no such revision, the schema has no valid name, or `seconds` is not allowed.
        DeclarationError: the revisions can't be read.
        StoreUnavailable: the host runs its migrations offline.
        MigrationBlocked: others held a lock for too long; the host's transaction is as it was before.
        RevisionFailed: PostgreSQL refuses a statement of a revision; the host's transaction is as it was before.
    """
    bind = op.get_bind() if not op.get_context().as_sql else None
    if not isinstance(bind, Connection):
        said = "upgrade_to needs a connection; for a script use gapless.postgres.migration_script()."
        raise StoreUnavailable(said)
    schema = _schema(schema, revisions)
    runner.upgrade_inside(bind, revisions, schema, revision, seconds=seconds, report=report)


def autogenerate(
    catalogue: Catalogue, *, schema: str = DEFAULT_REVISIONS.schema, report: Report = told
) -> Autogenerate:
    """Tells a host's own Alembic what gapless has made: autogenerate leaves it alone, and reports what is missing.

    It is for a host whose models have tables of the catalogue too, so that he can't hide their schema by
    `include_name`. SQLAlchemy may warn that it does not know the type `xid8` of the columns that the store keeps.

    Args:
        catalogue: the entities and rules, with the host's own.
        schema: the PostgreSQL schema of the tables.
        report: is called with a sentence for each rule, column or other object that the database lacks, or has in
            another form. By default it is a warning in the log `gapless.postgres`.

    Raises:
        InvalidValue: the schema has no valid name, or `catalogue` is not a Catalogue.
    """
    return Autogenerate.of(require_catalogue("catalogue", catalogue), checked_schema(schema), report)


def include_name(name: str | None, type_: str, parent_names: object = None) -> bool:  # noqa: ARG001  # Alembic passes it
    """Hides the tables of gapless from a host's `context.configure(include_schemas=True, include_name=…)`."""
    return plain_text(type_) != "schema" or plain_text(name) != DEFAULT_REVISIONS.schema


def grants(
    role: str,
    *,
    profile: Profile = Profile.REQUESTS,
    schema: str | None = None,
    catalogue: Catalogue | None = None,
    revisions: Revisions | None = None,
) -> tuple[str, ...]:
    """Lists the statements that give a role the rights that it needs, and no others.

    With either profile the role can't forge what the store keeps for its rules, and can't change the audit trail, the
    key of a row, or the time of its creation. Run the statements as the owner of the tables, one at a time, after the
    migrations. They revoke nothing: for another profile, create a new role.

    Args:
        role: the role with which a process connects; it is not the role that migrates.
        profile: what the role is for.
        schema: the PostgreSQL schema of the tables; by default the one that the revisions name.
        catalogue: the entities that the role works with, with the host's own; by default those of the revisions.
        revisions: the chain whose record the role reads when a store is opened; as for `differences`.

    Returns:
        One statement each, without a semicolon at its end.

    Raises:
        InvalidValue: the schema or the role has no valid name, PostgreSQL would take the role for everybody, `profile`
            is not a Profile, `catalogue` is not a Catalogue, or its root is not the root of the revisions.
    """
    catalogue, chains, schema = _asked_for(catalogue, revisions, schema)
    return tuple(grant_statements(catalogue, role, profile, schema, chains))


def _schema(schema: str | None, revisions: Revisions) -> str:
    """The schema that was named, or the one of the revisions."""
    usual = require_revisions(revisions).schema
    return checked_schema(usual if schema is None else schema)


def _asked_for(
    catalogue: Catalogue | None, revisions: Revisions | None, schema: str | None
) -> tuple[Catalogue, tuple[Revisions, ...], str]:
    """The catalogue, the chains that make its tables, and their schema; what was left out follows from the rest."""
    named = DEFAULT_REVISIONS if revisions is None else require_revisions(revisions)
    catalogue = named.catalogue if catalogue is None else require_catalogue("catalogue", catalogue)
    return catalogue, chains_for(catalogue, revisions), _schema(schema, named)
