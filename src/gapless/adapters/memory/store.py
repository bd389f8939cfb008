"""The in-memory store: it gives the same answers as PostgreSQL, without a server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime

from gapless.adapters.clocks import require_not_ahead
from gapless.adapters.memory.answers import require_answer
from gapless.adapters.memory.database import MemoryDatabase
from gapless.adapters.memory.transaction import MemoryTransaction
from gapless.adapters.system import SystemClock
from gapless.adapters.writing.openings import CREATING, READING, SNAPSHOT, SYSTEM, UNIT, Kind, Opening, opening
from gapless.adapters.writing.primitives import Transaction
from gapless.adapters.writing.unit import Unit
from gapless.adapters.writing.units import StoreReading, StoreSystemUnit, StoreUnit
from gapless.kit import Catalogue
from gapless.kit.booleans import require_boolean
from gapless.kit.catalogue import require_catalogue
from gapless.kit.ids import RootId
from gapless.kit.limits import DEFAULT_LIMITS, Limits, require_limits
from gapless.kit.ports import Clock, Reading, SqlAnswer, Store, SystemUnit, UnitOfWork
from gapless.kit.rights import Uses


class MemoryStore(Store):
    """Keeps the rows of a catalogue in this process, for one event loop at a time; they are lost at its end.

    Args:
        catalogue: the entities and rules that it enforces.
        limits: how long a lock and a unit may take.
        clock: the store's own clock, as PostgreSQL has its server's: it tells when a row was added. By default the
            clock of the machine.
        sql: answers the SELECTs that the host asks in a reading (`Reading.connection`); None if nobody does.

    Raises:
        InvalidValue: the catalogue or the limits are none, or `sql` can't be called.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        limits: Limits = DEFAULT_LIMITS,
        clock: Clock | None = None,
        sql: SqlAnswer | None = None,
    ) -> None:
        require_catalogue("catalogue", catalogue)
        own = SystemClock() if clock is None else clock
        self._database = MemoryDatabase(catalogue, require_limits(limits), own, require_answer(sql))

    def unit(
        self, root_id: RootId | None = None, *, of: type | None = None, seconds: float | None = None
    ) -> UnitOfWork:
        """As `Store.unit`."""
        return StoreUnit(self.unit_of_kind(UNIT, root_id, of, seconds))

    def creating(self, root_id: RootId, *, of: type | None = None, seconds: float | None = None) -> UnitOfWork:
        """As `Store.creating`."""
        return StoreUnit(self.unit_of_kind(CREATING, root_id, of, seconds))

    def reading(
        self,
        root_id: RootId | None = None,
        *,
        of: type | None = None,
        snapshot: bool = False,
        seconds: float | None = None,
    ) -> AbstractAsyncContextManager[Reading]:
        """As `Store.reading`. The cost of a snapshot depends only on what is committed while it is open."""
        self._database.require_open()
        require_boolean("snapshot", snapshot)
        return StoreReading(self.unit_of_kind(SNAPSHOT if snapshot else READING, root_id, of, seconds))

    def system(self) -> SystemUnit:
        """As `Store.system`."""
        return StoreSystemUnit(self.unit_of_kind(SYSTEM, None, None, None))

    def unit_of_kind(self, kind: Kind, root: RootId | None, of: type | None, seconds: float | None) -> Unit:
        """Makes a unit that is not opened yet: for stores that wrap this one, and give out units of their own."""
        database = self._database
        database.require_open()
        opened = opening(database.schema.catalogue, kind, root, of, seconds, database.limits)
        return Unit(self.transaction(opened), opened, database.locks, database.limits)

    def transaction(self, opening: Opening) -> Transaction:
        """Makes the transaction for a unit with this opening: for stores that wrap this one, and give out another."""
        return MemoryTransaction(self._database, opening)

    async def require_rights(self, *jobs: Uses) -> None:
        """As `Store.require_rights`: this store has no roles, so it refuses nobody."""
        self._database.require_usable()
        for job in jobs:
            self._database.schema.catalogue.model(job.entity)

    async def require_not_ahead(self, at: datetime) -> None:
        """As `Store.require_not_ahead`."""
        self._database.require_usable()
        require_not_ahead(self._database.limits.clock, at, self._database.clock.now())

    def bind(self) -> None:
        """Binds the store to the running event loop; it is refused on any other loop from now on."""
        self._database.home.bind()

    async def aclose(self) -> None:
        """As `Store.aclose`. The rows are lost with the last open unit or reading."""
        self._database.close()
