"""The unit of PostgreSQL, which has a connection to share with its host."""

from __future__ import annotations

from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.writing.units import StoreUnit


class PostgresUnit(StoreUnit):
    """A unit of work: one transaction. See `UnitOfWork` for what it owes."""

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection inside this transaction, for rows of the host's own; its commit does nothing.

        Raises:
            UnitOfWorkError: the unit is not open or has failed.
        """
        return cast(AsyncConnection, super().connection)
