"""Recognises poolers between the application and the server, such as PgBouncer, whether they are declared or not.

In transaction mode a pooler gives each transaction another process of the server, where the name of a prepared
statement may mean another client's statement. This is dangerous, because it need not raise any error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import asyncpg

from gapless.kit.errors import (
    AccessDenied,
    DatabaseUnreachable,
    DatabaseUnsuitable,
    PreparedStatementLost,
    StoreUnavailable,
    TooManyConnections,
)

UNTOLD = (
    "A pooler stands before the server, and nobody said so: statements that are prepared on one connection would be "
    "run on another. Say pooler=true in the URL, or make the engine with statement_cache_size=0 and say pooler=True."
)
# PgBouncer uses one SQLSTATE, 08P01, for everything; only the words differ.
REFUSALS: Mapping[str, Callable[[re.Match[str], str], StoreUnavailable]] = {
    r"unsupported startup parameter(?: in options)?: (\w+)": lambda found, where: DatabaseUnsuitable(
        f"The pooler at {where} refuses {found[1]}: leave it out of the URL, or of server_settings, and set it for the "
        "role (ALTER ROLE … SET …)."
    ),
    r"authentication failed|role \".*\" does not exist|login rejected": lambda _, where: AccessDenied(
        f"The pooler at {where} refuses the role or the password."
    ),
    r"database \".*\" does not exist|no such database": lambda _, where: AccessDenied(
        f"The pooler at {where} knows no such database."
    ),
    r"no more connections allowed|query_wait_timeout": lambda _, where: TooManyConnections(
        f"The pooler at {where} has no connection free: its limits are max_client_conn and the sizes of its pools."
    ),
    r"server login|cannot connect|server conn crashed": lambda _, where: DatabaseUnreachable(
        f"The pooler at {where} reaches no PostgreSQL."
    ),
}


def refused_by_pooler(error: BaseException, where: str) -> StoreUnavailable | None:
    """The error for what a pooler has refused; None if no pooler has refused anything.

    Args:
        error: what the driver raised.
        where: the host and the port.
    """
    if not isinstance(error, asyncpg.PostgresConnectionError):
        return None
    for words, made in REFUSALS.items():
        if found := re.search(words, str(error)):
            return made(found, where)
    return None


async def is_pooled(driver: asyncpg.Connection, seconds: float) -> bool:
    """Whether another process of the server answers than the one that greeted; this prepares nothing."""
    # A pooler makes up the number that it greets with (decision 0027).
    tag = await driver.execute(f"SELECT 1 WHERE pg_backend_pid() = {driver.get_server_pid()}", timeout=seconds)
    return tag != "SELECT 1"


@contextmanager
def pooler_refused() -> Iterator[None]:
    """Blames a pooler if a statement is lost on a connection that is just being opened.

    Raises:
        DatabaseUnsuitable: a statement is lost, or its name is taken.
    """
    try:
        yield
    except (
        PreparedStatementLost,
        asyncpg.InvalidSQLStatementNameError,
        asyncpg.DuplicatePreparedStatementError,
    ) as error:
        raise DatabaseUnsuitable(UNTOLD) from error


async def passes_pooler(driver: asyncpg.Connection, seconds: float) -> bool:
    """Whether a pooler stands before the server; it is refused if the driver prepares statements by name.

    Raises:
        DatabaseUnsuitable: it does.
    """
    if not await is_pooled(driver, seconds):
        return False
    prepared = await driver.prepare("SELECT 1", timeout=seconds)
    await prepared.fetchval(timeout=seconds)  # what is only prepared keeps the server's process to itself
    if prepared.get_name():
        raise DatabaseUnsuitable(UNTOLD)
    return True
