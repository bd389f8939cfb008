"""The unit of work on PostgreSQL, which can lend its connection to the host."""

from __future__ import annotations

from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.writing.units import StoreUnit


class PostgresUnit(StoreUnit):
    """A unit of work, which is one transaction; see `UnitOfWork`."""

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection in this transaction, for a host's own tables; its commit does nothing.

        Raises:
            UnitOfWorkError: the unit is not open or has failed.
        """
        return cast(AsyncConnection, super().connection)
