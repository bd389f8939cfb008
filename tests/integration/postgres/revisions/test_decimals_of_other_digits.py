"""What a revision does to decimals that get other digits: none is rounded, and what loses nothing is not rewritten."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, cast

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit import Digits
from gapless.kit.errors import DeclarationError
from gapless.postgres import Decisions
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.test_several_at_once import ROWS, followed, made, ordered, things
from tests.properties import Portal


def digits(precision: int, scale: int) -> object:
    """The type of decimals with so many digits."""
    return Annotated[Decimal, Digits(precision=precision, scale=scale)]


CHANGES = {
    "more digits before the point": (
        things({"a": digits(4, 2), "b": digits(4, 2)}, lambda thing: iter([ordered(thing)])),
        f"{ROWS} VALUES (1, 1, -99.99, 1.5, 1)",
        things({"a": digits(40, 2), "b": digits(40, 2)}, lambda thing: iter([ordered(thing)])),
        Decisions(),
        (Decimal("-99.99"), Decimal("1.50")),
    ),
    "another scale, as stated": (
        things({"a": digits(4, 2), "b": int}),
        f"{ROWS} VALUES (1, 1, -99.99, 9, 1)",
        things({"a": digits(7, 3), "b": digits(4, 2)}),
        Decisions(fills={"things.a": "a", "things.b": "b / 4.0"}),
        (Decimal("-99.990"), Decimal("2.25")),
    ),
    "a new decimal with a default": (
        things({"a": int}),
        f"{ROWS} VALUES (1, 1, 3, 1)",
        things({"a": int, "b": attrs.field(type=cast(type, digits(4, 2)), default=Decimal("-1.5"))}),
        Decisions(),
        (3, Decimal("-1.50")),
    ),
}


@pytest.mark.parametrize("online", [True, False], ids=["in steps", "at once"])
@pytest.mark.parametrize("name", CHANGES)
def test_decimals_get_other_digits(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, name: str, *, online: bool
) -> None:
    """Rows have what they had, with the digits of now, and the database is as it is declared."""
    before, rows, now, decisions, expected = CHANGES[name]

    async def law() -> None:
        await made(engine_of_wards, package, before, rows)
        await followed(engine_of_wards, package, now, decisions, online=online)
        async with engine_of_wards.begin() as connection:
            found = await connection.exec_driver_sql("SELECT a, b FROM wards.things")
            assert [repr(tuple(each)) for each in found] == [repr(expected)]

    portal(law())


def test_decimals_that_lose_nothing_are_not_rewritten(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """More digits before the point are a change of the type alone: the file of the table stays."""
    before, now = things({"a": digits(4, 2)}), things({"a": digits(40, 2)})

    async def file() -> object:
        async with engine_of_wards.begin() as connection:
            return await connection.scalar(sa.text("SELECT pg_relation_filenode('wards.things')"))

    async def law() -> None:
        await made(engine_of_wards, package, before, f"{ROWS} VALUES (1, 1, -99.99, 1)")
        was = await file()
        await followed(engine_of_wards, package, now, Decisions(), online=True)
        assert await file() == was

    portal(law())


@pytest.mark.parametrize(("precision", "scale"), [(3, 2), (4, 1), (5, 3), (6, 3)])
def test_decimals_that_might_lose_something_are_refused(package: Package, precision: int, scale: int) -> None:
    """Fewer digits, and others behind the point, are for the author to state; nothing is rounded in silence."""
    package.write(things({"a": digits(4, 2)}))
    said = rf"Column things\.a was NUMERIC\(4, 2\) and is NUMERIC\({precision}, {scale}\): state what its values become"
    with pytest.raises(DeclarationError, match=said):
        package.write(things({"a": digits(precision, scale)}))
