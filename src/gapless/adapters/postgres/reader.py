"""Reads the rows of one entity: one row by its id, rows by a query, or their number; each takes one request.

Only if a row can't be read there are more requests, which ask the server for the keys of such rows.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Generic, TypeVar, cast

import attrs

from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.adapters.postgres.statements.compiled_statements import CompiledStatements
from gapless.adapters.postgres.statements.records import row_key
from gapless.adapters.postgres.statements.statement import Statement
from gapless.adapters.postgres.statements.ways import ROOT_PARAMETER
from gapless.kit.belonging import Roots
from gapless.kit.errors import GaplessError, RowUnreadable
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.predicates import Node, literal
from gapless.kit.queries import Query, up_to
from gapless.kit.row_keys import Found, RowKey

E = TypeVar("E", bound=Validated)
T = TypeVar("T")
Record = Sequence[object]


class Undecoded(Exception):
    """The driver could not convert a value of a row, such as a time before the first year or after the last."""


class PostgresReader(Generic[E]):
    """Reads the rows of one entity, of one root or of all; the primitives of `ReadRows`.

    Args:
        connection: the connection of the unit.
        tenant: the root; None for rows of no root, and ALL_ROOTS for all.
        statements: the compiled statements of the entity.
    """

    def __init__(
        self, connection: UnitConnection, tenant: RootId | Roots | None, statements: CompiledStatements[E]
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._statements = statements
        self._model = statements.model
        self._root = {} if statements.way is None else {ROOT_PARAMETER: literal(tenant)}

    async def row(self, lookup: tuple[object, ...]) -> E | None:
        """As `ReadRows.row`."""
        statement, values = self._statements.get(), [*map(literal, lookup), *self._root.values()]
        try:
            # The parameters are the columns of the lookup, in their order, and the root if they do not have it; as they
            # are unique, the server need not look for a second row.
            record = await self._asked(self._connection.driver.fetchrow, statement, values)
        except Undecoded as error:
            raise self._not_readable(map(literal, lookup)) from error
        return None if record is None else self._statements.decode(cast(Record, record))

    async def find(self, query: Query) -> tuple[E, ...]:
        """As `ReadRows.find`."""
        rows, unreadable = await self._rows(query)
        if unreadable:
            raise RowUnreadable(self._model.name, unreadable)
        return rows

    async def find_readable(self, query: Query) -> Found[E]:
        """As `ReadRows.find_readable`."""
        rows, unreadable = await self._rows(query)
        if not unreadable:
            return Found(rows)
        rows, holes = await self._rows(query, readable=True)
        if holes:
            raise RowUnreadable(self._model.name, holes)
        is_full = query.limit is not None and len(rows) == query.limit
        span = up_to(query, rows[-1]) if is_full else attrs.evolve(query, limit=None)
        return Found(rows, await self._unreadable(span))

    async def count(self, where: Node) -> int:
        """As `ReadRows.count`."""
        search = self._statements.searches.count(where, self._tenant)
        return await self._number(search.statement, search.values)

    async def _rows(self, asked: Query, *, readable: bool = False) -> tuple[tuple[E, ...], tuple[RowKey, ...]]:
        """The rows of a query; if some of them can't be read, the keys of those."""
        search = self._statements.searches.find(asked, self._tenant, readable=readable)
        try:
            records = await self._fetch_all(search.statement, search.arguments())
        except Undecoded as error:
            # The driver has read none of the rows then, so the server has to say which one it was.
            unreadable = await self._unreadable(asked)
            if not unreadable:
                raise RowUnreadable(self._model.name, ()) from error
            return (), unreadable
        try:
            rows = tuple(self._statements.decode_all(records))
        except RowUnreadable:
            return (), self._refused(records)
        return rows, ()

    def _refused(self, records: Sequence[Record]) -> tuple[RowKey, ...]:
        """The keys of those of these records that can't be read."""
        unreadable: list[RowKey] = []
        for record in records:
            try:
                self._statements.decode(record)
            except RowUnreadable as error:
                unreadable += error.rows
        return tuple(unreadable)

    async def _unreadable(self, asked: Query) -> tuple[RowKey, ...]:
        """The keys of the rows of a query that the server finds unreadable."""
        search = self._statements.searches.unreadable(asked, self._tenant)
        return tuple(
            row_key(self._model, record) for record in await self._fetch_all(search.statement, search.arguments())
        )

    def _not_readable(self, lookup: Iterable[object]) -> RowUnreadable:
        """The error for one row that the driver could not read."""
        values = dict(zip(self._model.lookup, lookup, strict=True))
        return RowUnreadable(self._model.name, (row_key(self._model, map(values.__getitem__, self._model.key)),))

    async def _fetch_all(self, statement: Statement, arguments: list[object]) -> Sequence[Record]:
        return cast("Sequence[Record]", await self._asked(self._connection.driver.fetch, statement, arguments))

    async def _asked(
        self, method: Callable[..., Coroutine[object, object, T]], statement: Statement, arguments: list[object]
    ) -> T:
        """Runs a statement by one of the driver's methods.

        Raises:
            Undecoded: the driver could not convert a value; it has read the answer to its end.
        """
        try:
            limit = self._connection.pooled.unlimited
            return await self._bounded(method(statement.text, *arguments, timeout=limit))
        except OverflowError as error:
            raise Undecoded from error

    async def _bounded(self, request: Coroutine[object, object, T]) -> T:
        """The result of a request, which ends with the unit's time."""
        connection = self._connection
        try:
            return await connection.run(request)
        except GaplessError:
            connection.is_failed |= (
                connection.in_transaction
            )  # the transaction can't be used any more, though only a read has failed
            raise

    async def _number(self, statement: Statement, values: dict[str, object]) -> int:
        records = await self._fetch_all(statement, statement.arguments(values))
        return cast(int, records[0][0])
