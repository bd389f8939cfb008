"""What the driver itself has raised, of which SQLAlchemy makes errors of its own."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError


def driver_error(error: BaseException) -> BaseException:
    """The driver's error, out of those that SQLAlchemy and its dialect have put around it; else the error itself."""
    found = error.orig if isinstance(error, DBAPIError) else error
    # SQLAlchemy 2.1 also has an attribute for it, 2.0 has none, and both chain the errors (decision 0044).
    if isinstance(found, AsyncAdapt_asyncpg_dbapi.Error):
        found = found.__cause__
    return error if found is None else found
