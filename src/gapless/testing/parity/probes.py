"""The side of PostgreSQL: thousands of rows go in one statement, into columns of the table's own types and collations.

Only temporary tables are made, so that a database needs nothing of gapless and keeps nothing of this.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

import asyncpg
import attrs

from gapless.adapters.postgres.sql.column_types import STORED
from gapless.adapters.postgres.sql.text import quoted, type_name
from gapless.adapters.postgres.statements.records import encoded
from gapless.kit.columns import ByType, Column, ColumnType
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import JsonObject
from gapless.testing.parity.questions import Question, Row

VALUES = "pg_temp.gapless_parity_values"
CONSTRAINED = "pg_temp.gapless_parity_constrained"
POSITION = "gapless_parity_position"
CONFIRMED = 20
"""How many rows of a batch that PostgreSQL's expression refuses are put to the constraint itself, one by one."""


@attrs.frozen(eq=False)
class ProbeAnswer:
    """What PostgreSQL says to one row: whether it accepts it, and in words what else there is to say."""

    accepts: bool
    told: str = ""


ACCEPTED, REFUSED = ProbeAnswer(accepts=True), ProbeAnswer(accepts=False)


@asynccontextmanager
async def asked(connection: asyncpg.Connection, question: Question) -> AsyncIterator[Probe]:
    """PostgreSQL, ready to be asked one question; what it needed for that is dropped at the end.

    Args:
        connection: the driver's; in a transaction, where a pooler would give each statement another session.
        question: what will be asked.
    """
    columns = ", ".join(question.definitions)
    try:
        await connection.execute(f"CREATE TEMPORARY TABLE {_bare(VALUES)} ({POSITION} bigint, {columns})")
        if condition := question.condition or " AND ".join(question.guards):
            constraint = f"CONSTRAINT {quoted(question.rule.name)} CHECK ({condition})"
            await connection.execute(f"CREATE TEMPORARY TABLE {_bare(CONSTRAINED)} ({columns}, {constraint})")
        yield Probe(connection, question)
    finally:
        for table in (VALUES, CONSTRAINED):
            await connection.execute(f"DROP TABLE IF EXISTS {table}")


def _bare(table: str) -> str:
    return table.removeprefix("pg_temp.")


class Probe:
    """PostgreSQL while it is asked one question.

    Attributes:
        connection: the driver's.
        question: what is asked.
    """

    def __init__(self, connection: asyncpg.Connection, question: Question) -> None:
        self.connection = connection
        self.question = question
        self._names = ", ".join(quoted(column.stored) for column in question.columns)

    async def answers(self, rows: Sequence[Row]) -> list[ProbeAnswer]:
        """The answer to each row; at most some thousands at once."""
        if self.question.condition is None:
            return await self._kept(rows)
        await self._filled(rows)
        return await self.answers_of(self.question.condition)

    async def _filled(self, rows: Sequence[Row]) -> None:
        """Puts the rows into the table of values, in place of those before."""
        columns = self.question.columns
        arrays = [_array(column, [row[place] for row in rows]) for place, column in enumerate(columns)]
        given = ", ".join(f"${place + 1}::{_sent_as(column)}[]" for place, column in enumerate(columns))
        casts = ", ".join(f"{quoted(column.stored)}::{type_name(column)}" for column in columns)
        # Not TRUNCATE, which makes a new file each time.
        await self.connection.execute(f"DELETE FROM {VALUES}")  # noqa: S608  # the names are ours, or of declarations
        await self.connection.execute(
            f"INSERT INTO {VALUES} SELECT {POSITION}, {casts} "  # noqa: S608  # as above
            f"FROM unnest({given}) WITH ORDINALITY AS given ({self._names}, {POSITION})",
            *arrays,
        )

    async def answers_of(self, condition: str) -> list[ProbeAnswer]:
        """Asks the expression about all of the rows, and the constraint that it stands in about a share of them."""
        text = f"SELECT ({condition}) IS NOT FALSE FROM {VALUES} ORDER BY {POSITION}"  # noqa: S608  # as above
        answers = [ACCEPTED if passes else REFUSED for (passes,) in await self.connection.fetch(text)]
        accepted = [place for place, answer in enumerate(answers, 1) if answer.accepts]
        doubted = [place for place, answer in enumerate(answers, 1) if not answer.accepts][:CONFIRMED]
        if not await self._let_in(f"({condition}) IS NOT FALSE"):
            doubted += accepted
        for place in doubted:
            answers[place - 1] = ACCEPTED if await self._let_in(f"{POSITION} = {place}") else REFUSED
        return answers

    async def _let_in(self, which: str) -> bool:
        """Whether the table with the constraint takes these rows, all in one statement."""
        text = f"INSERT INTO {CONSTRAINED} SELECT {self._names} FROM {VALUES} WHERE {which}"  # noqa: S608  # as above
        try:
            async with self.attempt():
                await self.connection.execute(text)
        except asyncpg.CheckViolationError:
            return False
        await self.connection.execute(f"DELETE FROM {CONSTRAINED}")  # noqa: S608  # as above
        return True

    def attempt(self) -> AbstractAsyncContextManager[object]:
        """Keeps what PostgreSQL refuses from ending the transaction, if there is one."""
        return self.connection.transaction() if self.connection.is_in_transaction() else nullcontext()

    async def _kept(self, rows: Sequence[Row]) -> list[ProbeAnswer]:
        """Whether each row comes back exactly; what the driver or the server refuses is found by halving."""
        column = self.question.columns[0]
        try:
            async with self.attempt():
                await self._filled(rows)
                sent = f"{self._names}::text" if STORED.of(column.type).is_read_as_text else self._names
                text = f"SELECT {sent} FROM {VALUES} ORDER BY {POSITION}"  # noqa: S608  # as above
                found = await self.connection.fetch(text)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, AttributeError, ValueError) as error:
            if len(rows) == 1:
                return [ProbeAnswer(accepts=False, told=f"raises {type(error).__name__}")]
            half = len(rows) // 2
            return [*await self._kept(rows[:half]), *await self._kept(rows[half:])]
        return [_comparison(column, given, kept) for (given,), (kept,) in zip(rows, found, strict=True)]


def _array(column: Column, values: list[object]) -> list[object]:
    return [*map(encoded, values)] if STORED.of(column.type).is_converted else values


def _sent_as(column: Column) -> str:
    """The type that a value is sent as; documents and lists go as text, as the store sends them."""
    return "text" if STORED.of(column.type).is_sent_as_text else type_name(column)


def _comparison(column: Column, given: object, kept: object) -> ProbeAnswer:
    """Compares what came back with what was sent: it is accepted if it has the same type and value."""
    try:
        read = None if kept is None else _read(column, kept)
    except InvalidValue as error:
        return ProbeAnswer(accepts=False, told=f"gives back what can't be read: {error}")
    return ACCEPTED if is_same(given, read) else ProbeAnswer(accepts=False, told=f"gives back {read!a}")


def is_same(given: object, read: object) -> bool:
    """Whether what came back is of the same type and value."""
    if isinstance(given, UUID):
        return isinstance(read, UUID) and given == read
    if isinstance(given, datetime):
        return type(read) is datetime and read.tzinfo is given.tzinfo and read == given
    if isinstance(given, Decimal):
        return isinstance(read, Decimal) and repr(read) == repr(given)  # 1.5 equals 1.50, and is another value
    return type(read) is type(given) and read == given


def _read(column: Column, kept: object) -> object:
    """Converts what came back into a value of the column."""
    return KEPT.of(column.type)(column, kept)


def _as_it_is(_: Column, kept: object) -> object:
    return kept


def _number(_: Column, kept: object) -> object:
    """A decimal; NaN, which its CHECK keeps out of the column of a table, is none."""
    if isinstance(kept, Decimal) and not kept.is_finite():
        raise InvalidValue("decimal", "That is no number.")
    return kept


KEPT: ByType[Callable[[Column, object], object]] = ByType(
    interpreter="The probe of PostgreSQL",
    place="testing/parity/probes.py",
    needed="the value that the driver's stands for",
    by_type={
        ColumnType.TEXT: _as_it_is,
        ColumnType.ENUMERATION: lambda column, kept: column.normalised(kept),
        ColumnType.INTEGER: _as_it_is,
        ColumnType.BIG_INTEGER: _as_it_is,
        ColumnType.DECIMAL: _number,
        ColumnType.BOOLEAN: _as_it_is,
        ColumnType.UUID: _as_it_is,
        ColumnType.UUIDS: lambda _, kept: tuple(cast("list[object]", kept)),
        ColumnType.TIME: _as_it_is,
        ColumnType.JSON: lambda _, kept: JsonObject.parse(cast(str, kept)),
        ColumnType.KEY: _as_it_is,
    },
)
