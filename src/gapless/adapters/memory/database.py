"""The state that all units of one store share."""

from __future__ import annotations

from gapless.adapters.home import HomeLoop
from gapless.adapters.locks import RootLocks
from gapless.adapters.memory.schema import Schema
from gapless.adapters.memory.state import Committed
from gapless.kit import Catalogue
from gapless.kit.errors import StoreUnavailable
from gapless.kit.limits import Limits
from gapless.kit.ports import Clock, SqlAnswer


class MemoryDatabase:
    """The state of one store.

    Args:
        catalogue: the catalogue that it enforces.
        limits: how long a lock and a unit may take.
        clock: tells when a row was added.
        sql: answers the host's own SELECTs; None if nobody does.

    Attributes:
        audit, outbox: the models of audit records and of events.
    """

    def __init__(self, catalogue: Catalogue, limits: Limits, clock: Clock, sql: SqlAnswer | None = None) -> None:
        self.schema = catalogue.once(Schema)
        self.audit = catalogue.trail
        self.outbox = catalogue.outbox
        self.committed = Committed()
        self.locks = RootLocks()
        self.limits = limits
        self.clock = clock
        self.sql = sql
        self.home = HomeLoop()
        self.is_open = True

    def close(self) -> None:
        """Refuses new units from now on. Open ones still have the rows; the last of them takes the rows along."""
        self.is_open = False
        # Open units go on with the state that they began with (decision 0022).
        self.committed = Committed()

    def require_open(self) -> None:
        """Refuses a new unit on a store that was closed.

        Raises:
            StoreUnavailable: the store was closed.
        """
        if not self.is_open:
            raise StoreUnavailable("The store was closed: make a new one.")

    def require_usable(self) -> None:
        """Refuses a new unit on a store that was closed, or that belongs to another event loop.

        Raises:
            StoreUnavailable: the store was closed, or belongs to another loop.
        """
        self.require_open()
        self.home.require()
