"""Translates what the driver raises into errors of gapless: the one place where SQLSTATEs are known.

The name of the constraint says which rule of the catalogue refused the data. The DETAIL of an error is never read,
because PostgreSQL puts the whole row into it.
"""

from __future__ import annotations

import re
import socket

import asyncpg
import sqlalchemy.exc

from gapless.adapters.postgres.addresses.certificates import fault_of_tls
from gapless.adapters.postgres.server.driver_errors import driver_error
from gapless.adapters.postgres.server.poolers import refused_by_pooler
from gapless.kit import Catalogue, Required
from gapless.kit.errors import (
    AccessDenied,
    ConcurrencyConflict,
    DatabaseFull,
    DatabaseNotMigrated,
    DatabaseUnreachable,
    DeadlineExceeded,
    GaplessError,
    InvalidValue,
    PreparedStatementLost,
    RuleViolated,
    StatementRefused,
    StoreReadOnly,
    StoreUnavailable,
    TooManyConnections,
    UnitOfWorkBusy,
    UnitOfWorkFailed,
)

INTEGRITY = ("23514", "23505", "23503", "23001", "23P01")
LOCK_TAKEN = "55P03"
DEADLOCK = "40P01"
CONFLICTS = ("40001", DEADLOCK, LOCK_TAKEN)
# This is how a concurrent abort may look; the transaction is rolled back cleanly, and nothing is violated.
MULTIXACT = "new multixact has more than one updating member"
TIMEOUTS = ("57014", "25P03", "25P04")
BAD_PASSWORD, NO_DATABASE = "28P01", "3D000"
DENIED = {
    BAD_PASSWORD: "The server refuses the password.",
    "28000": "The server refuses the role.",
    NO_DATABASE: "There is no such database.",
    "42501": "The role lacks a right that this needs; `gapless.postgres.grants` lists those of requests and of jobs.",
}
NAMED = {
    BAD_PASSWORD: "The server refuses the password of role {}",
    NO_DATABASE: "There is no such database as {}",
}
# While connecting: a parameter that the server does not know, or a value that it has not.
BAD_OPTIONS = ("42601", "42602", "42704", "22023")
NOTHING_KEPT, REST_KEPT = "nothing was kept", "what was committed stays"
OPENED, MIGRATED = "while the database was opened", "while the database was migrated"
"""What is said of a unit or an opening that was ended, and of a migration, which may be several transactions."""
CLOSED = "it may ask for TLS (sslmode), or for a certificate (sslcert and sslkey), or be no PostgreSQL"
ENDED = (
    "ended what was asked {}, by a limit: statement_timeout, transaction_timeout, "
    "idle_session_timeout or idle_in_transaction_session_timeout is too short, in options of the URL or for the role "
    "or the database"
)
NOT_MIGRATED = ("42P01", "3F000", "42703", "42883")
NOT_PREPARED = ("26000", "42P05")
READ_ONLY = "25006"
FULL_DISK, NO_CONNECTION = "53100", "53300"
# After these answers a connection can't be used again: its statements, its server or its session are not its own.
SPENT = ("0A000", READ_ONLY, *NOT_PREPARED, "22P05", "42501", "57014")
# A server that ends the connection between two requests leaves the driver in an unsettled state.
LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, OSError, EOFError)


def translated(error: BaseException, catalogue: Catalogue, seconds: float, kept: str = NOTHING_KEPT) -> GaplessError:
    """The error of gapless for what the driver, the pool or the network has raised.

    Args:
        error: what was raised.
        catalogue: the catalogue whose rules the constraints enforce.
        seconds: the time limit that was in force, for DeadlineExceeded.
        kept: what is said of the writes if the connection was lost.
    """
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return TooManyConnections("Every connection of the pool is in use, and none came back in time.")
    if (raised := driver_error(error)) is not error:
        return translated(raised, catalogue, seconds, kept)
    if isinstance(error, TimeoutError):
        return DeadlineExceeded(seconds)
    if is_busy(error):
        return UnitOfWorkBusy()
    if (refusal := refused_by_pooler(error, "the server's place")) is not None:
        return refusal
    state = getattr(error, "sqlstate", None)
    if isinstance(error, asyncpg.PostgresError) and state is not None:
        return _of_state(error, state, catalogue, seconds, kept)
    if isinstance(error, LOST):
        return DatabaseUnreachable(
            f"No PostgreSQL answers there, or the connection to it was lost: {kept}, it may be tried again."
        )
    return StoreUnavailable(f"The driver failed with a {type(error).__name__}.")


def connecting(error: BaseException, where: str | None = None, *, migrates: bool = False) -> StoreUnavailable:
    """The error of gapless for a failure to connect, or for a failure outside of any unit.

    Args:
        error: what was raised.
        where: the host and the port, if the connection has failed.
        migrates: whether a migration has failed, of which earlier revisions and steps stay.
    """
    if (raised := driver_error(error)) is not error:
        return connecting(raised, where, migrates=migrates)
    if isinstance(error, StoreUnavailable):
        return error
    if (refusal := refused_by_pooler(error, where or "the server's place")) is not None:
        return refusal
    if _is_ended(error):
        ended = ENDED.format(MIGRATED if migrates else OPENED)
        return DatabaseUnreachable(f"The server{'' if where is None else f' at {where}'} {ended}.")
    if where is not None:
        why = _of_network(error, where) or _of_server(error, where)
        if why is not None:
            return why
    if isinstance(error, TimeoutError):
        return DatabaseUnreachable("No PostgreSQL answered in time.")
    found = translated(error, Catalogue(()), 0.0, REST_KEPT if migrates else NOTHING_KEPT)
    found = found if isinstance(found, StoreUnavailable) else DatabaseUnreachable(found.message)
    if isinstance(found, StatementRefused):  # no caller's statement was sent yet
        found = StoreUnavailable(found.message)
    if where is None or isinstance(error, sqlalchemy.exc.TimeoutError):
        return found
    return type(found)(f"{found.message.removesuffix('.')} ({where}).")


def _is_ended(error: BaseException) -> bool:
    """Whether the server has ended a statement or the connection because of a limit of the session."""
    if isinstance(error, asyncpg.ConnectionDoesNotExistError):
        return "timeout" in str(error)
    if isinstance(error, asyncpg.InternalClientError):
        # It had ended between two requests, and the driver was about to send the next.
        return "cannot switch to state" in str(error)
    return getattr(error, "sqlstate", None) in TIMEOUTS


def _of_network(error: BaseException, where: str) -> StoreUnavailable | None:
    """Why no server answers there, or no server of the wanted kind."""
    # What a server itself says counts more than that TLS was tried before without success.
    is_answer = isinstance(error, asyncpg.PostgresError) and not isinstance(error, asyncpg.PostgresConnectionError)
    if not is_answer and (fault := fault_of_tls(error, where)) is not None:
        return StoreUnavailable(fault)
    match error:
        case asyncpg.TargetServerAttributeNotMatched():
            return DatabaseUnreachable(f"The server at {where} is not of the kind that target_session_attrs asks for.")
        case asyncpg.ConnectionDoesNotExistError():
            return DatabaseUnreachable(f"The server at {where} closed the connection at once: {CLOSED}.")
        case TimeoutError():
            return DatabaseUnreachable(f"No PostgreSQL at {where} answered in the time for connecting.")
        case socket.gaierror():
            return DatabaseUnreachable(f"The name of the host can't be looked up: {where}.")
        case OSError():
            return DatabaseUnreachable(f"No PostgreSQL answers at {where}.")
        case TypeError() | ValueError() | OverflowError():
            # This is an engine of the host, whose URL only the driver reads.
            return StoreUnavailable(f"The driver can't use what the engine's URL or connect_args say of {where}.")
        case _:
            return None


def _of_server(error: BaseException, where: str) -> StoreUnavailable | None:
    """Why a server refuses the connection, if another address or parameter can mend it."""
    if not isinstance(error, asyncpg.PostgresError):
        return None
    said = str(error)
    if error.sqlstate in BAD_OPTIONS:
        return StoreUnavailable(f"The server at {where} refuses what options or another parameter of the URL says.")
    found = re.search('"(.+)"', said)  # there is none if the server speaks a language with other quotes
    if found is not None and error.sqlstate in NAMED:
        return AccessDenied(f"{NAMED[error.sqlstate].format(found[1])} ({where}).")
    if "client certificate" in said:
        return AccessDenied(f"The server at {where} asks for a certificate: name it by sslcert and sslkey.")
    if "no encryption" in said or "SSL off" in said:
        return AccessDenied(f"The server at {where} lets nobody in like this without TLS: say sslmode=require.")
    return None


def is_busy(error: BaseException) -> bool:
    """Whether the driver is in the middle of a request that another task has made."""
    return isinstance(error, asyncpg.InterfaceError) and "another operation" in str(error)


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, so that nobody knows the result of a COMMIT."""
    if is_busy(error):
        return False
    state = getattr(error, "sqlstate", None) or ""
    return isinstance(error, (TimeoutError, *LOST)) or state.startswith(("08", "57P"))


def is_spent(error: BaseException) -> bool:
    """Whether the connection of this error must be thrown away, even if it seems to be alive."""
    state = getattr(error, "sqlstate", None) or ""
    return is_lost(error) or state in SPENT


def _of_state(
    error: asyncpg.PostgresError, state: str, catalogue: Catalogue, seconds: float, kept: str
) -> GaplessError:
    _forget_contents(error, state)
    if state == "23502":
        return _required(error, catalogue)
    if state in INTEGRITY:
        return _violated(error, catalogue)
    if state == LOCK_TAKEN:
        said = "Another unit or process, or a transaction of the host's own, held a lock for too long."
        return ConcurrencyConflict(said)
    if state in CONFLICTS or MULTIXACT in str(error) or isinstance(error, asyncpg.InvalidCachedStatementError):
        return ConcurrencyConflict()
    if state in TIMEOUTS:
        return DeadlineExceeded(seconds)
    if state in DENIED:
        return AccessDenied(DENIED[state])
    if state in NOT_MIGRATED:
        return DatabaseNotMigrated("Tables of the catalogue are missing: run its migrations (`gapless migrate`).")
    return _of_connection(state, kept) or _of_class(state, kept)


def read_only() -> StoreReadOnly:
    """The error of a unit of work on a database that can only be read."""
    return StoreReadOnly("The database can only be read: it is a standby, or default_transaction_read_only is on.")


def _of_connection(state: str, kept: str) -> StoreUnavailable | None:
    """The error for a failure of the connection or its server, and not of the statement."""
    if state in NOT_PREPARED:
        return PreparedStatementLost(
            "A statement that was prepared on the connection is gone, or is another's. If something reset the "
            "connection (DISCARD ALL, DEALLOCATE), try again: it was thrown away. If a pooler such as PgBouncer stands "
            "before the server, say so: pooler=true in the URL, or caches of size 0 in the engine (docs/operations.md)."
        )
    if state == READ_ONLY:
        return read_only()
    if state == FULL_DISK:
        return DatabaseFull(f"The server's disk is full: {kept}. Make room there.")
    if state == NO_CONNECTION:
        return TooManyConnections("The server takes no more connections: its max_connections, or the role's limit.")
    return None


def _forget_contents(error: asyncpg.PostgresError, state: str) -> None:
    """Removes the contents of a row from the driver's error, which a traceback shows beside ours."""
    error.detail = None
    if state.startswith("22"):
        error.args = (f"a value can't be stored (SQLSTATE {state})",)


def _of_class(state: str, kept: str) -> GaplessError:
    match state[:2]:
        case "22" | "54":
            return InvalidValue("column", "PostgreSQL can't store a value of this size or form.")
        case "25":
            return UnitOfWorkFailed()
        case "08" | "57":
            return DatabaseUnreachable(f"The server went away, or has not come up yet: {kept}.")
        case "53":
            return StoreUnavailable(f"The server has run out of memory, or of what its settings allow ({state}).")
        case "28" | "58" | "F0":
            return StoreUnavailable(f"The server failed, or takes this session no more (SQLSTATE {state}).")
        case _:
            return StatementRefused(f"PostgreSQL refused a statement (SQLSTATE {state}).")


def _required(error: asyncpg.PostgresError, catalogue: Catalogue) -> RuleViolated:
    table, column = str(error.table_name), str(error.column_name)
    for model, rule in catalogue:
        if isinstance(rule, Required) and (model.stored, rule.column.stored) == (table, column):
            return model.violated(rule)
    return _foreign(f"{table}_{column}_required", table)


def _violated(error: asyncpg.PostgresError, catalogue: Catalogue) -> RuleViolated:
    if error.constraint_name is None:  # a trigger of the host has raised it, and need not say more
        return _foreign(f"unnamed_{error.sqlstate}", error.table_name or "unknown")
    table, name = str(error.table_name), error.constraint_name
    found = catalogue.by_name.get((table, name))
    if found is None:
        return _foreign(name, table)
    return found[0].violated(found[1])


def _foreign(name: str, table: str) -> RuleViolated:
    """A constraint that no rule of the catalogue declares, such as one of the host's own tables."""
    return RuleViolated(rule=name, entity=table, fields=(), message="A constraint of the database refuses this.")
