"""The repositories: how the rows of one entity are read and written, in one root or in none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from gapless.kit.assignments import Assignment
from gapless.kit.audit import AuditRecord
from gapless.kit.cursors import Cursor
from gapless.kit.ids import AuditRecordId, RowId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.row_keys import Found

E = TypeVar("E")
Id = TypeVar("Id", bound=RowId, contravariant=True)


class ReadRepository(Protocol[E, Id]):
    """Reads the rows of one entity in the unit's root; soft-deleted rows only with `include_deleted=True`."""

    async def get(self, id: Id, *, include_deleted: bool = False) -> E:
        """Gives the row with this id, as it is now.

        Args:
            id: the id of the row in the root: the value of its key, without the field that says what it belongs to. If
                several values are left, a tuple of them in the order of the key; if none is, the key of the root.
            include_deleted: whether a soft-deleted row is given as well.

        Raises:
            NotFound: the root has no row with this id, or the row is soft-deleted.
            QueryRefused: the key has several values, and `id` is not a tuple of so many.
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
                sorted by code point, nulls come last, and rows that are equal in all fields are sorted by id.
            after: the last row of the page before, or a cursor that was made of one (see `gapless.page_of`); the page
                begins behind its values, even if the row was changed or removed meanwhile. None for the first page.
            limit: the greatest number of rows; None for all.
            include_deleted: whether soft-deleted rows are given as well.

        Raises:
            QueryRefused: the stores do not promise to answer this condition or this order alike.
            InvalidValue: `after` is a cursor of another listing, order or root, or not a cursor; or
                `include_deleted` is neither True nor False.
            TenantMismatch: `after` is a row of another root.
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
            TenantMismatch: the row belongs to another root.
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
