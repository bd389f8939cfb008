"""Waits for locks that others hold, within a limit, and says who holds them and since when.

A migration asks for a lock for one second, then gives up all that it holds, looks who holds the lock, and begins again.
So it never blocks an application that waits behind it, and it needs only one connection, behind a pooler too; for the
steps that go ahead of a revision's last, a second one.
See docs/decisions/0031-what-a-role-may-do.md.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gapless.adapters.postgres.errors import DEADLOCK, LOCK_TAKEN
from gapless.adapters.postgres.server.driver_errors import driver_error
from gapless.kit.errors import InvalidValue, MigrationBlocked
from gapless.kit.limits import GREATEST_SECONDS
from gapless.kit.plain import plain_number

Report: TypeAlias = Callable[[str], None]
logger = logging.getLogger("gapless.postgres")

WAITING_SECONDS = 60.0
ATTEMPT_SECONDS = 1.0
LEAST_SECONDS = 0.01
REPORT_SECONDS = 10.0
POLL_SECONDS = 0.1
"""How long nobody is asked for a lock after an attempt that failed."""
DEADLOCK_SECONDS = 1.0
"""When the server looks for a deadlock, however much time there is, unless its `deadlock_timeout` is another."""
MOST_NAMED = 5
LOST_RACES = ("23505", "42P06", "42P07")
"""The error of the loser if two create the same schema or the same table at once: a duplicate."""

# Whoever makes something in a schema holds a lock on the schema; on one that nobody else sees yet, too. Sessions that
# began after we did are none that we waited for. What a role may not see of others is null.
_HOLDERS = sa.text("""
WITH held AS (
    SELECT l.pid, l.virtualtransaction,
        coalesce(string_agg(DISTINCT c.relname::text, ', ' ORDER BY c.relname::text), '') AS tables
    FROM pg_catalog.pg_locks AS l
    LEFT JOIN pg_catalog.pg_class AS c
        ON l.locktype = 'relation' AND c.oid = l.relation AND c.relkind IN ('r', 'p', 'v', 'm')
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = coalesce(c.relnamespace, l.objid)
    WHERE l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND l.pid IS DISTINCT FROM :holder
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d
            WHERE d.datname = pg_catalog.current_database())
        AND (l.locktype = 'relation' AND n.nspname = CAST(:schema AS text)
            OR l.locktype = 'object' AND l.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                AND coalesce(n.nspname = CAST(:schema AS text), true))
    GROUP BY l.pid, l.virtualtransaction
)
SELECT held.pid, coalesce(a.usename::text, p.owner::text, '') AS role, coalesce(a.application_name, '') AS application,
    coalesce(p.gid, '') AS prepared, coalesce(a.xact_start, p.prepared) AS since, held.tables
FROM held
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = held.pid
LEFT JOIN pg_catalog.pg_prepared_xacts AS p
    ON held.pid IS NULL AND p.transaction::text = pg_catalog.split_part(held.virtualtransaction, '/', 2)
WHERE coalesce(a.xact_start, p.prepared) IS NULL
    OR coalesce(a.xact_start, p.prepared) <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => :waited)
ORDER BY since NULLS LAST, held.pid
""").bindparams(
    sa.bindparam("schema", type_=sa.Text()),
    sa.bindparam("waited", type_=sa.Double()),
    sa.bindparam("holder", type_=sa.Integer()),
)


def checked_seconds(seconds: float) -> float:
    """Gives back how many seconds a migration may wait for locks, as a plain number.

    Raises:
        InvalidValue: it is not a number, is negative, or is more than 24 days.
    """
    number = plain_number(seconds)
    if number is None or not 0 <= number <= GREATEST_SECONDS:
        message = f"The time that a migration waits is a number of seconds from 0 to {GREATEST_SECONDS:.0f}."
        raise InvalidValue("seconds", message, fields=("seconds",))
    return number


def told(line: str) -> None:
    """Reports to the log of the process, if the caller passes no other report."""
    logger.warning("%s", line)


def state_of_failure(error: BaseException) -> str:
    """The SQLSTATE of what a driver raised, asyncpg or one that a host's own Alembic uses; "" if it has none."""
    cause = driver_error(error)
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")


def is_locked(error: BaseException) -> bool:
    """Whether a lock could not be taken in time, or others and this one waited for each other."""
    return state_of_failure(error) in (LOCK_TAKEN, DEADLOCK)


class Waiting:
    """The time that one migration waits for locks, over all its attempts, and what it reports about that.

    Args:
        schema: the PostgreSQL schema that is migrated.
        seconds: how many seconds it waits at most.
        report: is called with a line about who holds which lock.

    Attributes:
        is_first: whether the last attempt found no record of migrations, and so created one.
        makes_schema: whether it found no schema either.
        holder: the process that holds the lock of the version table for this migration, while another connection of its
            own does the work; None if it is the same one.
    """

    def __init__(self, schema: str, seconds: float, report: Report) -> None:
        self._schema = schema
        self._seconds = checked_seconds(seconds)
        self._report = report
        self._began: float | None = None
        self._spent = 0.0
        self._reported = -math.inf
        self._seen: tuple[str, ...] = ()
        self._asked = ATTEMPT_SECONDS
        self.is_first = False
        self.makes_schema = False
        self.holder: int | None = None

    def limit(self) -> sa.TextClause:
        """Begins an attempt: the statement sets how long its transaction waits for a lock."""
        self._asked = max(LEAST_SECONDS, min(ATTEMPT_SECONDS, self._seconds - self._waited()))
        return sa.text(f"SET LOCAL lock_timeout = {math.ceil(self._asked * 1000)}")

    def patience(self) -> sa.TextClause:
        """Begins an attempt that is in nobody's way: the statement gives its session all the time that is left."""
        self._asked = max(LEAST_SECONDS, self._seconds - self._waited())
        return sa.text(f"SET lock_timeout = {math.ceil(self._asked * 1000)}")

    def refused(self, connection: Connection, error: BaseException) -> None:
        """Notes that an attempt got no lock, and reports who holds it, at once and then from time to time.

        Args:
            connection: a connection on which the attempt was rolled back.
            error: how the server ended it.

        Raises:
            MigrationBlocked: the time is over.
        """
        waited = min(self._asked, DEADLOCK_SECONDS) if state_of_failure(error) == DEADLOCK else self._asked
        values = {"schema": self._schema, "waited": waited, "holder": self.holder}
        rows = [dict(row) for row in connection.execute(_HOLDERS, values).mappings()]
        now = monotonic()
        self._began = now - waited if self._began is None else self._began
        self._seen = tuple(map(_described, rows[:MOST_NAMED])) or self._seen
        is_over = self._waited() >= self._seconds
        if self._reported == -math.inf or (now - self._reported >= REPORT_SECONDS and not is_over):
            self._reported = now
            self._report(
                f"Waiting for a lock in schema {self._schema}, for {self._seconds:g} s at most: {self._who()}."
            )
        if is_over:
            raise MigrationBlocked(self._schema, self._seconds, self._seen)

    def granted(self) -> None:
        """Notes that an attempt got its locks: what it does from then on is no waiting."""
        self._spent, self._began = self._waited(), None

    def _who(self) -> str:
        return "; ".join(self._seen) or "the role can't see who holds it"

    def _waited(self) -> float:
        return self._spent + (0.0 if self._began is None else monotonic() - self._began)


def _described(row: Mapping[str, object]) -> str:
    """Says who holds a lock, as a part of a sentence; it repeats nothing of his statements."""
    role = f" of role {row['role']}" if row["role"] else ""
    application = f" ({row['application']})" if row["application"] else ""
    who = f"prepared transaction {row['prepared']}{role}" if row["pid"] is None else f"process {row['pid']}{role}"
    what = f"holds locks on {row['tables']}" if row["tables"] else "is making a schema, or something in this one"
    since = cast("datetime | None", row["since"])
    when = "" if since is None else f", in a transaction since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{who}{application} {what}{when}"
