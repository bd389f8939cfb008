"""What a declaration lets into an index fits into one of PostgreSQL, and what it refuses may not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.adapters.postgres.sql.text import quoted, type_name
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    Check,
    Entity,
    Index,
    Model,
    PrimaryKey,
    Rule,
    Unique,
    length,
    lengths,
    matches,
    rules_of,
)
from gapless.kit.columns import BigInteger, Column, ColumnType, Digits, digits_of
from gapless.kit.errors import DeclarationError
from gapless.kit.lengths import greatest_bytes
from gapless.kit.model import Validated
from gapless.kit.servability import SIZES
from tests.integration.databases import connected

WIDE = range(0x10000, 0x1F000)
"""Characters of four bytes; drawn at random, no compression makes them shorter."""


@attrs.frozen(kw_only=True, slots=True)
class Thing(Entity):
    """A row with a column of every type that an index takes."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    text: str
    other: str
    number: int
    size: BigInteger
    amount: Annotated[Decimal, Digits(precision=997, scale=5)]
    is_open: bool


Over = Callable[[Thing], tuple[object, ...]]
OVER: dict[str, Over] = {
    "a text": lambda thing: (thing.text,),
    "a text of the organization": lambda thing: (thing.organization_id, thing.text),
    "a text between others": lambda thing: (thing.is_open, thing.text, thing.number, thing.created_at, thing.size),
    "a text beside a decimal": lambda thing: (thing.amount, thing.text),
    "two texts": lambda thing: (thing.text, thing.other),
    "a text of ASCII": lambda thing: (thing.other,),
}


def declared(over: Over, longest: int) -> Model[Any]:
    """Declares things with an index over these fields and texts of this length; `other` alone is ASCII."""
    copy = attrs.make_class("Copy", {}, bases=(Thing,), frozen=True, kw_only=True, slots=True)

    def rules(thing: Thing) -> Iterator[Rule]:
        yield Check("things_text_length", "A text is short.", length(thing.text) <= longest)
        yield Check("things_other_length", "Another text is short.", length(thing.other) <= longest)
        if over is OVER["a text of ASCII"]:
            yield Check("things_other_form", "Another text is ASCII.", matches(thing.other, "[!-~]*"))
        yield Unique("things_over", "Things differ.", over(thing))

    return rules_of(copy, "things", belongs_to=lambda row: row.organization_id)(rules)


def greatest(over: Over) -> Model[Any]:
    """The declaration with the longest texts that is accepted."""
    least, beyond = 1, 4000
    while beyond - least > 1:
        middle = (least + beyond) // 2
        try:
            declared(over, middle)
            least = middle
        except DeclarationError:
            beyond = middle
    return declared(over, least)


def longest_value(model: Model[Validated], column: Column, random: Random) -> object:
    """The value of a column that takes the most bytes in an index."""
    match column.type:
        case ColumnType.TEXT:
            size = int(greatest_bytes(column, [check.holds for check in model.of_kind(Check)]))
            wide = "".join(chr(random.choice(WIDE)) for _ in range(size // lengths.BYTES_OF_A_CHARACTER))
            return wide if len(wide.encode()) <= size else "".join(chr(random.randint(33, 126)) for _ in range(size))
        case ColumnType.ENUMERATION:
            return max((str(text) for text in column.members), key=len)
        case ColumnType.UUID:
            return UUID(int=random.getrandbits(128))
        case ColumnType.TIME:
            return datetime(2026, 3, 1, tzinfo=UTC)
        case ColumnType.BOOLEAN:
            return True
        case ColumnType.DECIMAL:
            return digits_of(column).greatest
        case _:
            return 2**31 - 1


async def require_fitting(
    connection: asyncpg.Connection, model: Model[Validated], rule: PrimaryKey | Unique | Index
) -> None:
    """Puts the longest values of an index's columns into one."""
    columns = rule.columns
    names = [quoted(column.name) for column in columns]
    defined = ", ".join(f"{name} {type_name(column)}" for name, column in zip(names, columns, strict=True))
    values = [longest_value(model, column, Random(1)) for column in columns]
    places = ", ".join(f"${place}::{type_name(column)}" for place, column in enumerate(columns, 1))
    await connection.execute(f"DROP TABLE IF EXISTS pg_temp.sizes; CREATE TEMPORARY TABLE sizes ({defined})")
    await connection.execute(f"CREATE INDEX ON pg_temp.sizes ({', '.join(names)})")
    await connection.execute(f"INSERT INTO pg_temp.sizes VALUES ({places})", *values)  # noqa: S608  # places alone


@pytest_asyncio.fixture
async def connection(server_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to any database."""
    async with connected(server_url) as driver:
        yield driver


@pytest.mark.asyncio
async def test_every_index_of_gapless_takes_the_longest_row(connection: asyncpg.Connection) -> None:
    """The longest values that the checks let through fit into each unique rule, key and index."""
    tried = 0
    for model, rule in GAPLESS:
        if isinstance(rule, (PrimaryKey, Unique, Index)):
            await require_fitting(connection, model, rule)
            tried += 1
    assert tried >= 40


@pytest.mark.asyncio
@pytest.mark.parametrize("over", OVER)
async def test_what_is_just_accepted_fits(connection: asyncpg.Connection, over: str) -> None:
    """An index over the longest texts that can be declared takes a row of them."""
    model = greatest(OVER[over])
    (rule,) = model.of_kind(Unique)
    await require_fitting(connection, model, rule)


@pytest.mark.asyncio
async def test_bytes_that_are_miscounted_are_found(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a declaration that counts three bytes for a character accepts what PostgreSQL has no room for."""
    monkeypatch.setattr(lengths, "BYTES_OF_A_CHARACTER", 3)
    model = greatest(OVER["a text"])
    monkeypatch.undo()
    (rule,) = model.of_kind(Unique)
    with pytest.raises(asyncpg.ProgramLimitExceededError):
        await require_fitting(connection, model, rule)


@pytest.mark.asyncio
async def test_every_decimal_has_room(connection: asyncpg.Connection) -> None:
    """The greatest number of each precision has no more bytes than are counted for it, wherever its point is."""
    every = [
        Digits(precision=precision, scale=scale)
        for precision in range(1, 1001)
        for scale in {0, 1, 2, 3, precision // 2, precision - 1, precision}
        if scale <= precision
    ]
    asked = "SELECT array_agg(pg_column_size(value) ORDER BY place) FROM unnest($1::numeric[]) WITH ORDINALITY"
    found = await connection.fetchval(f"{asked} AS of (value, place)", [digits.greatest for digits in every])
    counted = [
        SIZES.of(ColumnType.DECIMAL)(Column("price", ColumnType.DECIMAL, nullable=False, digits=digits), ())
        for digits in every
    ]
    assert min(room - size for room, size in zip(counted, found, strict=True)) == 0, "some number needs all of it"
