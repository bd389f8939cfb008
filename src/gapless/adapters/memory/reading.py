"""Reading: one row by its id, rows by a query, and a reading of one organization, newest or of one moment."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar, cast
from uuid import UUID

from gapless.adapters.deadline import Deadline
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.scope import Database, Scope
from gapless.adapters.memory.state import View
from gapless.adapters.writing.requirements import require_id
from gapless.adapters.writing.unit_state import Stage
from gapless.domain.ports import Reading, ReadRepository
from gapless.kit import Model, queries
from gapless.kit.booleans import require_boolean
from gapless.kit.cursors import Cursor
from gapless.kit.errors import NotFound
from gapless.kit.model import E, Judged
from gapless.kit.python_compiler import is_true
from gapless.kit.row_keys import Found

Row = TypeVar("Row")
Where = Callable[[E], bool]


def get(scope: Scope, table: Table, id: UUID, *, include_deleted: bool) -> Judged:
    """The row with this id.

    Raises:
        NotFound: there is none in the organization, or it is hidden.
        InvalidValue: `include_deleted` is neither True nor False.
    """
    require_boolean("include_deleted", include_deleted)
    row = scope.row(table, id)
    if row is None or not (include_deleted or table.is_visible(row)):
        raise NotFound(table.model.name, id)
    return row


def find(
    scope: Scope,
    model: Model[E],
    where: Where[E] | None,
    order: Callable[[E], object] | None,
    after: E | Cursor | None,
    limit: int | None,
    *,
    include_deleted: bool,
) -> tuple[E, ...]:
    """The rows that a query asks for, in its order; see `ReadRepository.find`."""
    query = queries.query(
        model,
        where,
        order=order,
        after=after,
        limit=limit,
        include_deleted=include_deleted,
        tenant=scope.organization,
    )
    holds = is_true(query.where)
    rows = cast("list[E]", [row for row in scope.view.rows(model.table, scope.tenant) if holds(row)])
    found = queries.sorted_rows(rows, query.order)
    return tuple(found if query.limit is None else found[: query.limit])


def select(scope: Scope, model: Model[E], where: Where[E] | None, *, include_deleted: bool) -> list[Judged]:
    """The rows of which a condition is true, in no order.

    Raises:
        QueryRefused: the condition asks what the stores do not answer alike.
    """
    holds = is_true(queries.condition(model, where, include_deleted=include_deleted))
    return [row for row in scope.view.rows(model.table, scope.tenant) if holds(row)]


class MemoryReadRepository(Generic[E]):
    """The rows of one entity that a reading sees.

    Args:
        scope: what the reading sees.
        table: the entity's table.
        model: its model.
    """

    def __init__(self, scope: Scope, table: Table, model: Model[E]) -> None:
        self._scope = scope
        self._table = table
        self._model = model

    async def get(self, id: UUID, *, include_deleted: bool = False) -> E:
        """As `ReadRepository.get`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            return cast(E, get(self._scope, self._table, id, include_deleted=include_deleted))

    async def find(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """As `ReadRepository.find`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            return find(self._scope, self._model, where, order, after, limit, include_deleted=include_deleted)

    async def find_readable(
        self,
        where: Where[E] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """As `ReadRepository.find_readable`; there are no rows here that can't be read."""
        return Found(await self.find(where, order=order, after=after, limit=limit, include_deleted=include_deleted))

    async def count(self, where: Where[E] | None = None, *, include_deleted: bool = False) -> int:
        """As `ReadRepository.count`."""
        with self._scope.state.reading:
            self._scope.require_usable()
            return len(select(self._scope, self._model, where, include_deleted=include_deleted))


class MemoryReading(Reading):
    """Reads of one organization, each of the newest committed state, or all of the moment of its opening.

    Args:
        database: the store's state.
        organization: whose rows.
        seconds: how long a snapshot may take; a single read takes no time.
        snapshot: whether all reads see one moment.
    """

    def __init__(self, database: Database, organization: UUID, seconds: float, *, snapshot: bool) -> None:
        self._view = View(database.committed)
        self._scope = Scope(database, self._view, organization)
        self._tenant = self._scope.tenant
        self._snapshot = snapshot
        self._seconds = seconds

    async def __aenter__(self) -> Self:
        """Opens the reading; from now on a snapshot keeps how the rows were that others change."""
        require_id(self._scope.database.schema.root.model, self._scope.organization)
        self._scope.require_new()
        self._scope.database.require_usable()
        if self._snapshot or self._seconds <= 0:
            self._scope.deadline = Deadline(self._seconds)
            self._scope.require_usable()
        if self._snapshot:
            self._view.committed.snapshots.setdefault(self._tenant, []).append(self._view)
        self._scope.state.stage = Stage.OPEN
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the reading."""
        self._scope.state.stage = Stage.CLOSED
        snapshots = self._view.committed.snapshots
        others = [view for view in snapshots.get(self._tenant, ()) if view is not self._view]
        if others:
            snapshots[self._tenant] = others
        else:
            snapshots.pop(self._tenant, None)

    def of(self, entity: type[Row]) -> ReadRepository[Row, UUID]:
        """As `Reading.of`."""
        schema = self._scope.database.schema
        model = schema.catalogue.model(cast("type[Judged]", entity))
        return cast("ReadRepository[Row, UUID]", MemoryReadRepository(self._scope, schema.tables[model.table], model))
