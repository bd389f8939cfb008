"""Errors of a store that can't be opened or used; each message says what to do about it."""

from __future__ import annotations

from datetime import datetime

from gapless.kit.errors.root import Detail, GaplessError
from gapless.kit.plain import shown


class StoreUnavailable(GaplessError):
    """The store can't be opened or used; the message says what to do about it."""

    code = "store_unavailable"


class DatabaseUnreachable(StoreUnavailable):
    """No PostgreSQL server answers at that address, or the connection was lost; nothing of a unit of work was kept."""

    code = "database_unreachable"
    retryable = True


class TooManyConnections(StoreUnavailable):
    """No connection is free: the server allows no more, or all connections of the pool were in use for too long."""

    code = "too_many_connections"
    retryable = True


class PreparedStatementLost(StoreUnavailable):
    """A statement that was prepared on the connection is gone.

    Somebody reset the connection, or an undeclared pooler stands before the server. gapless throws the connection away,
    so the next attempt succeeds unless there is a pooler: declare it by pooler=true.
    """

    code = "prepared_statement_lost"
    retryable = True


class StoreReadOnly(StoreUnavailable):
    """The database can only be read: it is a standby by now, or set to read only. Only units of work are refused."""

    code = "store_read_only"
    retryable = True


class DatabaseFull(StoreUnavailable):
    """The server's disk is full; nothing of the unit of work was kept."""

    code = "database_full"


class StatementRefused(StoreUnavailable):
    """The database refuses a statement for a reason of its own, mostly a trigger of the host, and would do so again.

    Nothing of the unit of work was kept. The store itself works: other statements may well succeed.
    """

    code = "statement_refused"


class AccessDenied(StoreUnavailable):
    """The server answers, and refuses the role, the password, the database or a right."""

    code = "access_denied"


class DatabaseUnsuitable(StoreUnavailable):
    """The server, the database or a connection can't be used as it is; the message says why.

    The server is older than PostgreSQL 15; the database or its connections are not in UTF8; an undeclared pooler stands
    before the server, or a pooler refuses a setting; or the jobs use another database than the requests.
    """

    code = "database_unsuitable"


class DatabaseOnStandby(StoreUnavailable):
    """The server is a standby. To read from one, write `target_session_attrs` into the URL."""

    code = "database_on_standby"


class DatabaseNotMigrated(StoreUnavailable):
    """The database lacks tables or migrations of this version of gapless."""

    code = "database_not_migrated"


class DatabaseTooNew(StoreUnavailable):
    """The database was migrated by a newer gapless than this one."""

    code = "database_too_new"


class MigrationBlocked(StoreUnavailable):
    """Others held a lock that a migration needs for too long. What needs the lock was not done.

    Revisions before it, and steps of it that were carried out, stay; another migration goes on from there.
    `holders` names them, as far as the role may see them: process, role, application, since when.
    """

    code = "migration_blocked"
    retryable = True

    def __init__(self, schema: str, seconds: float, holders: tuple[str, ...]) -> None:
        who = "; ".join(holders) or "the role can't see who holds it"
        super().__init__(
            f"The migration did not get a lock in schema {schema} within {seconds:g} seconds: {who}. "
            "Wait until its holder has ended, or end it (pg_terminate_backend), and migrate again."
        )
        self.holders = holders

    def details(self) -> dict[str, Detail]:
        """Who holds the locks."""
        return {"holders": list(self.holders)}


class RevisionFailed(StoreUnavailable):
    """PostgreSQL refuses what a revision does. Nothing of its transaction was kept.

    A revision is one transaction, or one a step, and those before it stay; behind a pooler all are one, as they are in
    a migration of the host's own Alembic.

    `file` and `line` say where, `statement` what; `sqlstate` is PostgreSQL's code for it, "" if the driver refused it.
    Without a line, it failed at its end: when its record was written, or deferred constraints were checked. If several
    were one transaction, `file` then names the first and the last.
    """

    code = "revision_failed"

    def __init__(
        self, file: str, reason: str, *, sqlstate: str = "", line: int | None = None, statement: str = ""
    ) -> None:
        where = f"fails in line {line}" if line is not None else "fails at its end, in its record or a deferred check"
        why = (reason.removesuffix(".") or "PostgreSQL refuses it") + (f" (SQLSTATE {sqlstate})" if sqlstate else "")
        what = f" in `{shown(' '.join(statement.split()))}`" if statement else ""
        super().__init__(f"{file} {where}: {why}{what}. Nothing of its transaction was kept.")
        self.file = file
        self.line = line
        self.statement = statement
        self.sqlstate = sqlstate

    def details(self) -> dict[str, Detail]:
        """The file and the line in it, the statement, and PostgreSQL's code."""
        return {"file": self.file, "line": self.line, "statement": self.statement, "sqlstate": self.sqlstate}


class DatabaseDiffers(StoreUnavailable):
    """The database does not enforce what the catalogue declares; `differences` says what, in one sentence each."""

    code = "database_differs"

    def __init__(self, differences: tuple[str, ...]) -> None:
        said = f"The database does not enforce what the catalogue declares: {'; '.join(differences)}."
        super().__init__(f"{said} Mend it by a migration; `gapless check` and docs/operations.md say more.")
        self.differences = differences

    def details(self) -> dict[str, Detail]:
        """What is missing or different."""
        return {"differences": list(self.differences)}


class ClockSkewed(StoreUnavailable):
    """This machine's clock and the store's clock differ by more than the limit; `ours` and `theirs` hold both times.

    With a wrong clock, a cleanup would remove what was deleted a minute ago, and the audit trail would hold wrong
    times.
    """

    code = "clock_skewed"

    def __init__(self, ours: datetime, theirs: datetime, limit: float) -> None:
        super().__init__(
            f"This machine's clock says {ours.isoformat()} and the store's clock {theirs.isoformat()}: they differ "
            f"by more than {limit:g} s. Set the one that is wrong; a test that turns its clock passes "
            "Limits(clock=None)."
        )
        self.ours = ours
        self.theirs = theirs

    def details(self) -> dict[str, Detail]:
        """Both times, in ISO 8601."""
        return {"ours": self.ours.isoformat(), "theirs": self.theirs.isoformat()}


class WrongEventLoop(StoreUnavailable):
    """The application was opened on another event loop than the one that now uses it."""

    code = "wrong_event_loop"

    def __init__(self) -> None:
        super().__init__(
            "The application was opened on another event loop. Open it on the loop that uses it, "
            "and one application for each loop."
        )
