"""The ports: what the services need, and what every store has to do. A law tests each obligation on every store.

A unit of work belongs to one organization and holds its lock from the beginning, so the units of one organization run
one after the other. What a store checks at the write, the write raises; what it checks at commit, `commit()` raises.
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
    """Reads the rows of one entity in the unit's organization; soft-deleted rows only with `include_deleted=True`."""

    async def get(self, id: Id, *, include_deleted: bool = False) -> E:
        """Gives the row with this id, as it is now.

        Args:
            id: the id of the row in the organization.
            include_deleted: whether a soft-deleted row is given as well.

        Raises:
            NotFound: the organization has no row with this id, or the row is soft-deleted.
            RowUnreadable: the row holds a value that its columns don't allow; somebody wrote it with the checks off.
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
        """Gives the rows for which `where` is true.

        Args:
            where: a predicate over a symbolic row, such as `lambda user: user.role == Role.OWNER`; None for every row.
            order: a field or a tuple of fields, each perhaps as `descending(field)`; None to order by id. Text is
                sorted by
                code point, nulls come last, and rows that are equal in all fields are sorted by id.
            after: the last row of the page before, or a cursor that was made of one (see `gapless.page_of`); the page
                begins behind its values, even if the row was changed or removed meanwhile. None for the first page.
            limit: the greatest number of rows; None for all.
            include_deleted: whether soft-deleted rows are given as well.

        Raises:
            QueryRefused: the stores do not promise to answer this condition or this order alike.
            InvalidValue: `after` is a cursor of another listing, order or organization, or not a cursor; or
                `include_deleted` is neither True nor False.
            TenantMismatch: `after` is a row of another organization.
            RowUnreadable: at least one of the rows can't be read; the error names all of these.
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
        """Gives the rows for which `where` is true, and says which of them can't be read: for listings and jobs.

        A row that can't be read does not count towards the limit, so a page has as many rows as usual.

        Args:
            where, order, after, limit, include_deleted: as for `find`.

        Raises:
            QueryRefused: as `find`.
        """
        ...

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """Counts the rows for which `where` is true.

        Raises:
            QueryRefused: as `find`.
        """
        ...


class Repository(ReadRepository[E, Id], Protocol[E, Id]):
    """Writes the rows of an entity that is not audited. After a write has raised, the unit has failed."""

    async def add(self, entity: E) -> E:
        """Adds a new row, and returns it as it was stored, with its version.

        Raises:
            RuleViolated: a rule that is checked at the write refuses the row.
            TenantMismatch: the row belongs to another organization.
        """
        ...

    async def add_all(self, entities: Sequence[E]) -> tuple[E, ...]:
        """Adds several new rows in one statement: all of them or none.

        Raises:
            RuleViolated, TenantMismatch: as `add`.
        """
        ...

    async def save(self, entity: E) -> E:
        """Writes the changed fields of a row if nobody has changed it since it was read; a soft-deleted row too.

        Raises:
            ConcurrencyConflict: the row has another version by now; read it again.
            NotFound: the row was removed meanwhile.
            RuleViolated, TenantMismatch: as `add`.
        """
        ...

    async def remove(self, entity: E) -> None:
        """Removes the row for good; for the rows that refer to it, the store does what their references say.

        Raises:
            RuleViolated: a reference or another rule refuses the removal.
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
        """Assigns constants in every row for which `where` is true, in one statement; returns the number of rows.

        Args:
            where: a predicate over a symbolic row.
            assign: what each row gets: `lambda user: (assign(user.is_active, False),)`.
            include_deleted: whether soft-deleted rows are changed as well.

        Raises:
            RuleViolated: a row would break this rule afterwards.
            QueryRefused: as `find`; or `assign` names the key or the version.
        """
        ...

    async def delete_where(self, where: Callable[[E], bool], *, include_deleted: bool = False) -> int:
        """Removes every row for which `where` is true for good, in one statement; returns the number of rows.

        Raises:
            RuleViolated: a reference or another rule refuses the removal.
            QueryRefused: as `find`.
        """
        ...


class AuditedRepository(ReadRepository[E, Id], Protocol[E, Id]):
    """Writes an audited entity: as `Repository`, but each write takes its audit record, and events for the outside.

    The audit record and the events are kept in the same statement as the row. One audit record may cover several writes
    of a unit: pass it again, and it is not written again. A different audit record with the same id is refused.
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
        """As `Repository.save`, for fields that are declared as unaudited, such as counters.

        Raises:
            AuditRecordRequired: a field that is audited has changed as well; use `save`.
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
    """Reads the audit trail, and adds audit records that belong to no write."""

    async def add(self, entity: AuditRecord) -> AuditRecord:
        """As `Repository.add`."""
        ...


class SystemRepository(Protocol[E]):
    """Reads and writes rows of all organizations, for jobs. It writes no entity that is audited or guarded."""

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`, over all organizations; rows that are equal are sorted by organization last."""
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
            QueryRefused: as `find`; or the entity is audited, has an invariant or an admission guard, or is
            append-only.
        """
        ...

    async def delete_where(self, where: Callable[[E], bool], *, include_deleted: bool = False) -> int:
        """As `Repository.delete_where`.

        Raises:
            QueryRefused: as `update_where`.
        """
        ...


class Reading(Protocol):
    """Reads of one organization. Each sees the newest committed state; with a snapshot all see one moment."""

    def of(self, entity: type[E]) -> ReadRepository[E, UUID]:
        """The repository of an entity of the store's catalogue.

        Raises:
            DeclarationError: the catalogue does not contain this entity.
        """
        ...

    @property
    def audit_trail(self) -> ReadRepository[AuditRecord, AuditRecordId]:
        """The audit trail of the organization."""
        return self.of(AuditRecord)

    @property
    def outbox(self) -> ReadRepository[OutboxEvent, EventId]:
        """The events of the organization that are not delivered yet."""
        return self.of(OutboxEvent)


class UnitOfWork(Protocol):
    """All or nothing, for one organization: only `commit()` keeps, leaving the block rolls back. One task uses it.

    The unit sees the newest committed state and its own writes; nobody else sees these before the commit. After a write
    has raised, the unit has failed: any further use raises UnitOfWorkFailed, and it can't commit. A cancellation leaves
    nothing half done.
    """

    async def __aenter__(self) -> Self:
        """Opens the unit, and takes the lock of the organization.

        Raises:
            NotFound: the organization does not exist.
            ConcurrencyConflict: another unit held the lock for too long.
            DeadlineExceeded: the unit's time was over before it had the lock.
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
        """Keeps everything that the unit has written.

        Raises:
            RuleViolated: an invariant does not hold for the state that the commit would leave.
            ConcurrencyConflict: others changed the same data; a fresh unit may well succeed.
            CommitUnknown: the connection was lost during the commit; look before you try again.
            UnitOfWorkError: the unit has failed, or is closed.
        """
        ...

    @property
    def connection(self) -> object:
        """SQLAlchemy's AsyncConnection, for a host's own tables in this transaction: on PostgreSQL only.

        Raises:
            UnitOfWorkError: this store has no connection.
        """
        ...

    @property
    def audit_trail(self) -> TrailRepository:
        """The audit trail of the organization."""
        return self.of(AuditRecord)

    @property
    def outbox(self) -> Repository[OutboxEvent, EventId]:
        """The events of the organization that are not delivered yet."""
        return self.of(OutboxEvent)


class SystemUnit(Protocol):
    """A unit of work over all organizations, for jobs. It takes no lock, so its commit may meet a conflict."""

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
    """Keeps the rows, for as long as the application runs."""

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """Gives a unit of work of one organization; entering it waits for the organization's lock.

        Args:
            organization_id: the organization whose rows the unit reads and writes.
            seconds: how many seconds the whole unit may take; None for the store's own limit.
        """
        ...

    def creating(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """Gives the unit of work that creates an organization; it takes no lock, because there is no row yet.

        Args:
            organization_id: the id of the new organization.
            seconds: as for `unit`.
        """
        ...

    def reading(
        self, organization_id: OrganizationId, *, snapshot: bool = False, seconds: float | None = None
    ) -> AbstractAsyncContextManager[Reading]:
        """Gives reads of one organization.

        Args:
            organization_id: the organization whose rows are read.
            snapshot: whether all reads see the same moment; otherwise each sees the newest committed state.
            seconds: how many seconds the whole snapshot may take, or without a snapshot each read; None for the store's
                own limit.
        """
        ...

    def system(self) -> SystemUnit:
        """Gives a unit of work over all organizations, for jobs."""
        ...

    async def require_rights(self, *jobs: Uses) -> None:
        """Refuses a job before it begins if it lacks a right that it will need; a store without roles refuses nobody.

        Args:
            jobs: the rows that the job reads and writes.

        Raises:
            DeclarationError: one of the entities is not in the catalogue.
            AccessDenied: the store's role lacks a right; the message names each one that is missing.
        """
        ...

    async def require_not_ahead(self, at: datetime) -> None:
        """Refuses a time that is ahead of the store's own clock, before rows are removed for good because of it.

        Args:
            at: the time in UTC, read from a clock a moment ago.

        Raises:
            ClockSkewed: it is ahead by more than `Limits.clock` allows.
            StoreUnavailable: the store was closed, or can't be reached.
        """
        ...

    async def aclose(self) -> None:
        """Closes the store: whoever opens a unit or a reading afterwards gets StoreUnavailable.

        What is open already runs to its end. It is no error to close a store twice.
        """
        ...


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Gives the time in UTC."""
        ...


class IdFactory(Protocol):
    """Makes ids."""

    def new(self) -> UUID:
        """Makes a new id; by default a UUIDv7, so that rows which were made later are sorted later."""
        ...


class EventHandler(Protocol):
    """Delivers an event to the outside. The same event may come twice, so a second delivery must do no harm."""

    def __call__(self, event: OutboxEvent, /) -> Awaitable[None]:
        """Delivers one event. If it raises anything, the event comes again later."""
        ...
