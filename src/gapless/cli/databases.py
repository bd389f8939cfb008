"""The database that a command works on, and the translation of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import sqlalchemy.exc

from gapless.adapters.postgres.errors import connecting
from gapless.embedded import EmbeddedServer, EmbeddedServerUnavailable
from gapless.kit.errors import GaplessError, StoreUnavailable

FOREIGN = (sqlalchemy.exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@contextmanager
def database_errors_translated() -> Iterator[None]:
    """Turns the errors of the driver and of the network into errors of gapless.

    Raises:
        StoreUnavailable: the database can't be reached, or refuses the role or a statement.
    """
    try:
        yield
    except FOREIGN as error:
        raise connecting(error) from error
    except ExceptionGroup as group:
        raise _first_of(group) from group


def _first_of(group: ExceptionGroup[Exception]) -> Exception:
    """The first error of several tasks, as an error of gapless; an error of another class is a bug, and stays."""
    expected = group.subgroup((GaplessError, *FOREIGN))
    if expected is None or group.split((GaplessError, *FOREIGN))[1] is not None:
        return group
    error: Exception = expected
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, GaplessError) else connecting(error)


@contextmanager
def given_or_temporary(database_url: str | None) -> Iterator[str]:
    """The URL of the database to work on.

    Args:
        database_url: the database that was named; None for a database of a temporary server, which ends with the
            context.

    Raises:
        StoreUnavailable: no temporary server can be started here.
    """
    if database_url is not None:
        yield database_url
        return
    try:
        server = EmbeddedServer.start()
    except EmbeddedServerUnavailable as error:
        raise StoreUnavailable(str(error)) from error
    with server:
        yield server.url()
