"""Writes on PostgreSQL: each write is one request, which keeps its side records as well; very many rows go by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol, TypeVar, cast

import asyncpg

from gapless.adapters.postgres.connections.waiting import while_connected
from gapless.adapters.postgres.reader import PostgresReader, Record, Undecoded
from gapless.adapters.postgres.statements.packing import copied, packed
from gapless.adapters.postgres.statements.records import encoded
from gapless.adapters.postgres.statements.statement import Statement
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit import Reference
from gapless.kit.assignments import Increment, data_type_of, increments
from gapless.kit.errors import ConcurrencyConflict, InvalidValue, RuleViolated, StatementRefused
from gapless.kit.model import Validated
from gapless.kit.predicates import All, Node, literal

E = TypeVar("E", bound=Validated)
AT_ONCE = "SET LOCAL lock_timeout = 1"
"""Lets the server give up at once, until the savepoint before it is taken back."""
LEAST_COPIED = 1000
"""How many rows go by COPY at least: fewer are as fast in a statement, which takes a round trip less."""
MARK, BACK = "SAVEPOINT gapless_copy", "ROLLBACK TO SAVEPOINT gapless_copy"
"""Around what may have to be taken back: a COPY that is refused, and rows that the server is only asked about."""
REFUSALS = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.RaiseError,
    asyncpg.FeatureNotSupportedError,
)
"""What COPY is refused with where a statement may be refused otherwise, or not at all."""
OUT_OF_RANGE = "22003"
"""How the server refuses a number that its type does not have."""
SILENCED = "a trigger of somebody's, or a rewrite rule, has taken the place of the statement"


class Insert(Protocol):
    """Gives a statement that adds rows."""

    def __call__(self, *, guarded: bool) -> Statement:
        """The statement; a guarded one adds nothing if the way of a row does not lead to the root of the unit."""
        ...


class PostgresRows(PostgresReader[E]):
    """Writes the rows of one entity; the primitives of `Rows`."""

    async def insert(self, row: E, side: SideRecords) -> E:
        """As `Rows.insert`."""
        values = self._statements.values(row) | self._statements.side_values(side)
        return (await self._added(partial(self._statements.insert, side), values, (row,)))[0]

    async def insert_all(self, rows: tuple[E, ...], side: SideRecords) -> tuple[E, ...]:
        """As `Rows.insert_all`."""
        if await self._copied(rows, side):
            return rows
        texts = packed(self._model, rows)
        insert = partial(self._statements.insert_many, side, packed=texts is not None)
        values = (texts or self._statements.arrays(rows)) | self._statements.side_values(side)
        return await self._added(insert, values, rows)

    async def insert_side(self, side: SideRecords) -> None:
        """As `Rows.insert_side`."""
        if side.audits or side.events:
            await self._number(self._statements.side_alone(side), self._statements.side_values(side))

    async def update(self, before: E, after: E, changes: dict[str, object], side: SideRecords) -> E | None:
        """As `Rows.update`."""
        del before  # the server knows the row before the change
        statement = self._statements.update(tuple(changes), side)
        values = {f"set_{name}": encoded(value) for name, value in changes.items()}
        values |= self._statements.key(after) | self._statements.side_values(side) | self._root
        try:
            records = await self._fetch_all(statement, statement.arguments(values))
        except Undecoded as error:
            raise self._not_readable(map(literal, self._model.lookup_of(after))) from error
        return self._statements.decode(records[0]) if records else None

    async def delete(self, row: E, side: SideRecords) -> bool:
        """As `Rows.delete`."""
        values = self._statements.key(row) | self._statements.side_values(side) | self._root
        return await self._number(self._statements.delete(side), values) != 0

    async def update_where(self, where: Node, values: dict[str, object], side: SideRecords) -> int:
        """As `Rows.update_where`."""
        sent = {name: encoded(value) for name, value in values.items()}
        search = self._statements.searches.update(where, sent, self._tenant, self._statements.side_inserts(side))
        counted = increments(values)
        if len(counted) > 1:  # of several, the server has to be asked which one has left its range
            await self._bounded(self._connection.driver.execute(MARK, timeout=self._connection.pooled.unlimited))
        try:
            return await self._number(search.statement, search.values | self._statements.side_values(side))
        except InvalidValue as error:
            if not counted or getattr(error.__cause__, "sqlstate", None) != OUT_OF_RANGE:
                raise
            raise self._model.violated(data_type_of(self._model, await self._beyond(where, counted))) from error

    async def delete_where(self, where: Node, side: SideRecords) -> int:
        """As `Rows.delete_where`."""
        search = self._statements.searches.delete(where, self._tenant, self._statements.side_inserts(side))
        return await self._number(search.statement, search.values | self._statements.side_values(side))

    async def _beyond(self, where: Node, counted: dict[str, Increment]) -> str:
        """The column in which a set-based write, which the server has refused, has counted too far."""
        first, *others = counted
        if not others:
            return first
        connection = self._connection
        await self._bounded(connection.driver.execute(BACK, timeout=connection.pooled.unlimited))
        for name, each in counted.items():
            if await self.exists(All((where, each.leaves(self._model.column(name))))):
                return name
        return first

    async def _copied(self, rows: tuple[E, ...], side: SideRecords) -> bool:
        """Adds very many rows by COPY, and says whether it has; what COPY refuses leaves nothing behind.

        COPY checks some rules for many rows at once, and so it may name another rule than the first that a row breaks.
        What it refuses is left to a statement, which names the right one (decision 0048).
        """
        connection = self._connection
        if len(rows) < LEAST_COPIED or side.shape != (0, 0) or self._model.filled:
            return False
        if self._root and not await self._lead_home(rows):
            return False
        limit = connection.pooled.unlimited
        await self._bounded(connection.driver.execute(MARK, timeout=limit))
        tag = await self._bounded(self._copy(rows, limit))
        if tag not in (None, f"COPY {len(rows)}"):
            raise self._silenced()
        is_kept = tag is not None and (not self._root or await self._lead_home(rows))
        if not is_kept:
            await self._bounded(connection.driver.execute(BACK, timeout=limit))
        return is_kept

    async def _copy(self, rows: tuple[E, ...], limit: float | None) -> str | None:
        """The tag of COPY; None if it was refused."""
        driver, table = self._connection.driver, self._statements.table
        request = driver.copy_to_table(
            table.name,
            schema_name=table.schema,
            columns=[column.stored for column in self._model.given],
            source=copied(self._model, rows),
            encoding="UTF8",  # whatever the host has set in its transaction
            timeout=limit,
        )
        try:
            return await while_connected(driver, request)
        except REFUSALS:
            return None

    def _silenced(self) -> StatementRefused:
        return StatementRefused(f"The database kept no {self._model.name}, and said nothing: {SILENCED}.")

    def _astray(self) -> RuleViolated:
        return self._model.violated(cast(Reference, self._model.through))

    async def _lead_home(self, rows: tuple[E, ...]) -> bool:
        """Whether all rows belong to the root of the unit through the rows to which they refer.

        It is asked behind a write: until the foreign key has locked the rows to which these refer, others may remove
        one of them, and add it to another root.
        """
        statement, names = self._statements.astray(), self._model.belonging.through
        leading = dict.fromkeys(tuple(encoded(getattr(row, name)) for name in names) for row in rows)
        arrays: dict[str, object] = dict(zip(names, map(list, zip(*leading, strict=True)), strict=True))
        return not await self._number(statement, arrays | self._root)

    async def _added(self, insert: Insert, values: dict[str, object], rows: tuple[E, ...]) -> tuple[E, ...]:
        """Adds rows, and returns them as stored: unchanged, unless the server fills some of their columns."""
        statement = insert(guarded=bool(self._root))
        records = await self._fetch_all(statement, statement.arguments(values | self._root))
        if self._written(records) < len(rows):
            if self._root:
                await self._raise_astray(insert(guarded=False), values, len(rows))
            raise self._silenced()
        if self._root and not await self._lead_home(rows):
            raise self._astray()
        if not self._model.filled:
            return rows
        stored = {self._model.key_of(row): row for row in self._statements.decode_all(records)}
        return tuple(stored[self._model.key_of(row)] for row in rows)

    def _written(self, records: Sequence[Record]) -> int:
        """How many rows an insert has added."""
        return len(records) if self._model.filled else cast(int, records[0][0])

    async def _raise_astray(self, statement: Statement, values: dict[str, object], number: int) -> None:
        """Refuses rows of which one refers to no row of this root, by what comes first of all that is wrong with them.

        A row of another root is there for the server. So it is asked what it would say of the rows themselves, and
        takes back what it does then, with the locks on rows of another root. The unit fails in any case: so it waits
        for nobody who has locked one of them, and keeps nobody waiting meanwhile who wants another one.

        Raises:
            RuleViolated: always, unless the server adds less than it was given.
        """
        connection, refused = self._connection, self._astray()
        await self._bounded(connection.driver.execute(f"{MARK}; {AT_ONCE}", timeout=connection.pooled.unlimited))
        try:
            if self._written(await self._fetch_all(statement, statement.arguments(values))) < number:
                return
        except RuleViolated as error:
            refused = refused if self._statements.comes_behind_way(error.rule) else error
        except ConcurrencyConflict:
            pass
        await self._bounded(connection.driver.execute(BACK, timeout=connection.pooled.unlimited))
        raise refused
