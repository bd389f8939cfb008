"""Reads the rows of one entity by their ids or by a query, or asks something of many; each takes one request.

Only if a row can't be read there are more requests, which ask the server for the keys of such rows.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from decimal import Decimal
from typing import Generic, TypeVar, cast

import attrs

from gapless.adapters.postgres.connections.requests import UnitConnection
from gapless.adapters.postgres.statements.compiled_statements import CompiledStatements
from gapless.adapters.postgres.statements.records import read_value, row_key
from gapless.adapters.postgres.statements.searches import CompiledSearch
from gapless.adapters.postgres.statements.statement import Statement
from gapless.adapters.postgres.statements.ways import ROOT_PARAMETER
from gapless.kit.aggregates import sum_of
from gapless.kit.belonging import Roots
from gapless.kit.columns import Column
from gapless.kit.errors import GaplessError, InvalidValue, RowUnreadable
from gapless.kit.ids import RootId
from gapless.kit.kinds import Ordering, column_of
from gapless.kit.model import Validated
from gapless.kit.predicates import Node, literal
from gapless.kit.queries import Query, up_to, whole_order
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

    async def several(self, lookups: Sequence[tuple[object, ...]]) -> tuple[E, ...]:
        """As `ReadRows.several`."""
        statements, values = self._statements, self._statements.lookups(lookups) | self._root
        try:
            found = statements.several()
            records = await self._fetch_all(found, found.arguments(values))
        except Undecoded as error:
            asked = statements.unreadable_of_several()
            keys = await self._fetch_all(asked, asked.arguments(values))
            raise RowUnreadable(self._model.name, tuple(row_key(self._model, key) for key in keys)) from error
        try:
            return tuple(statements.decode_all(records))
        except RowUnreadable:
            raise RowUnreadable(self._model.name, self._refused(records)) from None

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
        span = up_to(query, rows[0 if query.backwards else -1]) if is_full else attrs.evolve(query, limit=None)
        return Found(rows, await self._unreadable(span))

    async def count(self, where: Node) -> int:
        """As `ReadRows.count`."""
        search = self._statements.searches.count(where, self._tenant)
        return await self._number(search.statement, search.values)

    async def exists(self, where: Node) -> bool:
        """As `ReadRows.exists`."""
        search = self._statements.aggregates.exists(where, self._tenant)
        return cast(bool, (await self._fetch_all(search.statement, search.arguments()))[0][0])

    async def sum(self, column: Column, where: Node) -> int | Decimal:
        """As `ReadRows.sum`."""
        search = self._statements.aggregates.sum(column, where, self._tenant)
        text = cast("str | None", (await self._fetch_all(search.statement, search.arguments()))[0][0])
        return sum_of(column).added(column, ()) if text is None else sum_of(column).read(text)

    async def extreme(self, ordering: Ordering, where: Node) -> object:
        """As `ReadRows.extreme`."""
        search = self._statements.aggregates.extreme(ordering, where, self._tenant)
        column = attrs.evolve(column_of(ordering), nullable=True)  # of no rows the server says null
        records = await self._values(search, column, where)
        return records[0][0] if records else None

    async def groups(self, column: Column, where: Node, most: int) -> Sequence[tuple[object, int]]:
        """As `ReadRows.groups`."""
        search = self._statements.aggregates.groups(column, where, most, self._tenant)
        return [(value, cast(int, number)) for value, number in await self._values(search, column, where)]

    async def _values(self, search: CompiledSearch, column: Column, where: Node) -> list[list[object]]:
        """Records that begin with a value of a column, which is read as a row's.

        Raises:
            RowUnreadable: one of these values can't be read; the error names the rows of the condition that can't be.
        """
        try:
            records = await self._fetch_all(search.statement, search.arguments())
            return [[read_value(column, value), *rest] for value, *rest in records]
        except (Undecoded, InvalidValue) as error:
            asked = Query(where, whole_order(self._model, ()), None)
            raise RowUnreadable(self._model.name, await self._unreadable(asked)) from error

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
        return (rows[::-1] if asked.backwards else rows), ()

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
