"""What goes wrong on the way to a database, in the words of gapless."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import sqlalchemy.exc

from gapless.adapters.postgres.errors import connecting

FOREIGN = (sqlalchemy.exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


@contextmanager
def database_errors_translated() -> Iterator[None]:
    """Turns the errors of the driver and the network into those of gapless.

    Raises:
        StoreUnavailable: the database can't be reached, or refuses the role or what it asks for.
    """
    try:
        yield
    except FOREIGN as error:
        raise connecting(error) from error
