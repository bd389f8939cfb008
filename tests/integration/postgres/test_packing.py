"""Rows that are added together arrive as they are, whatever their values: the server unpacks what was packed."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.text import DIALECT
from gapless.adapters.postgres.statements import packing
from gapless.adapters.postgres.statements.compiled_statements import CompiledCatalogue, CompiledStatements
from gapless.adapters.postgres.statements.packing import NULL, SEPARATOR, copied, packed
from gapless.adapters.writing.side_records import NO_SIDE_RECORDS
from gapless.domain.catalogue import GAPLESS
from gapless.kit.columns import EARLIEST, LATEST, Column, ColumnType
from gapless.kit.errors import RowUnreadable
from gapless.kit.json_object import JsonObject
from tests.unit.domain.samples import Sample, sample_rules

pytestmark = pytest.mark.asyncio
EDGES: dict[ColumnType, tuple[object, ...]] = {
    ColumnType.TEXT: ("", "NULL", "null", "{a,b}", "a\\b'c\"d", "\t\r\n\x7f\x01", "\\N", "a ß and 🎉", " "),
    ColumnType.INTEGER: (0, -(2**31), 2**31 - 1),
    ColumnType.BIG_INTEGER: (0, -(2**63), 2**63 - 1),
    ColumnType.DECIMAL: (Decimal("0.00"), Decimal("-99.99"), Decimal("0.01")),
    ColumnType.BOOLEAN: (True, False),
    ColumnType.TIME: (EARLIEST, LATEST, datetime(99, 2, 28, 23, 59, 59, 1, UTC), datetime(2026, 1, 2, tzinfo=UTC)),
    ColumnType.UUID: (UUID(int=0), UUID(int=2**128 - 1), UUID(int=5)),
    ColumnType.UUIDS: ((), (UUID(int=1),), (UUID(int=1), UUID(int=2))),
    ColumnType.JSON: (JsonObject({}), JsonObject({"a": [None, "\x1f\x1e\x01", "\\", '"', 1.5]})),
}


def edges_of(column: Column) -> tuple[object, ...]:
    """Values of a column that could be confused with others, and null if it may hold that."""
    values = tuple(column.enumeration) if column.enumeration is not None else EDGES[column.type]
    return (None, *values) if column.nullable else values


def rows_with(**texts: object) -> tuple[Sample, ...]:
    """Rows in which each edge of each column stands, beside other edges each time; the columns given hold one value."""

    def row(place: int) -> Sample:
        given = {"id": UUID(int=place), **texts}
        return sample_rules.construct(
            [given.get(c.name, (found := edges_of(c))[place % len(found)]) for c in sample_rules.columns]
        )

    return tuple(map(row, range(3 * 4 * 5 * 7)))


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with a table for samples, which has no rule and ends with it."""
    driver = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    types = (f"{column.name} {sql_type(column).compile(DIALECT)}" for column in sample_rules.columns)
    await driver.execute(f"CREATE TEMPORARY TABLE samples ({', '.join(types)})")
    yield driver
    await driver.close()


async def stored(connection: asyncpg.Connection, rows: tuple[Sample, ...]) -> list[Sample]:
    """The rows, as they come back in their order after they were added together by a statement."""
    statements = compiled()
    texts = packed(sample_rules, rows)
    statement = statements.insert_many(NO_SIDE_RECORDS, packed=texts is not None)
    await connection.fetch(statement.text, *statement.arguments(texts or statements.arrays(rows)))
    return await kept(connection)


async def copied_in(connection: asyncpg.Connection, rows: tuple[Sample, ...]) -> list[Sample]:
    """The rows, as they come back in their order after they were added together by COPY."""
    names = [column.name for column in sample_rules.given]
    await connection.copy_to_table("samples", columns=names, source=copied(sample_rules, rows))
    return await kept(connection)


async def kept(connection: asyncpg.Connection) -> list[Sample]:
    """The rows that are stored, in their order."""
    found = await connection.fetch(f"SELECT {', '.join(selected())} FROM samples ORDER BY id")  # noqa: S608  # ours
    return compiled().decode_all([tuple(record) for record in found])


def compiled() -> CompiledStatements[Sample]:
    """The statements for the table of the connection."""
    return CompiledCatalogue(GAPLESS + sample_rules, "pg_temp").of(Sample)


def selected() -> Iterator[str]:
    """The columns, JSON as text."""
    for column in sample_rules.columns:
        yield f"{column.name}::text" if column.type is ColumnType.JSON else column.name


async def test_every_value_arrives(connection: asyncpg.Connection) -> None:
    """Each value of each type comes back exactly, null apart from every text that looks like it."""
    rows = rows_with()
    assert packed(sample_rules, rows) is not None
    assert await stored(connection, rows) == [*rows]


@pytest.mark.parametrize("text", [SEPARATOR, NULL, f"a{SEPARATOR}b", f"{NULL}{NULL}"])
@pytest.mark.parametrize("column", ["text", "text_or_none"])
async def test_a_text_with_a_separator_arrives(connection: asyncpg.Connection, column: str, text: str) -> None:
    """A text that holds what separates texts is sent in another way, and comes back exactly."""
    rows = rows_with(**{column: text})
    assert packed(sample_rules, rows) is None
    assert await stored(connection, rows) == [*rows]


@pytest.mark.parametrize("text", ["", "NULL", "a"])
async def test_one_row_arrives(connection: asyncpg.Connection, text: str) -> None:
    """One row alone comes back as well: one empty text is not packed, as it would be no text for the server."""
    rows = rows_with(text=text)[:1]
    assert await stored(connection, rows) == [*rows]


@pytest.mark.parametrize("text", [SEPARATOR, NULL, f"a{SEPARATOR}b"])
async def test_packing_that_does_not_look_is_found(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Planted: texts are joined without a look at what they hold."""

    def careless(kind: ColumnType, values: list[object]) -> str:
        return SEPARATOR.join(packing._written(kind, values, NULL))

    monkeypatch.setattr(packing, "_joined", careless)
    rows = rows_with(text=text)
    try:
        found = await stored(connection, rows)
    except (asyncpg.PostgresError, RowUnreadable):
        return
    assert found != [*rows]


@pytest.mark.parametrize("texts", [{}, {"text": "a"}, {"text": "a", "text_or_none": None}, {"text_or_none": "\\N"}])
async def test_every_value_arrives_by_copy(connection: asyncpg.Connection, texts: dict[str, str | None]) -> None:
    """Each value of each type comes back exactly from COPY, also those that look like what separates or ends rows."""
    rows = rows_with(**texts)
    assert await copied_in(connection, rows) == [*rows]


@pytest.mark.parametrize("piece", [1, 7, 420])
async def test_rows_arrive_in_pieces_of_any_size(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """However many rows are written at once, all of them come, each once."""
    monkeypatch.setattr(packing, "PIECE", piece)
    rows = rows_with()
    assert await copied_in(connection, rows) == [*rows]


@pytest.mark.parametrize("character", ["\\", "\t", "\n", "\r"])
async def test_copy_without_an_escape_is_found(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, character: str
) -> None:
    """Planted: one of the characters that COPY reads as something else is not escaped."""
    monkeypatch.delitem(packing.ESCAPES, ord(character))
    rows = rows_with()
    try:
        found = await copied_in(connection, rows)
    except (asyncpg.PostgresError, RowUnreadable):
        return
    assert found != [*rows]


class Alike(enum.Enum):
    """Members that take each other for equal."""

    ONE = "one"
    OTHER = "other"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike)

    def __hash__(self) -> int:
        return 0


async def test_values_that_are_equal_are_not_taken_for_one() -> None:
    """Members of an enumeration that say they are equal are written each by itself."""
    members = [Alike.ONE, Alike.OTHER, Alike.ONE]
    assert packing._joined(ColumnType.ENUMERATION, [*members]) == SEPARATOR.join(member.value for member in members)
