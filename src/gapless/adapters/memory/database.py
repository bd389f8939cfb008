"""What all units of one store share."""

from __future__ import annotations

from gapless.adapters.home import HomeLoop
from gapless.adapters.locks import OrganizationLocks
from gapless.adapters.memory.schema import Schema
from gapless.adapters.memory.state import Committed
from gapless.kit import Catalogue
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import StoreUnavailable
from gapless.kit.limits import Limits
from gapless.kit.model import model_of
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Clock


class MemoryDatabase:
    """The state of one store.

    Args:
        catalogue: what it enforces.
        limits: how long a lock and a unit may take.
        clock: tells when a row came.

    Attributes:
        audit, outbox: the models of what goes along with writes.
    """

    def __init__(self, catalogue: Catalogue, limits: Limits, clock: Clock) -> None:
        self.schema = Schema(catalogue)
        self.audit = model_of(AuditRecord)
        self.outbox = model_of(OutboxEvent)
        self.committed = Committed()
        self.locks = OrganizationLocks(self.schema.root.model.name)
        self.limits = limits
        self.clock = clock
        self.home = HomeLoop()
        self.is_open = True

    def close(self) -> None:
        """Lets nothing begin any more; the rows are there for what is open, and gone with it."""
        self.is_open = False
        # What is open goes on, over the state that it began with (decision 0022).
        self.committed = Committed()

    def require_open(self) -> None:
        """Refuses to begin something on a store that was closed.

        Raises:
            StoreUnavailable: it was.
        """
        if not self.is_open:
            raise StoreUnavailable("The store was closed: make a new one.")

    def require_usable(self) -> None:
        """Refuses to begin something on a store that was closed, or belongs to another event loop.

        Raises:
            StoreUnavailable: it was, or does.
        """
        self.require_open()
        self.home.require()
