"""The repositories: how the rows of one entity are read and written, in one root or in none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from gapless.kit.aggregates import Grouped, Ordered, Summed
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

    async def find_by_ids(self, ids: Iterable[Id], *, include_deleted: bool = False) -> tuple[E, ...]:
        """Gives the rows with these ids in the order of the ids, each once; an id that no row has is left out.

        Args:
            ids: the ids, as for `get`; at most 20,000.
            include_deleted: whether soft-deleted rows are given as well.

        Raises:
            QueryRefused: `ids` can't be iterated, or there are too many; or the key has several values, and one of the
                ids is not a tuple of so many.
            RowUnreadable: at least one of the rows can't be read; the error names all of these.
        """
        ...

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
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
            before: the first row of the page behind, or a cursor; the page ends before its values, and has the rows
                next to them, in the same order. `Cursor()` is the end of the listing. None for pages that go on.
            limit: the greatest number of rows; None for all.
            include_deleted: whether soft-deleted rows are given as well.

        Raises:
            QueryRefused: the stores do not promise to answer this condition or this order alike; or both `after` and
                `before` are given.
            InvalidValue: `after` or `before` is a cursor of another listing, order or root, or not a cursor; or
                `include_deleted` is neither True nor False.
            TenantMismatch: `after` or `before` is a row of another root.
            RowUnreadable: at least one of the rows can't be read; the error names all of these.
        """
        ...

    async def find_readable(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        before: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """Gives the rows for which `where` is true, and says which of them can't be read: for listings and jobs.

        A row that can't be read does not count towards the limit, so a page has as many rows as usual.

        Args:
            where, order, after, before, limit, include_deleted: as for `find`.

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

    async def exists(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> bool:
        """Says whether `where` is true of any row; it looks no further than the first one, and need not read it.

        Raises:
            QueryRefused: as `find`.
        """
        ...

    async def sum(
        self,
        of: Callable[[E], Summed | None],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Summed:
        """Adds up a field of the rows for which `where` is true: exactly, however great the sum is.

        Args:
            of: the field, a whole number or a decimal: `lambda call: call.minutes`; a null counts as nothing.
            where, include_deleted: as for `count`.

        Returns:
            The sum, of decimals with the digits of their scale; 0 if there are no rows.

        Raises:
            QueryRefused: as `find`; or the field holds no numbers.
        """
        ...

    async def greatest(
        self,
        of: Callable[[E], Ordered],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Ordered | None:
        """Gives the greatest value of a field in the rows for which `where` is true; text is compared by code point.

        Args:
            of: the field, of a type by which rows are ordered: `lambda call: call.started_at`.
            where, include_deleted: as for `count`.

        Returns:
            The value; None if there are no rows, or all have a null there.

        Raises:
            QueryRefused: as `find`; or the stores do not agree on an order of the field.
            RowUnreadable: the value can't be read; the error names the rows of the condition that can't be.
        """
        ...

    async def least(
        self,
        of: Callable[[E], Ordered],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Ordered | None:
        """Gives the least value of a field, as `greatest` the greatest one.

        Raises:
            QueryRefused, RowUnreadable: as `greatest`.
        """
        ...

    async def count_by(
        self,
        by: Callable[[E], Grouped],
        where: Callable[[E], bool] | None = None,
        *,
        include_deleted: bool = False,
    ) -> Mapping[Grouped, int]:
        """Counts the rows for which `where` is true by the values of one field.

        Args:
            by: the field: `lambda call: call.status`.
            where, include_deleted: as for `count`.

        Returns:
            How many rows have each value, null among them, in the order of the values with null last. A value that no
            row has is not in it.

        Raises:
            QueryRefused: as `find`; the field is a document or a list; or it has more than 10,000 different values.
            RowUnreadable: a value can't be read; the error names the rows of the condition that can't be.
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
        """Assigns constants in every row for which `where` is true, or counts, in one statement.

        Args:
            where: a predicate over a symbolic row.
            assign: what each row gets: `lambda user: (assign(user.is_active, False),)`, or by how much one of its whole
                numbers grows: `lambda item: (increment(item.uses),)`. Units that overlap lose no count.
            include_deleted: whether soft-deleted rows are changed as well.

        Returns:
            The number of rows.

        Raises:
            RuleViolated: a row would break this rule afterwards; that of the data type, if a number leaves its range.
            QueryRefused: as `find`; or `assign` names the key or the version; or it counts in a column that a key, a
                unique rule, an exclusion or a reference compares.
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
