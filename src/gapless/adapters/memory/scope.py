"""What all units of one store share, and what the repositories of one unit share."""

from __future__ import annotations

from uuid import UUID

from gapless.adapters.deadline import Deadline
from gapless.adapters.home import HomeLoop
from gapless.adapters.locks import OrganizationLocks
from gapless.adapters.memory.schema import Schema, Table
from gapless.adapters.memory.state import Committed, View
from gapless.adapters.writing.unit_state import Stage, UnitState
from gapless.domain.ports import Clock
from gapless.kit import Catalogue
from gapless.kit.errors import DeadlineExceeded, QueryRefused, StoreUnavailable, UnitOfWorkBusy, UnitOfWorkClosed
from gapless.kit.limits import Limits
from gapless.kit.model import Judged
from gapless.kit.plain import plain_uuid


class Database:
    """The state of one store.

    Args:
        catalogue: what it enforces.
        limits: how long a lock and a unit may take.
        clock: tells when a row came.
    """

    def __init__(self, catalogue: Catalogue, limits: Limits, clock: Clock) -> None:
        self.schema = Schema(catalogue)
        self.committed = Committed()
        self.locks = OrganizationLocks(self.schema.root.model.name)
        self.limits = limits
        self.clock = clock
        self.home = HomeLoop()
        self.is_open = True

    def close(self) -> None:
        """Lets nothing begin any more; the rows are there for what is open, and gone with it."""
        self.is_open = False
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


def tenant_of(organization: object) -> object:
    """What stands for an organization at the beginning of each key; what is no id finds nothing."""
    return organization.int if type(organization) is UUID else organization


class Scope:
    """What the repositories of one unit, or of one reading, see and may do.

    Args:
        database: the store's state.
        view: the rows as this unit sees them.
        organization: whose rows, or None for those of all organizations.
    """

    __slots__ = ("database", "deadline", "organization", "state", "tenant", "view")

    def __init__(self, database: Database, view: View, organization: UUID | None) -> None:
        self.database = database
        self.view = view
        self.organization = organization
        self.tenant = tenant_of(organization)
        self.state = UnitState()
        self.deadline: Deadline | None = None

    def require_new(self) -> None:
        """Refuses a second opening.

        Raises:
            UnitOfWorkClosed: it was opened before.
            UnitOfWorkBusy: another task is opening it.
        """
        if self.state.stage is not Stage.NEW:
            raise UnitOfWorkClosed
        if self.state.busy:
            raise UnitOfWorkBusy

    def require_usable(self) -> None:
        """Fails the unit when its time is over; each operation begins with this.

        Raises:
            DeadlineExceeded: it is.
        """
        deadline = self.deadline
        if deadline is not None and deadline.remaining() <= 0:
            self.state.stage = Stage.FAILED
            raise DeadlineExceeded(deadline.seconds)

    def row(self, table: Table, id: UUID) -> Judged | None:
        """The row of the organization that has this id.

        Raises:
            QueryRefused: the rows of this table have no id.
        """
        columns, given = len(table.primary_key.key), plain_uuid(id)
        if columns > 2:
            raise QueryRefused(f"{table.model.name} has no id: find it by the columns of its key.")
        if given is None or (columns == 1 and given != self.organization):
            return None
        return self.view.row(table.name, (given.int,) if columns == 1 else (self.tenant, given.int))
