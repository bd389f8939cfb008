"""Rows that break a rule are found by the query for that rule, in every catalogue of this repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import fingerprinted
from gapless.adapters.postgres.sql.objects import Constraint, DatabaseIndex
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import qualified, quoted, type_name
from gapless.adapters.postgres.violations.registry import violation_query
from gapless.kit import Catalogue, Check, DataType, Exclusion, Model, PrimaryKey, Required
from gapless.kit.model import Validated
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import Attempt, PlainSql
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.steps import insertions
from tests.integration.databases import connected
from tests.integration.test_every_catalogue import ROWS, factories_of, follows_from_key, of_host, own, tried
from tests.integration.unreadable import POISON
from tests.stores import tables_of
from tests.violations import IDS

SCHEMA = "every_violation"


def asked(factories: Factories) -> list[Attempt]:
    """The attempts in plain SQL at rules that rows can break by themselves."""
    found = [attempt for attempt in tried(factories) if attempt.sql is not None]
    found += (each for model in own(factories.catalogue) for each in tampered(model))
    return [attempt for attempt in found if query_of(factories.catalogue, attempt)]


def tampered(model: Model[Validated]) -> Iterator[Attempt]:
    """Values that no port takes: such as PostgreSQL alone has, and none where the store has filled the column."""
    for rule in model.of_kind(DataType):
        for text in POISON.get(rule.column.type, ()):
            yield changing_all(model, rule, f"CAST({text_constant(text)} AS {type_name(rule.column)})")
    for required in model.of_kind(Required):
        if required.column.name in model.filled:
            yield changing_all(model, required, "NULL")


def changing_all(model: Model[Validated], rule: DataType | Required, value: str) -> Attempt:
    """The attempt that puts a value of SQL into the column of a rule, in all rows of its table."""
    change = PlainSql(f"UPDATE {quoted(model.stored)} SET {quoted(rule.column.stored)} = {value}")  # noqa: S608  # names of declarations

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        return (*insertions(fixture, fixture.row(model.entity)), change)

    return Attempt(model=model, rule=rule, tried=value, entity=None, store=None, sql=sql)


def unasked(factories: Factories) -> set[str]:
    """The rules that rows can break by themselves, and at which there is no attempt in plain SQL."""
    tried_at = {(attempt.model.entity, attempt.rule.name) for attempt in asked(factories)}
    breakable = (
        (model.entity, rule.name)
        for model in own(factories.catalogue)
        for rule in of_host(model)
        if violation_query(factories.catalogue, SCHEMA, model, rule) is not None and not follows_from_key(model, rule)
    )
    return {name for entity, name in breakable if (entity, name) not in tried_at}


def query_of(catalogue: Catalogue, attempt: Attempt) -> str:
    """The query for the rows that break the rule of an attempt; "" if no row does by itself."""
    found = violation_query(catalogue, SCHEMA, attempt.model, attempt.rule)
    return "" if found is None else found.text


async def unruled(driver: asyncpg.Connection, catalogue: Catalogue, attempt: Attempt) -> None:
    """Takes the rule of an attempt from its table, for the transaction; no trigger enforces anything either."""
    model, rule = attempt.model, attempt.rule
    table = qualified(SCHEMA, model.stored)
    # What ends before it begins is no range, and what begins at any time overlaps all: no exclusion takes such rows.
    gone = {rule.name, *(each.name for each in model.of_kind(Exclusion) if isinstance(rule, Check | Required))}
    if isinstance(rule, DataType):
        await driver.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # some fire in a replica as well
        gone |= {
            each.name for each in (*model.of_kind(Check), *model.of_kind(Exclusion))
        }  # which such values break too
    await driver.execute("SET LOCAL session_replication_role = replica")
    if isinstance(rule, Required):
        gone |= {each.name for each in model.of_kind(PrimaryKey)}  # which keeps its columns from null as well
    for item, _ in fingerprinted(catalogue, SCHEMA):
        if isinstance(item, DatabaseIndex) and item.table == model.stored and item.name in gone:
            await driver.execute(f"DROP INDEX {qualified(SCHEMA, item.name)} CASCADE")
        elif isinstance(item, Constraint) and item.table == model.stored and item.name in gone:
            await driver.execute(f"ALTER TABLE {table} DROP CONSTRAINT {quoted(item.name)} CASCADE")
    if isinstance(rule, Required):
        await driver.execute(f"ALTER TABLE {table} ALTER COLUMN {quoted(rule.column.stored)} DROP NOT NULL")


async def unfound(driver: asyncpg.Connection, factories: Factories, fixture: Fixture) -> dict[str, str]:
    """The rules of which no attempt leaves rows that are found, and those of which rows are found that break none.

    One attempt is enough, for some break a rule by what a reference does, which is not there either.
    """
    wrong: dict[str, str] = {}
    found: set[str] = set()
    for attempt in asked(factories):
        query, rule = query_of(factories.catalogue, attempt), f"{attempt.model.table}, {attempt.rule.name}"
        transaction = driver.transaction()
        await transaction.start()
        if await driver.fetch(query):
            wrong[rule] = "found before"
        await unruled(driver, factories.catalogue, attempt)
        await driver.execute(f"SET LOCAL search_path = {SCHEMA}")
        assert attempt.sql is not None
        for statement in attempt.sql(fixture.afresh()):
            with suppress(asyncpg.PostgresError):  # what another rule refuses, as of a row that refers to this one
                async with driver.transaction():
                    await driver.execute(statement.text, *statement.values)
        found |= {rule} if await driver.fetch(query) else set()
        wrong.setdefault(rule, "not found")
        await transaction.rollback()
    return {rule: said for rule, said in wrong.items() if said == "found before" or rule not in found}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ROWS)
async def test_what_breaks_a_rule_is_found(name: str, engine: AsyncEngine, database_url: str) -> None:
    """Where nothing enforces a rule, an attempt at it leaves rows that its query finds; before, it finds none."""
    factories = factories_of(name)
    assert unasked(factories) == set()
    async with tables_of(engine, factories.catalogue, SCHEMA), connected(database_url) as driver:
        store = PostgresStore(engine, factories.catalogue, schema=SCHEMA)
        fixture = await stored(factories, store, IDS)
        await store.aclose()
        assert await unfound(driver, factories, fixture) == {}


@pytest.mark.asyncio
async def test_a_query_that_finds_too_little_is_seen(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: searches that leave out the condition, or take any row, are told by the rules that they are about."""
    nothing, anything = "SELECT WHERE false", f"SELECT FROM {SCHEMA}.tickets UNION ALL SELECT"
    for query, said in ((nothing, "not found"), (anything, "found before")):
        monkeypatch.setattr("tests.integration.test_every_violation.query_of", lambda *_, query=query: query)
        with pytest.raises(AssertionError, match=said):
            await test_what_breaks_a_rule_is_found("HELP_DESK", engine, database_url)
