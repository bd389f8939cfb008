"""Reading the rows of one entity: one row by its id, rows by a query, how many there are; each is one request.

Only where a row can't be read there are more: the server is then asked which rows those are.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Generic, TypeVar, cast
from uuid import UUID

import attrs

from gapless.adapters.postgres.plan import Plan
from gapless.adapters.postgres.records import row_key
from gapless.adapters.postgres.statements import Statement
from gapless.adapters.postgres.work import Work
from gapless.adapters.writing.unit_state import Stage
from gapless.kit.booleans import require_boolean
from gapless.kit.cursors import Cursor
from gapless.kit.errors import GaplessError, NotFound, QueryRefused, RowUnreadable
from gapless.kit.model import Judged
from gapless.kit.plain import plain_uuid
from gapless.kit.queries import Query, condition, query, up_to
from gapless.kit.row_keys import Found, RowKey

E = TypeVar("E", bound=Judged)
T = TypeVar("T")
Record = Sequence[object]


class Undecoded(Exception):
    """The driver could not make a value of what a row holds: a time before the first year, or beyond the last."""


class PostgresReader(Generic[E]):
    """Reads one entity's rows of the unit's organization, or of all if it has none."""

    def __init__(self, work: Work, plan: Plan[E]) -> None:
        self._work = work
        self._plan = plan
        self._model = plan.model

    async def get(self, id: UUID, *, include_deleted: bool = False) -> E:
        """The row with this id; see ReadRepository."""
        with self._work.reading():
            require_boolean("include_deleted", include_deleted)
            row = await self._fetch(self._key(id))
            if row is None or (not include_deleted and self._plan.is_hidden(row)):
                raise NotFound(self._model.name, id)
            self._remember(row)
            return row

    async def find(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> tuple[E, ...]:
        """The rows of which `where` is true; see ReadRepository."""
        with self._work.reading():
            asked = self._asked(where, order, after, limit, include_deleted=include_deleted)
            rows, unreadable = await self._rows(asked)
            if unreadable:
                raise RowUnreadable(self._model.name, unreadable)
            return rows

    async def find_readable(
        self,
        where: Callable[[E], bool] | None = None,
        *,
        order: Callable[[E], object] | None = None,
        after: E | Cursor | None = None,
        limit: int | None = None,
        include_deleted: bool = False,
    ) -> Found[E]:
        """The rows of which `where` is true and that can be read; see ReadRepository."""
        with self._work.reading():
            asked = self._asked(where, order, after, limit, include_deleted=include_deleted)
            rows, unreadable = await self._rows(asked)
            if not unreadable:
                return Found(rows)
            rows, holes = await self._rows(asked, readable=True)
            if holes:
                raise RowUnreadable(self._model.name, holes)
            is_full = limit is not None and len(rows) == limit
            span = up_to(asked, rows[-1]) if is_full else attrs.evolve(asked, limit=None)
            return Found(rows, await self._unreadable(span))

    async def count(self, where: Callable[[E], bool] | None = None, *, include_deleted: bool = False) -> int:
        """How many rows there are of which `where` is true; see ReadRepository."""
        with self._work.reading():
            asked = condition(self._model, where, include_deleted=include_deleted)
            search = self._plan.searches.count(asked, self._work.tenant)
            return await self._number(search.statement, search.values)

    def _asked(
        self,
        where: Callable[[E], bool] | None,
        order: Callable[[E], object] | None,
        after: E | Cursor | None,
        limit: int | None,
        *,
        include_deleted: bool,
    ) -> Query:
        return query(
            self._model,
            where,
            order=order,
            after=after,
            limit=limit,
            include_deleted=include_deleted,
            tenant=self._work.tenant,
        )

    def _key(self, id: UUID) -> dict[str, object]:
        """The key of the row with this id in the unit's organization; of the organization itself only its own.

        Raises:
            QueryRefused: the rows of this table have no id.
        """
        given = plain_uuid(id)
        if len(self._model.key) > 2:
            raise QueryRefused(f"{self._model.name} has no id: find it by the columns of its key.")
        if given is None or (len(self._model.key) == 1 and given != self._work.tenant):
            raise NotFound(self._model.name, id)
        return dict(zip(self._model.key, (self._work.tenant, given)[-len(self._model.key) :], strict=True))

    def _remember(self, row: E) -> None:
        self._work.seen[self._model.entity, self._model.identity_of(row)] = row

    async def _rows(self, asked: Query, *, readable: bool = False) -> tuple[tuple[E, ...], tuple[RowKey, ...]]:
        """The rows of a query; or, if some of them can't be read, which those are."""
        search = self._plan.searches.find(asked, self._work.tenant, readable=readable)
        try:
            records = await self._fetch_all(search.statement, search.arguments())
        except Undecoded as error:
            # It reads none of the rows then, so that the server has to say which it was.
            unreadable = await self._unreadable(asked)
            if not unreadable:
                raise RowUnreadable(self._model.name, ()) from error
            return (), unreadable
        try:
            rows = tuple(map(self._plan.decode, records))
        except RowUnreadable:
            return (), self._refused(records)
        for row in rows:
            self._remember(row)
        return rows, ()

    def _refused(self, records: Sequence[Record]) -> tuple[RowKey, ...]:
        """Which of these records can't be read."""
        unreadable: list[RowKey] = []
        for record in records:
            try:
                self._plan.decode(record)
            except RowUnreadable as error:
                unreadable += error.rows
        return tuple(unreadable)

    async def _unreadable(self, asked: Query) -> tuple[RowKey, ...]:
        """Which rows of a query the server finds unreadable."""
        search = self._plan.searches.unreadable(asked, self._work.tenant)
        return tuple(
            row_key(self._model, record) for record in await self._fetch_all(search.statement, search.arguments())
        )

    async def _fetch(self, key: dict[str, object]) -> E | None:
        statement = self._plan.get()
        try:
            # Asked for one row, the server does not look for a second.
            record = await self._read(self._work.session.driver.fetchrow, statement, statement.arguments(key))
        except Undecoded as error:
            raise self._not_readable(key.values()) from error
        return None if record is None else self._plan.decode(cast(Record, record))

    def _not_readable(self, key: Iterable[object]) -> RowUnreadable:
        """The error of one row that the driver could not read."""
        return RowUnreadable(self._model.name, (row_key(self._model, key),))

    async def _fetch_all(self, statement: Statement, arguments: list[object]) -> Sequence[Record]:
        return cast("Sequence[Record]", await self._read(self._work.session.driver.fetch, statement, arguments))

    async def _read(
        self, method: Callable[..., Coroutine[object, object, T]], statement: Statement, arguments: list[object]
    ) -> T:
        """Runs a statement by one of the driver's methods.

        Raises:
            Undecoded: the driver could not read the answer, which it has taken to its end.
        """
        session = self._work.session
        try:
            return await session.run(method(statement.text, *arguments, timeout=session.remaining()))
        except OverflowError as error:
            raise Undecoded from error
        except GaplessError:
            if session.in_transaction:  # which is of no use any more, though it was only a read that failed
                self._work.state.stage = Stage.FAILED
            raise

    async def _number(self, statement: Statement, values: dict[str, object]) -> int:
        records = await self._fetch_all(statement, statement.arguments(values))
        return cast(int, records[0][0])
