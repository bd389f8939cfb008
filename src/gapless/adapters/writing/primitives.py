"""What a store does by itself. Everything else of a unit and of its writes is in this package, the same for all.

A primitive looks at no rule that is asked before the rows are reached: whose row it is, whether there is an audit
record, what can be kept. It carries out one statement, checks the rules over rows, and says whether it found the row.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from gapless.adapters.deadline import Deadline
from gapless.adapters.writing.openings import Opening
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit import Catalogue, Model
from gapless.kit.audit import AuditRecord
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.predicates import Node
from gapless.kit.queries import Query
from gapless.kit.row_keys import Found

E = TypeVar("E", bound=Validated)
Read = TypeVar("Read", bound=Validated, covariant=True)


class ReadRows(Protocol[Read]):
    """Reads the rows of one entity that a transaction sees."""

    async def row(self, key: tuple[object, ...]) -> Read | None:
        """The row with this primary key as it is now, hidden or not.

        Raises:
            RowUnreadable: it can't be read.
        """
        ...

    async def find(self, query: Query) -> tuple[Read, ...]:
        """The rows of a query, in its order.

        Raises:
            RowUnreadable: one of them, or more, can't be read.
        """
        ...

    async def find_readable(self, query: Query) -> Found[Read]:
        """The rows of a query that can be read, and which can't."""
        ...

    async def count(self, where: Node) -> int:
        """How many rows there are of which this is true."""
        ...


class Rows(ReadRows[E], Protocol[E]):
    """Writes the rows of one entity. Each write is one statement, which keeps the side records as well, or nothing.

    Raises:
        RuleViolated: from each write, for the first broken rule that is checked at the write.
    """

    async def insert(self, row: E, side: SideRecords) -> E:
        """Adds a row in its first version; returns it as stored, with what the store fills."""
        ...

    async def insert_all(self, rows: tuple[E, ...], side: SideRecords) -> tuple[E, ...]:
        """Adds rows, one at least, as `insert` does."""
        ...

    async def insert_side(self, side: SideRecords) -> None:
        """Keeps the side records of a write that concerns no row; there may be none."""
        ...

    async def update(self, before: E, after: E, changes: dict[str, object], side: SideRecords) -> E | None:
        """Writes values of a row if it still has the version of `after`, which then grows by one.

        Args:
            before: the row as the unit saw it last.
            after: the row as the caller wants it.
            changes: the values in which the two differ, but for the version.
            side: what is kept along.

        Returns:
            The row as stored; None if there is none of that version: then the unit fails.
        """
        ...

    async def delete(self, row: E, side: SideRecords) -> bool:
        """Removes a row if it still has this version, with what its references say; returns whether it did."""
        ...

    async def update_where(self, where: Node, values: dict[str, object], side: SideRecords) -> int:
        """Writes these values in each row of which a condition is true; returns how many there were."""
        ...

    async def delete_where(self, where: Node, side: SideRecords) -> int:
        """Removes each row of which a condition is true; returns how many there were."""
        ...


class Transaction(Protocol):
    """What a store has for one unit, from its opening to its end.

    It is made when a unit is asked for; nothing is taken before `begin`.
    """

    @property
    def catalogue(self) -> Catalogue:
        """What the store enforces."""
        ...

    @property
    def deadline(self) -> Deadline:
        """The end of the unit's time; a reading that is no snapshot has that time for each read."""
        ...

    @property
    def is_failed(self) -> bool:
        """Whether a read has failed in a way that leaves the transaction of no use."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether somebody else can reach it: only then it is asked whether it goes on, and what was taken back."""
        ...

    @property
    def holds_lock(self) -> bool:
        """Whether it may still hold what others wait for, though its commit has raised."""
        ...

    @property
    def audit(self) -> Model[AuditRecord]:
        """The model of the records that tell of writes."""
        ...

    @property
    def outbox(self) -> Model[OutboxEvent]:
        """The model of the events that go with writes."""
        ...

    @property
    def connection(self) -> object:
        """Where rows of the host's own join the transaction.

        Raises:
            UnitOfWorkError: the store has no connection.
        """
        ...

    def require_usable(self) -> None:
        """Refuses to begin on a store that was closed, or on another event loop than its own.

        Raises:
            StoreUnavailable: it was, or is.
        """
        ...

    def require_unbroken(self) -> None:
        """Refuses to go on where somebody else has ended the transaction.

        Raises:
            UnitOfWorkFailed: somebody has.
        """
        ...

    async def begin(self) -> None:
        """Begins; the time runs, and the unit has the lock of its organization in this process.

        Raises:
            NotFound: a unit of one organization finds that there is none.
        """
        ...

    async def was_taken_back(self) -> bool:
        """Whether somebody else has undone writes of this unit, nobody knows how many; asked before each write."""
        ...

    def rows(self, model: Model[E]) -> Rows[E]:
        """The rows of an entity of the catalogue; in a reading nobody writes them."""
        ...

    async def commit(self) -> None:
        """Keeps everything.

        Raises:
            RuleViolated: a rule that is checked at the commit.
            ConcurrencyConflict: others were in the way.
        """
        ...

    async def end(self) -> None:
        """Forgets what was not committed, and gives back what it holds; also where it never began, or has ended."""
        ...


class Transactions(Protocol):
    """A store that gives what a unit runs in, as those of gapless do."""

    def transaction(self, opening: Opening) -> Transaction:
        """What a unit runs in that is opened like this, not begun yet."""
        ...
