"""Columns of decimals on both stores: what is kept comes back as it was, and a database that has other ones is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from functools import partial
from typing import Annotated
from uuid import UUID

import asyncpg
import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.application.pages import page_of
from gapless.kit import (
    Catalogue,
    Check,
    Digits,
    Entity,
    Index,
    Rule,
    Transition,
    Unique,
    assign,
    descending,
    model_of,
    negate,
    nullable,
    one_of,
    previous,
    rules_of,
)
from gapless.kit.columns import read_column
from gapless.kit.errors import DeclarationError, RowUnreadable, RuleViolated
from gapless.postgres import differences
from tests.integration.databases import driver_of
from tests.stores import STORES, postgres_store, store_of

SCHEMA = "typed"
Money = Annotated[Decimal, Digits(precision=30, scale=2)]
AMOUNTS = tuple(
    map(Decimal, ("-9999999999999999999999999999.99", "-0.01", "0.00", "1.10", "9999999999999999999999999999.99"))
)
REFUNDS = (Decimal("-2.50"), Decimal("-0.25"))


@attrs.frozen(kw_only=True, slots=True)
class Amount(Entity):
    """An amount, with more digits than the context of a thread keeps."""

    id: UUID
    value: Money
    other: Money | None = None
    version: int = 0


@rules_of(Amount, "amounts", shared=True)
def amount_rules(amount: Amount) -> Iterator[Rule]:
    """What holds for amounts."""
    yield Check("amounts_other_positive", "Another amount is not negative.", nullable(amount.other) >= 0)
    yield Check("amounts_other_not_refund", "A refund is none of these.", negate(one_of(amount.value, *REFUNDS)))
    yield Check("amounts_value_not_lost", "This amount is lost.", amount.value != Decimal("-1.5"))
    yield Transition("amounts_value_kept", "A refund stays.", previous(amount).other != Decimal("-1.5"))
    yield Unique("amounts_value_unique", "This amount is there.", (amount.value,))
    yield Index("idx_amounts_other", "Lists amounts.", (amount.other,))


TYPED = Catalogue((amount_rules,))


def ordered(amount: Amount, *, down: bool) -> object:
    """The order by the value."""
    return descending(amount.value) if down else amount.value


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", STORES)
async def test_decimals_come_back_as_they_were(kind: str, engine: AsyncEngine) -> None:
    """They are exact and have their scale in conditions, orders and pages, whatever a thread's context rounds."""
    with localcontext() as context:
        context.prec = 3
        async with store_of(kind, engine, TYPED, SCHEMA) as store:
            rows = [Amount(id=UUID(int=place), value=value) for place, value in enumerate(AMOUNTS)]
            async with store.unit() as unit:
                await unit.of(Amount).add(rows[0])
                added = await unit.of(Amount).add_all(rows[1:])
                await unit.commit()
            async with store.reading() as reading:
                amounts = reading.of(Amount)
                for down, wanted in ((False, AMOUNTS), (True, AMOUNTS[::-1])):
                    found = [row.value for row in await amounts.find(order=partial(ordered, down=down))]
                    assert list(map(repr, found)) == list(map(repr, wanted))
                assert await amounts.find(lambda row: row.value == Decimal("1.1")) == added[2:3]
                assert await amounts.count(lambda row: row.value < 0) == 2
                assert await amounts.count(lambda row: one_of(row.value, *AMOUNTS[:2])) == 2
                pages = [await page_of(amounts, None, lambda row: descending(row.value), None, 2)]
                while pages[-1].next is not None:
                    pages.append(await page_of(amounts, None, lambda row: descending(row.value), pages[-1].next, 2))
                assert [row.value for page in pages for row in page.items] == [*AMOUNTS[::-1]]


CALCULATED: list[tuple[Callable[[Amount], bool], tuple[int, ...]]] = [
    (lambda row: row.value * 2 < Decimal(-1), (0,)),
    (lambda row: row.value * Decimal("0.5") >= Decimal("0.55"), (3, 4)),
    (lambda row: row.value + Decimal("0.01") == 0, (1,)),
    (lambda row: row.value + row.version * Decimal("0.001") > row.value, (0, 1, 2, 3, 4)),
    (lambda row: (row.value + 1) * (row.value - 1) == row.value * row.value - 1, (0, 1, 2, 3, 4)),
    (lambda row: row.version * 2 <= row.value, (4,)),
    (lambda row: row.value < row.version * 2, (0, 1, 2, 3)),
    (lambda row: one_of(-row.value, Decimal("0.01"), Decimal(0)), (1, 2)),
    (lambda row: nullable(row.other) + row.value > -(10**30), ()),
    (lambda row: row.version * Decimal("0.5") + 1 == Decimal("1.50"), (0, 1, 2, 3, 4)),
]
"""Conditions that calculate, and at which places the amounts are of which they are true."""


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", STORES)
async def test_decimals_are_calculated_alike(kind: str, engine: AsyncEngine) -> None:
    """Decimals of several scales and whole numbers are calculated and compared exactly, constants are parameters."""
    with localcontext() as context:
        context.prec = 3
        async with store_of(kind, engine, TYPED, SCHEMA) as store:
            async with store.unit() as unit:
                rows = [Amount(id=UUID(int=place), value=value) for place, value in enumerate(AMOUNTS)]
                await unit.of(Amount).add_all(rows)
                await unit.commit()
            async with store.reading() as reading:
                for asked, places in CALCULATED:
                    found = await reading.of(Amount).find(asked, order=lambda row: row.value)
                    assert tuple(row.id.int for row in found) == places


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", STORES)
async def test_nothing_is_rounded(kind: str, engine: AsyncEngine) -> None:
    """What has more digits is refused by name wherever it enters: by the constructor, past it, and by an assignment."""
    async with store_of(kind, engine, TYPED, SCHEMA) as store:
        with pytest.raises(RuleViolated, match=r"is 0\.001, which has more than 2 digits behind the point"):
            Amount(id=UUID(int=1), value=Decimal("0.001"))
        past = model_of(Amount).construct_unvalidated(
            {"id": UUID(int=1), "value": Decimal("0.001"), "other": None, "version": 0}
        )
        for number in (1, 2, 1000):
            rows = [past, *(Amount(id=UUID(int=place), value=Decimal(place)) for place in range(2, number + 1))]
            async with store.unit() as unit:
                with pytest.raises(RuleViolated) as refused:
                    await unit.of(Amount).add_all(rows)
            assert refused.value.rule == "amounts_value_storable"
        async with store.unit() as unit:
            with pytest.raises(RuleViolated) as refused:
                await unit.of(Amount).update_where(
                    lambda row: row.value > 0, lambda row: (assign(row.value, past.value),)
                )
        assert refused.value.rule == "amounts_value_storable"


@pytest.mark.asyncio
async def test_what_is_no_number_stays_out_of_the_database(engine: AsyncEngine) -> None:
    """The CHECK of a column refuses NaN and its type infinity; NaN that came in without the CHECK can't be read."""
    async with postgres_store(engine, TYPED, SCHEMA) as store, engine.connect() as connection:
        driver = await driver_of(connection)
        insert = f"INSERT INTO {SCHEMA}.amounts (id, value, version) VALUES ('{UUID(int=1)}', '{{}}', 0)"  # noqa: S608  # ours
        with pytest.raises(asyncpg.CheckViolationError, match="amounts_value_storable"):
            await driver.execute(insert.format("NaN"))
        with pytest.raises(asyncpg.NumericValueOutOfRangeError):
            await driver.execute(insert.format("Infinity"))
        await driver.execute(f"ALTER TABLE {SCHEMA}.amounts DROP CONSTRAINT amounts_value_storable")
        await driver.execute(insert.format("NaN"))
        async with store.reading() as reading:
            with pytest.raises(RowUnreadable):
                await reading.of(Amount).find()


@pytest.mark.asyncio
async def test_other_digits_are_told(engine: AsyncEngine) -> None:
    """A column of another precision or scale is a difference, which names both."""
    async with postgres_store(engine, TYPED, SCHEMA):
        assert await differences(engine, schema=SCHEMA, catalogue=TYPED) == ()
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"ALTER TABLE {SCHEMA}.amounts ALTER value TYPE numeric(20,4)")
        told = await differences(engine, schema=SCHEMA, catalogue=TYPED)
    assert [each for each in told if "amounts.value" in each] == [
        "column amounts.value is of type numeric(20,4), and numeric(30,2) was declared"
    ]


def test_digits_are_declared() -> None:
    """A Decimal without digits, digits of something else, and digits that no server has are refused."""
    with pytest.raises(DeclarationError, match=r"Thing.price: a Decimal says how many digits it has: Annotated"):
        read_column("Thing", "price", Decimal)
    with pytest.raises(DeclarationError, match=r"Thing.price: only a Decimal has Digits, and this is an integer"):
        read_column("Thing", "price", Annotated[int, Digits(precision=4, scale=2)])
    for precision, scale in ((0, 0), (1001, 2), (2, 3), (2, -1)):
        with pytest.raises(DeclarationError, match="a precision is 1 to 1000, and a scale 0 to the precision"):
            Digits(precision=precision, scale=scale)
    with pytest.raises(DeclarationError, match="counted in whole numbers"):
        Digits(precision=True, scale=0)
