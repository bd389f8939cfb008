"""What a unit lends to its host: SQLAlchemy's connection in its transaction, which is watched."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import attrs
import sqlalchemy as sa
from sqlalchemy.engine.base import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

# A rollback to a savepoint also resets a setting, whoever does it: so the server knows how much was undone.
MARKED = "SELECT pg_catalog.current_setting('gapless.writes', true), pg_catalog.set_config('gapless.writes', $1, true)"


class LentConnection:
    """A pooled connection that a host may use but not give back, because only the unit does that.

    Args:
        pooled: the pooled connection, to which everything else is passed on.
        driver: the driver's connection.
        require_open: refuses a statement of the host once its reading is over; None in a unit.
    """

    def __init__(
        self, pooled: PoolProxiedConnection, driver: asyncpg.Connection, require_open: Callable[[], None] | None = None
    ) -> None:
        self._pooled = pooled
        self._driver = driver
        self._require_open = require_open

    def __getattr__(self, name: str) -> object:
        return getattr(self._pooled, name)

    def cursor(self) -> DBAPICursor:
        """As that of the pooled connection; SQLAlchemy asks for one for each statement.

        Raises:
            UnitOfWorkError: the reading is over, or the host has ended its transaction, beyond which he could write.
        """
        if self._require_open is not None:
            self._require_open()
        return self._pooled.cursor()

    def rollback(self) -> None:
        """As that of the pooled connection, which is nobody's any more once it was given back."""
        if self._pooled.is_valid:
            self._pooled.rollback()

    def close(self) -> None:
        """Does nothing: the next unit would get the connection in the middle of this one's transaction."""

    def _close_special(self, *, transaction_reset: bool = False) -> None:
        """As `close`; SQLAlchemy asks so after it has ended a transaction of its own."""

    def invalidate(self, e: BaseException | None = None, soft: bool = False) -> None:
        """Throws the connection away at once: SQLAlchemy would wait for a server that may not answer."""
        self._driver.terminate()
        self._pooled.invalidate(e, soft)


class Guest(Connection):
    """SQLAlchemy's connection of a host; to close it is no rollback, though SQLAlchemy does both by one."""

    is_leaving = False

    def close(self) -> None:
        """Ends the use of the connection by the host."""
        self.is_leaving = True
        super().close()


@attrs.define
class Loan:
    """What has happened in a transaction since a host has borrowed its connection.

    Attributes:
        require_open: refuses a statement of the host if the reading is not open any more; None in a unit.
        writes: how many writes of the unit have been marked since then.
        rolled_back: whether the host has rolled back; in autocommit only this connection gets to know it.
    """

    require_open: Callable[[], None] | None = None
    writes: int = 0
    rolled_back: bool = False

    def lent(self, engine: AsyncEngine, lent: LentConnection) -> AsyncConnection:
        """SQLAlchemy's connection for the host, watched."""
        connection = Guest(engine.sync_engine, connection=lent)  # type: ignore[arg-type]  # it stands for one
        sa.event.listen(connection, "rollback", self._on_rollback)
        if self.require_open is not None:
            # Before it asks for a cursor, whose error it would take for one of the statement (decision 0067).
            sa.event.listen(connection, "before_execute", self._on_statement)
        return AsyncConnection(engine, connection)

    @property
    def reads_only(self) -> bool:
        """Whether it was borrowed in a reading, in which the server lets nobody write."""
        return self.require_open is not None

    def _on_statement(self, *_: object) -> None:
        if self.require_open is not None:
            self.require_open()

    def _on_rollback(self, connection: Connection) -> None:
        if not isinstance(connection, Guest) or not connection.is_leaving:
            self.rolled_back = True
