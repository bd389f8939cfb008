"""What is unique, or found, without regard to case on PostgreSQL: by an index over lower(), compared as declared."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.statements.compiled_statements import compiled_catalogue
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.adapters.postgres.violations.registry import violation_query
from gapless.kit import Unique, all_of, is_null, lower, model_of, nullable, starts_with
from gapless.kit.queries import query
from tests.clinics.treatments import TREATMENTS, Treatment
from tests.integration.databases import connected
from tests.stores import postgres_store

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]
SCHEMA = "lowered"
MARKS = {item.name: mark for item, mark in Declaration.of(TREATMENTS, SCHEMA).marks}
FILLING = """
INSERT INTO practices (id, name, version) VALUES (1, 'Ann', 1);
INSERT INTO treatments (practice, id, email, code, title, doses, price, paid, fee, rate, begins_at, ends_at, version)
    SELECT 1, gen_random_uuid(), number || '@Example.com', 'K_' || number, 'Tea ' || number, 1, 0, 0, 1, 1, now(),
        now() + interval '1 hour', 1 FROM generate_series(1, 5000) AS number;
"""
ASKED: dict[str, tuple[str, Callable[[Treatment], bool]]] = {
    "unique": ("treatments_email_taken", lambda row: lower(row.email) == lower("7@EXAMPLE.com")),
    "unique of some": (
        "treatments_code_taken",
        lambda row: all_of(is_null(row.closed_at), lower(nullable(row.code)) == "k_7"),
    ),
    "index": ("idx_treatments_title", lambda row: lower(row.title) == "tea 7"),
    "beginning": ("idx_treatments_title", lambda row: starts_with(lower(row.title), "tea 77")),
}


@pytest_asyncio.fixture(scope="module")
async def store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store with tables of its own."""
    async with postgres_store(engine, TREATMENTS, SCHEMA) as found:
        yield found


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("name", ASKED)
async def test_the_index_finds_a_text_in_any_case(database_url: str, name: str) -> None:
    """The planner takes the index of the rule for what a unit asks, with its constants as parameters."""
    index, where = ASKED[name]
    search = compiled_catalogue(TREATMENTS, SCHEMA).of(Treatment).searches.find(query(model_of(Treatment), where), 1)
    async with connected(database_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"SET LOCAL search_path = {SCHEMA}")
        await connection.execute(FILLING)
        await connection.execute("ANALYZE treatments")
        plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {search.statement.text}", *search.arguments())
        assert f'"Index Name": "{index}"' in json.dumps(json.loads(plan))
        assert len(await connection.fetch(search.statement.text, *search.arguments())) in (1, 11)
        await transaction.rollback()


AS_IT_WAS = f"COMMENT ON INDEX {SCHEMA}.treatments_email_taken IS '{MARKS['treatments_email_taken']}'"
ANEW = f"CREATE UNIQUE INDEX treatments_email_taken ON {SCHEMA}.treatments"
DROPPED = f"DROP INDEX {SCHEMA}.treatments_email_taken"
OTHERWISE = "treatments_email_taken is there, and was declared otherwise"
CHANGES: dict[str, tuple[list[str], list[str]]] = {
    "nothing": ([], []),
    "the same": ([DROPPED, f'{ANEW} (practice, lower(email COLLATE "C"))', AS_IT_WAS], []),
    "none": ([DROPPED], ["treatments_email_taken is not in the database"]),
    "over the text itself": ([DROPPED, f"{ANEW} (practice, email)", AS_IT_WAS], [OTHERWISE]),
    "of another locale": ([DROPPED, f'{ANEW} (practice, lower(email COLLATE "POSIX"))', AS_IT_WAS], [OTHERWISE]),
    "over capitals": ([DROPPED, f'{ANEW} (practice, upper(email COLLATE "C"))', AS_IT_WAS], [OTHERWISE]),
    "over one thing more": (
        [DROPPED, f'{ANEW} (practice, lower(email COLLATE "C"), (doses + 1))', AS_IT_WAS],
        [OTHERWISE],
    ),
    "over the practice alone": ([DROPPED, f"{ANEW} (practice)", AS_IT_WAS], [OTHERWISE]),
}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("change", CHANGES)
async def test_another_index_is_told(engine: AsyncEngine, change: str) -> None:
    """An index that is over something else is told, though its comment says that it is the declared one."""
    statements, sentences = CHANGES[change]
    async with engine.connect() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
        found = await differences_of(connection, Declaration.of(TREATMENTS, SCHEMA))
        await connection.rollback()
    assert [difference.sentence for difference in found] == sentences


@pytest.mark.usefixtures("store")
async def test_rows_that_differ_in_case_alone_are_listed(engine: AsyncEngine) -> None:
    """Before the rule can come to a table, the rows that break it are listed."""
    model = TREATMENTS.by_entity[Treatment]
    rule = next(rule for rule in model.of_kind(Unique) if rule.name == "treatments_email_taken")
    listed = violation_query(TREATMENTS, SCHEMA, model, rule)
    assert listed is not None
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"SET LOCAL search_path = {SCHEMA}")
        await connection.exec_driver_sql(DROPPED)
        for statement in FILLING.split(";")[:2]:
            await connection.exec_driver_sql(statement)
        await connection.exec_driver_sql("UPDATE treatments SET email = '8@eXAMPLE.COM' WHERE email = '7@Example.com'")
        found = (await connection.exec_driver_sql(listed.text)).all()
        await connection.rollback()
    assert len(found) == 2
