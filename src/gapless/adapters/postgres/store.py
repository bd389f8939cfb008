"""The store on PostgreSQL: units and readings from an engine, and the look at the database before the first of them."""

from __future__ import annotations

from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.connections import lease
from gapless.adapters.postgres.engine import require_asyncpg
from gapless.adapters.postgres.errors import translated
from gapless.adapters.postgres.migrations.state import DatabaseState, revision_state
from gapless.adapters.postgres.plan import Plans
from gapless.adapters.postgres.requests import Session
from gapless.adapters.postgres.unit_of_work import PostgresAcross, PostgresReading, PostgresUnit
from gapless.adapters.postgres.verification.comparison import has_migrations, require_same
from gapless.adapters.postgres.work import Work
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import (
    DatabaseNotMigrated,
    DatabaseTooNew,
    DatabaseUnsuitable,
    GaplessError,
    StoreUnavailable,
)
from gapless.domain.limits import DEFAULT_LIMITS, Limits
from gapless.domain.ports import Store
from gapless.domain.rules import Catalogue
from gapless.domain.rules.model import Judged
from gapless.domain.rules.writes import require_seconds
from gapless.domain.values import OrganizationId

E = TypeVar("E", bound=Judged)
LEAST_VERSION = 150000


class PostgresStore(Store):
    """Keeps everything in PostgreSQL. See Store for what it owes.

    Args:
        engine: SQLAlchemy's, with asyncpg; it stays the caller's to dispose of.
        catalogue: the entities and rules.
        schema: the PostgreSQL schema that holds the tables.
        limits: how long a lock and a unit may take.

    Raises:
        StoreUnavailable: the engine uses another driver.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        catalogue: Catalogue = GAPLESS,
        *,
        schema: str = "gapless",
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._engine = require_asyncpg(engine)
        self._plans = Plans(catalogue, schema)
        self._schema = schema
        self._limits = limits
        self._closed = False

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> PostgresUnit:
        """A unit of work of one organization; see Store."""
        return PostgresUnit(self._work(organization_id, seconds), self._limits, locking=True)

    def founding(self, organization_id: OrganizationId, *, seconds: float | None = None) -> PostgresUnit:
        """A unit of work for an organization that is not there yet; see Store."""
        return PostgresUnit(self._work(organization_id, seconds), self._limits, locking=False)

    def reading(self, organization_id: OrganizationId, *, snapshot: bool = False) -> PostgresReading:
        """Reads of one organization; see Store."""
        return PostgresReading(self._work(organization_id, None, each=True), snapshot=snapshot)

    def across(self) -> PostgresAcross:
        """A unit of work over all organizations; see Store."""
        return PostgresAcross(self._work(None, None), self._limits)

    async def check(self, *, verify: bool = True) -> None:
        """Looks whether the database can serve as a store.

        Args:
            verify: whether what it holds is compared with what this version and the catalogue need.

        Raises:
            DatabaseUnreachable, AccessDenied: it can't be reached.
            DatabaseUnsuitable: the server is too old, or the encoding is not UTF8.
            DatabaseNotMigrated, DatabaseTooNew: its migrations are not those of this version.
            DatabaseDiffers: it does not enforce what the catalogue declares.
        """
        taken = await lease(self._engine)
        await taken.release()
        try:
            async with self._engine.connect() as connection:
                found = await connection.execute(
                    sa.text("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
                )
                version, encoding = found.one()
                _require_suitable(version, encoding)
                if verify:
                    await _require_same(connection, self._plans.catalogue, self._schema)
        except GaplessError:
            raise
        except Exception as error:
            raise translated(error, self._plans.catalogue, self._limits.unit) from error

    async def aclose(self) -> None:
        """As `Store.aclose`; the engine is the caller's."""
        self._closed = True

    def _work(self, organization_id: OrganizationId | None, seconds: float | None, *, each: bool = False) -> Work:
        self._require_open()
        limit = self._limits.unit if seconds is None else require_seconds(seconds)
        return Work(Session(self._engine, self._plans, limit, each=each), organization_id, self._require_open)

    def _require_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The store was closed: make a new one.")


def _require_suitable(version: int, encoding: str) -> None:
    if version < LEAST_VERSION:
        raise DatabaseUnsuitable(f"The server is PostgreSQL {version // 10000}; gapless needs 15 or newer.")
    if encoding != "UTF8":
        raise DatabaseUnsuitable(f"The database is encoded in {encoding}; gapless needs UTF8.")


async def _require_same(connection: AsyncConnection, catalogue: Catalogue, schema: str) -> None:
    if has_migrations(catalogue):
        _require_migrated(await revision_state(connection, schema), schema)
    await require_same(connection, catalogue, schema)


def _require_migrated(state: DatabaseState, schema: str) -> None:
    if state is DatabaseState.PENDING:
        raise DatabaseNotMigrated(f"Migrations of schema {schema} are pending: run `gapless migrate`.")
    if state is DatabaseState.TOO_NEW:
        raise DatabaseTooNew(f"Schema {schema} was migrated by a newer gapless: update the library.")
