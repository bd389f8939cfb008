"""What each store does itself; all else of a unit and its writes is in this package, the same for all stores.

A primitive does not check what is checked before the rows are reached: the tenant, the audit record, what can be kept.
It carries out one statement, checks the rules over rows, and says whether it has found the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from gapless.adapters.deadline import Deadline
from gapless.adapters.writing.openings import Opening
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit import Catalogue, Model
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import Column
from gapless.kit.kinds import Ordering
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Reading, SelectConnection
from gapless.kit.predicates import Node
from gapless.kit.queries import Query
from gapless.kit.row_keys import Found

E = TypeVar("E", bound=Validated)
Read = TypeVar("Read", bound=Validated, covariant=True)


class ReadRows(Protocol[Read]):
    """Reads the rows of one entity that a transaction sees."""

    async def row(self, lookup: tuple[object, ...]) -> Read | None:
        """The row that these values of `Model.lookup` find, as it is now, soft-deleted or not.

        Raises:
            RowUnreadable: the row can't be read.
        """
        ...

    async def several(self, lookups: Sequence[tuple[object, ...]]) -> tuple[Read, ...]:
        """The rows that these values of `Model.lookup` find, in any order, soft-deleted or not; all differ.

        Raises:
            RowUnreadable: at least one of the rows can't be read.
        """
        ...

    async def find(self, query: Query) -> tuple[Read, ...]:
        """The rows of a query, in its order.

        Raises:
            RowUnreadable: at least one of the rows can't be read.
        """
        ...

    async def find_readable(self, query: Query) -> Found[Read]:
        """The rows of a query that can be read, and the keys of those that can't be."""
        ...

    async def count(self, where: Node) -> int:
        """How many rows satisfy this condition."""
        ...

    async def exists(self, where: Node) -> bool:
        """Whether any row satisfies this condition; no row is looked at behind the first one."""
        ...

    async def sum(self, column: Column, where: Node) -> int | Decimal:
        """The sum of a column, of a type that has one, in the rows that satisfy this condition; without nulls."""
        ...

    async def extreme(self, ordering: Ordering, where: Node) -> object:
        """The first value of a column in an order, null only if there is no other, in the rows of this condition.

        Raises:
            RowUnreadable: the value can't be read.
        """
        ...

    async def groups(self, column: Column, where: Node, most: int) -> Sequence[tuple[object, int]]:
        """Each value of a column with the number of the rows of this condition that have it, in any order.

        Args:
            column: the column.
            where: the condition.
            most: how many are enough; there may be more of them.

        Raises:
            RowUnreadable: a value can't be read.
        """
        ...


class Rows(ReadRows[E], Protocol[E]):
    """Writes the rows of one entity. Each write is one statement, which keeps the side records as well, or nothing.

    Raises:
        RuleViolated: each write raises it for the first broken rule that is checked at the write.
    """

    async def insert(self, row: E, side: SideRecords) -> E:
        """Adds a row in its first version; returns it as stored, with what the store fills in."""
        ...

    async def insert_all(self, rows: tuple[E, ...], side: SideRecords) -> tuple[E, ...]:
        """Adds at least one row, as `insert` does."""
        ...

    async def insert_side(self, side: SideRecords) -> None:
        """Writes the side records of a write that concerns no row; there may be none."""
        ...

    async def update(self, before: E, after: E, changes: dict[str, object], side: SideRecords) -> E | None:
        """Writes values of a row if it still has the version of `after`, which then grows by one.

        Args:
            before: the row as the unit saw it last.
            after: the row as the caller wants it.
            changes: the values in which the two differ, without the version.
            side: the side records, kept in the same statement.

        Returns:
            The row as stored; None if no row has that version, and then the unit fails.
        """
        ...

    async def delete(self, row: E, side: SideRecords) -> bool:
        """Removes a row if it still has this version, and does what its references say; returns whether it has."""
        ...

    async def update_where(self, where: Node, values: dict[str, object], side: SideRecords) -> int:
        """Writes these values in each row that satisfies a condition; returns the number of rows.

        Where a value is an Increment, each row gets what it has when it is written, and the constant of it.
        """
        ...

    async def delete_where(self, where: Node, side: SideRecords) -> int:
        """Removes each row that satisfies a condition; returns the number of rows."""
        ...


class Transaction(Protocol):
    """What a store provides for one unit, from its opening to its end.

    It is made when a unit is asked for; it takes nothing before `begin`.
    """

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that the store enforces."""
        ...

    @property
    def deadline(self) -> Deadline:
        """The end of the unit's time; in a reading without a snapshot, each read has this time."""
        ...

    @property
    def is_failed(self) -> bool:
        """Whether a read has failed in a way that makes the transaction unusable."""
        ...

    @property
    def is_lent(self) -> bool:
        """Whether somebody else can reach the transaction; only then it is asked what others have done to it."""
        ...

    @property
    def holds_lock(self) -> bool:
        """Whether it may still hold a lock that others wait for, though its commit has raised."""
        ...

    @property
    def audit(self) -> Model[AuditRecord]:
        """The model of audit records."""
        ...

    @property
    def outbox(self) -> Model[OutboxEvent]:
        """The model of the events in the outbox."""
        ...

    @property
    def connection(self) -> object:
        """The connection with which a host writes tables of its own in this transaction.

        Raises:
            UnitOfWorkError: this store has no connection.
        """
        ...

    def selects(self, reading: Reading, require_open: Callable[[], None]) -> SelectConnection:
        """The connection with which a host asks SELECTs of its own in this snapshot.

        Args:
            reading: the reading that is asked, for who answers in the place of a server.
            require_open: raises UnitOfWorkError if the reading is not open any more, or DeadlineExceeded.

        Raises:
            SqlUnanswered: nobody answers.
        """
        ...

    def require_usable(self) -> None:
        """Refuses to begin on a store that was closed, or on another event loop than its own.

        Raises:
            StoreUnavailable: it was closed, or another loop is running.
        """
        ...

    def require_unbroken(self) -> None:
        """Refuses to go on after somebody else has ended the transaction.

        Raises:
            UnitOfWorkFailed: somebody else has ended it.
        """
        ...

    async def begin(self) -> None:
        """Begins the transaction; the time already runs, and the unit has its root's lock in this process.

        Raises:
            NotFound: the root of the unit does not exist.
        """
        ...

    async def was_taken_back(self) -> bool:
        """Whether somebody else has undone some writes of this unit; it is asked before each write."""
        ...

    def rows(self, model: Model[E]) -> Rows[E]:
        """The rows of an entity of the catalogue that the unit sees (`Opening.tenant_for`); a reading only reads them.

        Raises:
            QueryRefused: they belong to another root than the unit's.
        """
        ...

    async def commit(self) -> None:
        """Keeps everything.

        Raises:
            RuleViolated: a rule that is checked at commit is broken.
            ConcurrencyConflict: others changed the same data.
        """
        ...

    async def end(self) -> None:
        """Forgets what was not committed, and gives back what it holds; it may be called at any time, and again."""
        ...


class Transactions(Protocol):
    """A store that provides the transactions of units, as the stores of gapless do."""

    def transaction(self, opening: Opening) -> Transaction:
        """The transaction for a unit with this opening, not begun yet."""
        ...
