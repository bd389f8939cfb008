"""The condition of a trigger is known again in the form in which a server shows it, whatever it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Annotated
from uuid import UUID

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.schema.tables import metadata
from gapless.adapters.postgres.sql.text import is_false, is_true
from gapless.adapters.postgres.verification.conditions import condition_in, says_the_same, times_in
from gapless.kit import (
    Check,
    Digits,
    Entity,
    Rule,
    Unique,
    all_of,
    any_of,
    between,
    contains,
    is_null,
    length,
    lower,
    matches,
    negate,
    nullable,
    one_of,
    rules_of,
    starts_with,
)
from gapless.kit.columns import BigInteger
from gapless.kit.predicates import Node
from tests.integration.postgres.mutations import PLACES, mutations
from tests.voice.hosted import HOSTED

SHOWN = """
CREATE FUNCTION pg_temp.shown(name text, conditions text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    condition text;
    said text;
    found text[] := '{}';
BEGIN
    FOREACH condition IN ARRAY conditions LOOP
        BEGIN
            EXECUTE format('CREATE TRIGGER asked BEFORE UPDATE ON %I FOR EACH ROW WHEN (%s) EXECUTE FUNCTION '
                'pg_temp.asked()', name, condition);
            SELECT pg_get_triggerdef(oid) INTO STRICT said FROM pg_trigger WHERE tgname = 'asked';
            EXECUTE format('DROP TRIGGER asked ON %I', name);
        EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception THEN
            said := NULL;
        END;
        found := found || said;
    END LOOP;
    RETURN found;
END $$"""
"""What the server shows of each condition, NULL of one that it does not take: asked at once, as there are thousands."""


@attrs.frozen(kw_only=True, slots=True)
class Thing(Entity):
    """A row with a column of every type that is compared."""

    organization_id: UUID
    id: UUID
    text: str
    note: str | None = None
    number: int
    size: BigInteger
    price: Annotated[Decimal, Digits(precision=9, scale=2)]
    rate: Annotated[Decimal, Digits(precision=30, scale=4)]
    is_open: bool
    since: datetime | None = None


@rules_of(Thing, "things", belongs_to=lambda thing: thing.organization_id)
def thing_rules(thing: Thing) -> Iterator[Rule]:
    """Every form that a condition has."""
    conditions = (
        negate(thing.is_open),
        all_of(thing.is_open, thing.number > -5, thing.number <= 5),
        any_of(all_of(thing.number < 3, thing.size > 5_000_000_000), thing.size == -5_000_000_000),
        between(length(thing.text), 1, 80),
        matches(thing.text, "[^[:space:]@']+|[a-z]{2,3}"),
        one_of(thing.text, "it's", 'a "quoted" word', "WHEN (x) EXECUTE FUNCTION y", "::text", "b\\c"),
        negate(one_of(thing.number, 1, -2)),
        one_of(thing.number, 7),
        any_of(is_null(thing.note), thing.text != nullable(thing.note)),
        nullable(thing.since) >= datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=UTC),
        thing.id != UUID(int=7),
        thing.text > "new.text <= old",
        lower(nullable(thing.note)) == "it's (a) collate",
        any_of(starts_with(thing.text, "50%_\\"), contains(lower(thing.text), "as bigint)")),
        thing.number * (thing.number + 1) - 2 * thing.number <= thing.number + 7,
        thing.size * thing.size + thing.number != -7,
        thing.price > Decimal("-1.5"),
        one_of(thing.price, Decimal("-0.5"), Decimal(2)),
        thing.price * thing.rate - Decimal("-0.25") >= thing.number,
        thing.number * 2 <= thing.price,
        -thing.price + 3 * thing.rate != Decimal("-7.5"),
        nullable(thing.since) - datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=UTC) <= timedelta(hours=1),
    )
    for place, holds in enumerate(conditions):
        yield Check(f"things_{'abcdefghijklmnopqrstuvwxyz'[place]}", "A thing is so.", holds)


CATALOGUE = HOSTED + thing_rules


def conditions() -> Iterator[tuple[str, Node]]:
    """Every condition over one row that the rules of a host and of gapless hold, with its table."""
    for model, rule in CATALOGUE:
        match rule:
            case Check(holds=holds):
                yield model.table, holds
            case Unique(where=Node() as where):
                yield model.table, where
            case _:
                pass


async def shown(connection: AsyncConnection, table: str, conditions: Sequence[str]) -> list[str | None]:
    """Each condition as the server shows it; None if the server does not take it."""
    text = sa.text("SELECT pg_temp.shown(:table, CAST(:conditions AS text[]))")
    found = (await connection.execute(text, {"table": table, "conditions": [*conditions]})).scalar_one()
    return [None if definition is None else condition_in(str(definition)) for definition in found]


async def times(connection: AsyncConnection, condition: str) -> dict[str, str]:
    """The times of a condition as the server shows them."""
    found = sa.text("SELECT t, CAST(CAST(t AS timestamptz) AS text) AS form FROM unnest(CAST(:times AS text[])) AS t")
    rows = await connection.execute(found, {"times": times_in(condition)})
    return {str(row[0]): str(row[1]) for row in rows}


@asynccontextmanager
async def tables(engine: AsyncEngine, setting: str) -> AsyncIterator[AsyncConnection]:
    """A connection with that setting and a temporary table for each entity."""
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"SET LOCAL {setting}")
        await connection.exec_driver_sql("SET LOCAL search_path = pg_temp")
        for made in metadata(CATALOGUE, "x").tables.values():
            columns = ", ".join(f"{c.name} {c.type.compile(engine.dialect)}" for c in made.columns)
            await connection.exec_driver_sql(f"CREATE TEMP TABLE {made.name} ({columns})")
        await connection.exec_driver_sql(
            "CREATE FUNCTION pg_temp.asked() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
        await connection.exec_driver_sql(SHOWN)
        yield connection
        await connection.rollback()


@pytest.mark.asyncio
@pytest.mark.rows("setting", ["timezone = 'Asia/Tashkent'", "quote_all_identifiers = on", "datestyle = 'German'"])
async def test_condition_is_known_again(engine: AsyncEngine, setting: str) -> None:
    """Each condition is known again, and taken for no other of its table."""
    texts: dict[str, str] = {}
    by_table = defaultdict[str, set[str]](set)
    forms: dict[str, str] = {}
    async with tables(engine, setting) as connection:
        for table, node in conditions():
            both = (is_false(node, "NEW"), is_true(node, "NEW"))
            for declared, found in zip(both, await shown(connection, table, both), strict=True):
                assert found is not None, declared
                texts[declared] = found
                by_table[table].add(declared)
                forms |= await times(connection, declared)
    assert [(d, found) for d, found in texts.items() if not says_the_same(d, found, forms)] == []
    assert len(texts) > 100
    pairs = [pair for declared in by_table.values() for pair in permutations(declared, 2)]
    assert len(pairs) > 1000
    assert [(d, other) for d, other in pairs if says_the_same(d, texts[other], forms)] == []
    assert not any(says_the_same(d, wrong, forms) for d in texts for wrong in ("false", "", "(false)"))


@pytest.mark.asyncio
@pytest.mark.rows("setting", ["timezone = 'Asia/Tashkent'", "quote_all_identifiers = on"])
async def test_no_part_of_a_condition_can_be_another(engine: AsyncEngine, setting: str) -> None:
    """A condition of which any operator, word, function, constant or grouping is another is taken for another."""
    passed, tried = [], set()
    async with tables(engine, setting) as connection:
        for table, node in conditions():
            for declared in (is_false(node, "NEW"), is_true(node, "NEW")):
                forms = await times(connection, declared)
                mutated = list(mutations(declared))
                answers = await shown(connection, table, [condition for _, condition in mutated])
                for (place, condition), found in zip(mutated, answers, strict=True):
                    if found is not None:
                        tried.add(place)
                        passed += [(declared, condition, found)] if says_the_same(declared, found, forms) else []
    assert passed == []
    assert {place for place, _ in PLACES} - tried == {r"\bpg_current_xact_id\(\)"}
