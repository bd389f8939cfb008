"""Errors of a store that can't be opened or used; each message says what to do about it."""

from __future__ import annotations

from datetime import datetime

from gapless.kit.errors.root import Detail, GaplessError


class StoreUnavailable(GaplessError):
    """The store can't be opened or used; the message says what to do about it."""

    code = "store_unavailable"


class DatabaseUnreachable(StoreUnavailable):
    """No PostgreSQL answers at that address, or the connection to it was lost before anything was kept."""

    code = "database_unreachable"
    retryable = True


class TooManyConnections(StoreUnavailable):
    """No connection is free: the server takes no more of them, or all of the pool's were in use for too long."""

    code = "too_many_connections"
    retryable = True


class PreparedStatementLost(StoreUnavailable):
    """A statement that was prepared on the connection is gone: somebody reset it, or a pooler stands before the server.

    The connection is thrown away, so the next attempt does not meet it again, unless there is a pooler.
    """

    code = "prepared_statement_lost"
    retryable = True


class StoreReadOnly(StoreUnavailable):
    """The database only reads: it is a standby by now, or set to read only. Readings work, units of work do not."""

    code = "store_read_only"
    retryable = True


class DatabaseFull(StoreUnavailable):
    """The server's disk is full; nothing of the unit of work was kept."""

    code = "database_full"


class StatementRefused(StoreUnavailable):
    """The database refuses a statement for a reason of its own, and would again: a trigger of the host's, mostly.

    It concerns what was asked and not the store: nothing of the unit of work was kept, and others may well succeed.
    """

    code = "statement_refused"


class AccessDenied(StoreUnavailable):
    """The server answers, and refuses the role, the password, the database or a right."""

    code = "access_denied"


class DatabaseUnsuitable(StoreUnavailable):
    """The server, the database or a connection can't serve as it is; the message says why.

    The server is older than PostgreSQL 15, the database or the connections are not in UTF8, a pooler that nobody told
    of stands before the server or refuses a setting, or the jobs have another database than the requests.
    """

    code = "database_unsuitable"


class DatabaseOnStandby(StoreUnavailable):
    """The server is a standby; who only wants to read asks for one by `target_session_attrs` in the URL."""

    code = "database_on_standby"


class DatabaseNotMigrated(StoreUnavailable):
    """The database lacks tables or migrations of this version of gapless."""

    code = "database_not_migrated"


class DatabaseTooNew(StoreUnavailable):
    """The database was migrated by a newer gapless than this one."""

    code = "database_too_new"


class MigrationBlocked(StoreUnavailable):
    """Others hold locks that a migration needs, and did not let go of them in its time; nothing half done is left.

    `holders` says who they are, as far as the role may see it: process, role, application, since when.
    """

    code = "migration_blocked"
    retryable = True

    def __init__(self, schema: str, seconds: float, holders: tuple[str, ...]) -> None:
        who = "; ".join(holders) or "nobody is to be seen who holds it"
        super().__init__(
            f"A lock in schema {schema} was not to be had within {seconds:g} seconds: {who}. "
            "Wait until that has ended, or end it (pg_terminate_backend), and migrate again."
        )
        self.holders = holders

    def details(self) -> dict[str, Detail]:
        """Who holds the locks."""
        return {"holders": list(self.holders)}


class DatabaseDiffers(StoreUnavailable):
    """The database does not enforce what the catalogue declares; `differences` says what, one sentence each."""

    code = "database_differs"

    def __init__(self, differences: tuple[str, ...]) -> None:
        said = f"The database is not what the catalogue declares: {'; '.join(differences)}."
        super().__init__(f"{said} Mend it by a migration; `gapless check` and docs/operations.md say more.")
        self.differences = differences

    def details(self) -> dict[str, Detail]:
        """What is missing or different."""
        return {"differences": list(self.differences)}


class ClockSkewed(StoreUnavailable):
    """The clock here and the store's own tell times that differ by more than the limit; `ours` and `theirs` say which.

    By a wrong clock, what was deleted a minute ago would be removed for good, and what happened would be told wrongly.
    """

    code = "clock_skewed"

    def __init__(self, ours: datetime, theirs: datetime, limit: float) -> None:
        super().__init__(
            f"The clock here says {ours.isoformat()} and the store's own {theirs.isoformat()}, more than {limit:g} s "
            "apart: set the one that is wrong. One that is meant to differ, as in a test, is let by Limits(clock=None)."
        )
        self.ours, self.theirs = ours, theirs

    def details(self) -> dict[str, Detail]:
        """Both times, in ISO 8601."""
        return {"ours": self.ours.isoformat(), "theirs": self.theirs.isoformat()}


class WrongEventLoop(StoreUnavailable):
    """The application was opened on another event loop than the one that uses it."""

    code = "wrong_event_loop"

    def __init__(self) -> None:
        super().__init__(
            "The application was opened on another event loop: open it on the loop that uses it, one for each thread."
        )
