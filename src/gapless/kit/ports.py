"""The ports: what the services need, and what every store owes. Each obligation is a law, tested on every store.

A write unit belongs to one organization and holds its lock from the beginning, so units of one organization run one
after the other. What is checked at the write raises from the write; what is checked at commit raises from `commit()`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar, overload
from uuid import UUID

from gapless.kit.audit import AuditRecord
from gapless.kit.cursors import Cursor
from gapless.kit.ids import AuditRecordId, EventId, OrganizationId
from gapless.kit.model import AuditedEntity, Entity
from gapless.kit.outbox import OutboxEvent
from gapless.kit.queries import Assignment
from gapless.kit.rights import Uses
from gapless.kit.row_keys import Found

E = TypeVar("E")
A = TypeVar("A", bound=AuditedEntity)
P = TypeVar("P", bound=Entity)
Id = TypeVar("Id", bound=UUID, contravariant=True)


class ReadRepository(Protocol[E, Id]):
    """Reads the rows of one entity that belong to the unit's organization; deleted ones only when asked by name."""

    async def get(self, id: Id, *, include_deleted: bool = False) -> E:
        """The row with this id, as it is now.

        Raises:
            NotFound: there is none in this organization, or it is deleted.
            RowUnreadable: it holds what its columns don't let in; it was written with the checks off.
        """
        ...

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """The rows of which `where` is true.

        Args:
            where: a predicate over a symbolic row: `lambda user: user.role == Role.OWNER`; None for every row.
            order: a field or a tuple of fields, perhaps `descending(field)`. Ties are broken by id, text is ordered by
                code point, nulls come last. Without it the order is by id.
            after: where the page begins: behind the last row of the page before, whose values say where, wherever that
                row is by now; or at a cursor, which holds such values as a text (see `gapless.page_of`).
            limit: how many rows at most; None for all.

        Raises:
            QueryRefused: a condition or an order that the stores do not promise to answer alike.
            InvalidValue: `after` is a cursor of another listing, order or organization, or none at all; or
                `include_deleted` is neither True nor False.
            TenantMismatch: `after` is a row of another organization.
            RowUnreadable: one of the rows, or more, can't be read; the error names all of them.
        """
        ...

    async def find_readable(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """The rows of which `where` is true and that can be read, and which can't: for listings, and for jobs.

        A row that can't be read does not count for the limit, so that a page has as many rows as ever.

        Args:
            where, order, after, limit, include_deleted: as for `find`.

        Raises:
            QueryRefused: as `find`.
        """
        ...

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """How many rows there are of which `where` is true.

        Raises:
            QueryRefused: as `find`.
        """
        ...


class Repository(ReadRepository[E, Id], Protocol[E, Id]):
    """Writes an entity that is not audited. After a write has raised, the unit has failed."""

    async def add(self, entity: E) -> E:
        """Keeps a new row, and returns it as stored, with its version.

        Raises:
            RuleViolated: a rule that is checked at the write refuses it.
            TenantMismatch: it belongs to another organization.
        """
        ...

    async def add_all(self, entities: Sequence[E]) -> tuple[E, ...]:
        """Keeps several new rows in one statement, all or none.

        Raises:
            RuleViolated, TenantMismatch: as `add`.
        """
        ...

    async def save(self, entity: E) -> E:
        """Writes the changed fields if the row still has the version that was read; a deleted row too.

        Raises:
            ConcurrencyConflict: the row has another version by now.
            NotFound: the row is gone.
            RuleViolated, TenantMismatch: as `add`.
        """
        ...

    async def remove(self, entity: E) -> None:
        """Removes the row for good, and does to the rows that refer to it what their references say.

        Raises:
            RuleViolated: a reference or a rule refuses it.
            ConcurrencyConflict, NotFound, TenantMismatch: as `save`.
        """
        ...

    async def update_where(
        self,
        where: Callable[[E], bool],
        assign: Callable[[E], Iterable[Assignment]],
        *,
        include_deleted: bool = False,
    ) -> int:
        """Assigns constants in every row of which `where` is true, in one statement; returns how many there were.

        Raises:
            RuleViolated: one rule that a row breaks afterwards.
            QueryRefused: as `find`, or the key or the version is assigned.
        """
        ...

    async def delete_where(self, where: Callable[[E], bool], *, include_deleted: bool = False) -> int:
        """Removes every row of which `where` is true for good, in one statement; returns how many there were.

        Raises:
            RuleViolated: a reference or a rule refuses it.
            QueryRefused: as `find`.
        """
        ...


class AuditedRepository(ReadRepository[E, Id], Protocol[E, Id]):
    """Writes an audited entity: as Repository, and each write takes the record that tells it, and events for outside.

    Audit record and events are kept in the same statement. One audit record may cover several writes of a unit: handed
    over again, it is not written again. Another audit record with its id is refused as a second row with that id.
    """

    async def add(self, entity: E, audit: AuditRecord, events: Sequence[OutboxEvent] = ()) -> E:
        """As `Repository.add`."""
        ...

    async def add_all(
        self, entities: Sequence[E], audit: AuditRecord, events: Sequence[OutboxEvent] = ()
    ) -> tuple[E, ...]:
        """As `Repository.add_all`."""
        ...

    async def save(self, entity: E, audit: AuditRecord, events: Sequence[OutboxEvent] = ()) -> E:
        """As `Repository.save`."""
        ...

    async def save_unaudited(self, entity: E, events: Sequence[OutboxEvent] = ()) -> E:
        """As `Repository.save`, of fields that are declared as unaudited (counters, when somebody was last seen).

        Raises:
            AuditRecordRequired: another field has changed as well.
        """
        ...

    async def remove(self, entity: E, audit: AuditRecord, events: Sequence[OutboxEvent] = ()) -> None:
        """As `Repository.remove`."""
        ...

    async def update_where(
        self,
        where: Callable[[E], bool],
        assign: Callable[[E], Iterable[Assignment]],
        audit: AuditRecord,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `Repository.update_where`."""
        ...

    async def delete_where(
        self,
        where: Callable[[E], bool],
        audit: AuditRecord,
        events: Sequence[OutboxEvent] = (),
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `Repository.delete_where`."""
        ...


class TrailRepository(ReadRepository[AuditRecord, AuditRecordId], Protocol):
    """Reads the audit trail, and adds an audit record that belongs to no write."""

    async def add(self, entity: AuditRecord) -> AuditRecord:
        """As `Repository.add`."""
        ...


class SystemRepository(Protocol[E]):
    """Reads and writes rows of all organizations, for jobs; of entities that nobody audits or guards."""

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`, over all organizations; the last tie is broken by the organization's id."""
        ...

    async def find_readable(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `ReadRepository.find_readable`, over all organizations."""
        ...

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """As `ReadRepository.count`."""
        ...

    async def update_where(
        self,
        where: Callable[[E], bool],
        assign: Callable[[E], Iterable[Assignment]],
        *,
        include_deleted: bool = False,
    ) -> int:
        """As `Repository.update_where`.

        Raises:
            QueryRefused: the entity is audited, counted, kept out by an admission guard, or append-only; or as `find`.
        """
        ...

    async def delete_where(self, where: Callable[[E], bool], *, include_deleted: bool = False) -> int:
        """As `Repository.delete_where`.

        Raises:
            QueryRefused: as `update_where`.
        """
        ...


class Reading(Protocol):
    """Reads of one organization, each of the newest committed state; one moment for all if it is a snapshot."""

    def of(self, entity: type[E]) -> ReadRepository[E, UUID]:
        """The repository of an entity of the store's catalogue.

        Raises:
            DeclarationError: the catalogue does not hold it.
        """
        ...

    @property
    def audit_trail(self) -> ReadRepository[AuditRecord, AuditRecordId]:
        """Its audit trail."""
        return self.of(AuditRecord)

    @property
    def outbox(self) -> ReadRepository[OutboxEvent, EventId]:
        """Its events that are not delivered yet."""
        return self.of(OutboxEvent)


class UnitOfWork(Protocol):
    """All or nothing, for one organization. Leaving the block rolls back; only `commit()` keeps. One task, one unit.

    It sees the newest committed state and its own writes; nobody sees those before the commit. After a write has raised
    the unit has failed: any further use raises UnitOfWorkFailed, and it can't commit. A cancellation leaves nothing
    half done.
    """

    async def __aenter__(self) -> Self:
        """Opens the unit and takes the organization's lock.

        Raises:
            NotFound: there is no such organization.
            ConcurrencyConflict: another unit held the lock for too long.
            DeadlineExceeded: the unit's time was over before.
            StoreUnavailable: the store can't be reached.
        """
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    @overload
    def of(self, entity: type[A]) -> AuditedRepository[A, UUID]: ...
    @overload
    def of(self, entity: type[P]) -> Repository[P, UUID]: ...

    async def commit(self) -> None:
        """Keeps everything.

        Raises:
            RuleViolated: a rule over many rows, checked on the state that the commit would leave.
            ConcurrencyConflict: overlapping work of others; a fresh unit may well succeed.
            CommitUnknown: the connection was lost in the middle.
            UnitOfWorkError: the unit has failed or is closed.
        """
        ...

    @property
    def connection(self) -> object:
        """Where rows of the host's own join the transaction: SQLAlchemy's AsyncConnection, on PostgreSQL only.

        Raises:
            UnitOfWorkError: the store has no connection.
        """
        ...

    @property
    def audit_trail(self) -> TrailRepository:
        """Its audit trail."""
        return self.of(AuditRecord)

    @property
    def outbox(self) -> Repository[OutboxEvent, EventId]:
        """Its events that are not delivered yet."""
        return self.of(OutboxEvent)


class SystemUnit(Protocol):
    """A unit of work over all organizations, for jobs. It holds no lock: others may be in the way at commit."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def of(self, entity: type[E]) -> SystemRepository[E]:
        """The repository of an entity of the store's catalogue."""
        ...

    async def commit(self) -> None:
        """As `UnitOfWork.commit`."""
        ...


class Store(Protocol):
    """Where the rows are kept, for as long as the application lives."""

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """A unit of work of one organization, which waits for the organization's lock when it is entered.

        Args:
            organization_id: whose rows it reads and writes.
            seconds: how long the whole unit may take; None for the store's own limit.
        """
        ...

    def creating(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """A unit of work for an organization that is not there yet: there is nothing to lock."""
        ...

    def reading(
        self, organization_id: OrganizationId, *, snapshot: bool = False, seconds: float | None = None
    ) -> AbstractAsyncContextManager[Reading]:
        """Reads of one organization.

        Args:
            organization_id: whose rows it reads.
            snapshot: whether all of them see one moment; else each sees the newest.
            seconds: how long the whole snapshot may take, or each read without one; None for the store's own limit.
        """
        ...

    def system(self) -> SystemUnit:
        """A unit of work over all organizations, for jobs."""
        ...

    async def require_rights(self, *jobs: Uses) -> None:
        """Looks whether a job may do what it does, before it begins; a store without roles lets everybody.

        Args:
            jobs: which rows it reads and writes.

        Raises:
            DeclarationError: they are of an entity that is not in the catalogue.
            AccessDenied: the store's role lacks a right; the message names each one.
        """
        ...

    async def require_not_ahead(self, at: datetime) -> None:
        """Refuses a time that lies ahead of the store's own clock, before something is removed by it for good.

        Args:
            at: the time, read from a clock a moment ago.

        Raises:
            ClockSkewed: it lies ahead by more than the limits allow.
            StoreUnavailable: the store was closed, or can't be reached.
        """
        ...

    async def aclose(self) -> None:
        """Lets nothing begin any more: whoever opens a unit or a reading afterwards gets StoreUnavailable.

        What is open goes on to its end. Closing again is no error.
        """
        ...


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time in UTC."""
        ...


class IdFactory(Protocol):
    """Makes ids."""

    def new(self) -> UUID:
        """A new id; UUIDv7 by default, so that rows made later sort later."""
        ...


class EventHandler(Protocol):
    """Delivers events to where they belong; the same event may come twice, so delivering it again does no harm."""

    def __call__(self, event: OutboxEvent, /) -> Awaitable[None]:
        """Delivers one event. Whatever it raises, the event comes again later."""
        ...
