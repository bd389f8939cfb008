"""Rows that nobody can read, and good ones beside them, in a database whose checks are off: for every entity."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import chain
from uuid import UUID

import asyncpg
import attrs

from gapless.adapters.postgres.sql.text import quoted, type_name
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.kit.columns import Column, ColumnType
from gapless.kit.ids import RootId
from gapless.kit.json_object import GREATEST_DEPTH
from gapless.kit.model import Model, Validated
from gapless.kit.row_keys import RowKey
from tests.integration.databases import connected, copied_database

IDS = UuidV7Factory()
MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)
LIST = "{0192f0c1-aaaa-7000-8000-000000000000}"
POISON = {
    ColumnType.TIME: ("infinity", "4713-01-01 BC", "-infinity", "10000-01-01", "0001-01-01 12:00+00"),
    ColumnType.JSON: (
        *("[]", '"a"', '{"a": 9007199254740992}', '{"a": -1e400}', '{"a": [9007199254740991.5]}'),
        *(f'{{"a": {"[" * depth}{"]" * depth}}}' for depth in (GREATEST_DEPTH, 5000)),
    ),
    ColumnType.DECIMAL: ("NaN",),
    ColumnType.UUIDS: ("{NULL}", f"{{{LIST},{LIST}}}"),
    ColumnType.ENUMERATION: ("unheard of", ""),
}
"""What each type of column takes when the checks are off, and no reader makes a value of."""
GOOD = {
    ColumnType.TEXT: "x",
    ColumnType.INTEGER: "1",
    ColumnType.BIG_INTEGER: "1",
    ColumnType.DECIMAL: "0.01",
    ColumnType.BOOLEAN: "false",
    ColumnType.UUIDS: LIST,
    ColumnType.TIME: MOMENT.isoformat(),
    ColumnType.JSON: '{"a": [1, 2.5]}',
}


@attrs.frozen
class Row:
    """A row as text.

    Attributes:
        model: its entity's.
        values: what each column holds.
        fault: the column that can't be read, if there is one.
    """

    model: Model[Validated]
    values: dict[str, str | None]
    fault: str | None = None

    @property
    def key(self) -> RowKey:
        """How the row is named."""
        return RowKey(self.model.table, self.model.key, tuple(self.values[name] for name in self.model.key))

    @property
    def id(self) -> UUID:
        """Its id."""
        return UUID(self.values["id"])


def good_row(model: Model[Validated], organization: RootId | None) -> Row:
    """A row that can be read, whatever the rules say of it, with an id greater than the last."""
    values = {column.name: _good(column) for column in model.columns}
    own = str(organization if model.tenant == "id" else IDS.new())
    values |= {"id": own} if "id" in values else {"key": own}
    return Row(model, values | {model.named_tenant: str(organization)})


def _good(column: Column) -> str | None:
    if column.type is ColumnType.UUID:
        return str(IDS.new())
    return str(next(iter(column.members))) if column.members else GOOD[column.type]


def poisoned(model: Model[Validated], most: int = 9) -> Iterator[tuple[str, str | None]]:
    """Every way to make a row unreadable, of each column so many at most and null: a column, and what it holds then.

    Of a row that does not say whether it was released, no reading knows that it is there.
    """
    for column in model.columns:
        if column.name not in model.key and column != model.released:
            yield from ((column.name, text) for text in POISON.get(column.type, ())[:most])
            if not column.nullable:
                yield column.name, None


def mixed_rows(model: Model[Validated], organization: UUID, most: int = 9) -> list[Row]:
    """Rows of every fault, each behind a row that can be read, in the order of their ids; the last two are spoiled."""
    faults = list(poisoned(model, most))
    rows = list(chain.from_iterable((good_row(model, organization), _spoiled(model, organization, *f)) for f in faults))
    return [*rows, _spoiled(model, organization, *faults[0])]


def _spoiled(model: Model[Validated], organization: UUID, name: str, text: str | None) -> Row:
    row = good_row(model, organization)
    return Row(model, row.values | {name: text}, name)


async def write(connection: asyncpg.Connection, *rows: Row) -> None:
    """Writes rows in plain SQL, with the triggers off as well."""
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for row in rows:
            names = ", ".join(quoted(column.name) for column in row.model.columns)
            values = ", ".join(f"${n}::text::{type_name(column)}" for n, column in enumerate(row.model.columns, 1))
            await connection.execute(
                f"INSERT INTO gapless.{row.model.table} ({names}) VALUES ({values})",  # noqa: S608  # our own names
                *(row.values[column.name] for column in row.model.columns),
            )


async def spoil(connection: asyncpg.Connection, key: RowKey, name: str, text: str | None) -> None:
    """Changes what a column of a row holds, as somebody does who has never heard of gapless, or who mends it."""
    model = next(model for model in GAPLESS.models if model.table == key.table)
    where = " AND ".join(f"{column} = ${n}::text::uuid" for n, column in enumerate(key.columns, 2))
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        tag = await connection.execute(
            f"UPDATE gapless.{key.table} SET {quoted(name)} = $1::text::{type_name(model.column(name))} WHERE {where}",  # noqa: S608  # our own names
            text,
            *key.values,
        )
    assert tag == "UPDATE 1"


@asynccontextmanager
async def without_checks(server_url: str, template: str, name: str) -> AsyncIterator[str]:
    """A migrated database without a check on what a row holds, and where many rows may be alike."""
    async with copied_database(server_url, template, name) as url:
        async with connected(url) as connection:
            for table, constraint in await connection.fetch(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint "
                "WHERE contype = 'c' AND connamespace = 'gapless'::regnamespace"
            ):
                await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            for (index,) in await connection.fetch(
                "SELECT indexrelid::regclass::text FROM pg_index "
                "WHERE indisunique AND NOT indisprimary AND indexrelid::regclass::text LIKE 'gapless.%'"
            ):
                await connection.execute(f"DROP INDEX {index}")
            for model in GAPLESS.models:
                for column in model.columns:
                    if not column.nullable and column.name not in model.key:
                        await connection.execute(
                            f"ALTER TABLE gapless.{model.table} ALTER COLUMN {quoted(column.name)} DROP NOT NULL"
                        )
        yield url
