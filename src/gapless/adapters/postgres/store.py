"""The store on PostgreSQL: units and readings on an engine, and the check of the database before the first of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self, TypeVar

import asyncpg
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.clocks import require_not_ahead, require_same_time
from gapless.adapters.home import HomeLoop
from gapless.adapters.locks import RootLocks
from gapless.adapters.postgres.connections.engine import require_asyncpg
from gapless.adapters.postgres.connections.lending import Loan
from gapless.adapters.postgres.connections.pool import Connections, PooledConnection, letters_of
from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.adapters.postgres.errors import connecting
from gapless.adapters.postgres.migrations.state import require_migrated
from gapless.adapters.postgres.roles.rights import require_rights
from gapless.adapters.postgres.server.poolers import passes_pooler, pooler_refused
from gapless.adapters.postgres.server.same_database import is_same_database
from gapless.adapters.postgres.server.standby import asks_for_standby, on_standby, standby_refused
from gapless.adapters.postgres.server.suitability import require_suitable
from gapless.adapters.postgres.sql.text import checked_schema
from gapless.adapters.postgres.statements.compiled_statements import compiled_catalogue
from gapless.adapters.postgres.transaction import PostgresTransaction
from gapless.adapters.postgres.unit_of_work import PostgresUnit
from gapless.adapters.postgres.verification.comparison import Declaration, require_same
from gapless.adapters.system import SystemClock
from gapless.adapters.writing.openings import CREATING, READING, SNAPSHOT, SYSTEM, UNIT, Kind, Opening, opening
from gapless.adapters.writing.primitives import Transaction
from gapless.adapters.writing.unit import Unit
from gapless.adapters.writing.units import StoreReading, StoreSystemUnit
from gapless.kit import Catalogue, Revisions
from gapless.kit.booleans import require_boolean
from gapless.kit.catalogue import require_catalogue
from gapless.kit.errors import DatabaseUnreachable, DatabaseUnsuitable, GaplessError, StoreUnavailable
from gapless.kit.ids import RootId
from gapless.kit.limits import DEFAULT_LIMITS, Limits
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.revisions import chains_of
from gapless.kit.rights import Uses

E = TypeVar("E", bound=Validated)
SERVER_TIME = "SELECT pg_catalog.clock_timestamp()"


class PostgresStore(Store):
    """Keeps the rows of a catalogue in a PostgreSQL database; see `Store`.

    Args:
        engine: an engine of SQLAlchemy with asyncpg; the caller disposes of it.
        catalogue: the entities and rules.
        schema: the PostgreSQL schema of the tables.
        limits: how long a lock and a unit may take, and how far clocks may differ.
        revisions: the chain, or the chains in their order, whose newest revision the database must have, when `check`
            is called; None if another tool records the migrations.

    Raises:
        StoreUnavailable: the engine uses another driver.
        InvalidValue: the catalogue is none, the schema has no valid name, or `revisions` is not a Revisions.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        catalogue: Catalogue,
        *,
        schema: str = "gapless",
        limits: Limits = DEFAULT_LIMITS,
        revisions: Revisions | tuple[Revisions, ...] | None = None,
    ) -> None:
        self._engine = require_asyncpg(engine)
        self._schema = checked_schema(schema)
        self._compiled = compiled_catalogue(require_catalogue("catalogue", catalogue), self._schema)
        self._connections = Connections(engine)
        self._locks = RootLocks()
        self._home = HomeLoop()
        self._limits = limits
        self._revisions = chains_of(revisions)
        self._closed = False

    def beside(self, engine: AsyncEngine) -> Self:
        """Makes a store on the same database with another engine, whose role may have other rights.

        Units of one root wait in one queue for both, so a task that already has a unit open in either is
        refused.

        Args:
            engine: as for this store.

        Raises:
            StoreUnavailable: the engine uses another driver.
        """
        catalogue, schema, limits = self._compiled.catalogue, self._schema, self._limits
        other = type(self)(engine, catalogue, schema=schema, limits=limits, revisions=self._revisions)
        # Both have one queue, so that a task is refused which would wait for a unit of its own in the other store
        # (decision 0032).
        other._locks = self._locks  # noqa: SLF001  # it is another object of this class
        return other

    def unit(
        self, root_id: RootId | None = None, *, of: type | None = None, seconds: float | None = None
    ) -> PostgresUnit:
        """A unit of work of one root, or of none; see Store."""
        return PostgresUnit(self.unit_of_kind(UNIT, root_id, of, seconds))

    def creating(self, root_id: RootId, *, of: type | None = None, seconds: float | None = None) -> PostgresUnit:
        """A unit of work for a root that is not there yet; see Store."""
        return PostgresUnit(self.unit_of_kind(CREATING, root_id, of, seconds))

    def reading(
        self,
        root_id: RootId | None = None,
        *,
        of: type | None = None,
        snapshot: bool = False,
        seconds: float | None = None,
    ) -> StoreReading:
        """Reads of one root, or of none; see Store."""
        self._require_open()
        require_boolean("snapshot", snapshot)
        return StoreReading(self.unit_of_kind(SNAPSHOT if snapshot else READING, root_id, of, seconds))

    def system(self) -> StoreSystemUnit:
        """A unit of work over all roots; see Store."""
        return StoreSystemUnit(self.unit_of_kind(SYSTEM, None, None, None))

    def unit_of_kind(self, kind: Kind, root: RootId | None, of: type | None, seconds: float | None) -> Unit:
        """Makes a unit that is not opened yet: for stores that wrap this one, and give out units of their own."""
        self._require_open()
        opened = opening(self._compiled.catalogue, kind, root, of, seconds, self._limits)
        return Unit(self.transaction(opened), opened, self._locks, self._limits)

    def transaction(self, opening: Opening) -> Transaction:
        """Makes the transaction for a unit with this opening: for stores that wrap this one, and give out another."""
        each = opening.kind is READING
        connection = UnitConnection(self._connections, self._compiled, opening.seconds, each=each)
        return PostgresTransaction(connection, opening, self._limits, self._require_usable)

    async def check(self, *, verify: bool = True, pooler: bool = False) -> None:
        """Checks that the database can serve as a store.

        Args:
            verify: whether its migrations are checked, and what it enforces is compared with the catalogue.
            pooler: whether somebody has declared a pooler before the server; otherwise one is looked for.

        Raises:
            DatabaseUnreachable, AccessDenied: it can't be reached.
            DatabaseUnsuitable: the server is too old, or its encoding is not UTF8.
            ClockSkewed: its clock and the machine's clock differ by more than `Limits.clock`.
            DatabaseOnStandby: the server is a standby, and the URL does not ask for one.
            DatabaseNotMigrated, DatabaseTooNew: its migrations are not the revisions of the store.
            DatabaseDiffers: it does not enforce what the catalogue declares.
        """
        async with self._looking() as taken:
            _require_utf8(taken.driver)
            if pooler or await passes_pooler(taken.driver, self._limits.unit):
                # The driver closes a statement by name between parsing and running another: that must stay together.
                await taken.driver.execute("BEGIN")
            await self._compare(taken.shared(Loan()), verify=verify)
            if taken.driver.is_in_transaction():
                await taken.driver.execute("ROLLBACK")

    async def require_same_as(self, other: PostgresStore) -> None:
        """Refuses a store that has another database than this one, whatever its address says.

        Two engines with one pool, as `engine.execution_options()` makes them, are the same: the pool may have one
        connection.

        Raises:
            DatabaseUnsuitable: it has another database.
            StoreUnavailable: one of the two stores can't be reached.
        """
        if self._engine.pool is other._engine.pool:
            return
        async with other._looking() as theirs, self._looking() as ours:
            if not await is_same_database(theirs.driver, ours.driver):
                raise DatabaseUnsuitable(
                    "The engine for the jobs leads to another database than the engine for the requests: both need the "
                    "same database of the same server."
                )

    async def require_rights(self, *jobs: Uses) -> None:
        """As `Store.require_rights`."""
        self._require_usable()
        async with self._looking() as taken:
            await taken.driver.execute("BEGIN")  # so that behind a pooler one backend answers, as in `check`
            await require_rights(taken.shared(Loan()), self._compiled.catalogue, self._schema, jobs)
            await taken.driver.execute("ROLLBACK")

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[PooledConnection]:
        """Checks with a connection as units have it, so that a failure has the same error here, and comes at once."""
        try:
            async with asyncio.timeout(self._limits.unit):
                with standby_refused(self._engine), pooler_refused():
                    taken = await self._connections.acquire(self._limits.unit)
                    try:
                        yield taken
                    except BaseException:
                        taken.discard()  # the connection itself may be the fault
                        raise
                    await taken.release()
        except GaplessError:
            raise
        except TimeoutError as error:
            raise DatabaseUnreachable("The server did not answer in time while the store was opened.") from error
        except Exception as error:
            raise connecting(error) from error

    async def _compare(self, connection: AsyncConnection, *, verify: bool) -> None:
        clock = SystemClock()  # not the application's clock, because the clocks of two machines are compared
        before = clock.now()
        server = await require_suitable(connection)
        require_same_time(self._limits.clock, before, server.time, clock.now())
        if server.is_standby and not asks_for_standby(self._engine):
            raise on_standby()
        if not verify:
            return
        for revisions in self._revisions:
            await require_migrated(connection, revisions, self._schema)
        await require_same(connection, Declaration.of(self._compiled.catalogue, self._schema, *self._revisions))

    async def require_not_ahead(self, at: datetime) -> None:
        """As `Store.require_not_ahead`; one request."""
        self._require_usable()
        if self._limits.clock is None:
            return
        connection = UnitConnection(self._connections, self._compiled, self._limits.unit)
        await connection.open(None)
        try:
            theirs = await connection.run(connection.driver.fetchval(SERVER_TIME, timeout=connection.pooled.unlimited))
        finally:
            await connection.close()
        require_not_ahead(self._limits.clock, at, theirs)

    async def aclose(self) -> None:
        """As `Store.aclose`; the caller disposes of the engine."""
        # Open units go on, and may commit: if they were ended, nobody would know the result of their commits
        # (decision 0022).
        self._closed = True

    def bind(self) -> None:
        """Binds the store to the running event loop; it is refused on any other loop from now on."""
        self._home.bind()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The store was closed: make a new one.")

    def _require_usable(self) -> None:
        self._require_open()
        if not isinstance(self._engine.pool, NullPool):
            self._home.bind()  # to the loop of the connections that the pool keeps
        self._home.require()


def _require_utf8(driver: asyncpg.Connection) -> None:
    found = driver.get_settings().client_encoding
    if letters_of(found) not in ("utf8", "unicode"):
        raise DatabaseUnsuitable(
            f"The connections have client_encoding {found}, and gapless needs UTF8: leave that setting out."
        )
